"""Steps that led to a champion: what each claimed, changed, gained, and did to single items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import line
from ..figures import ROUNDING
from ..ledger.cell import CellState
from ..ledger.state import State
from ..records import Candidate, Scored, Trial, same
from .diffs import Diffs


def steps(state: State, cell: CellState, diffs: Diffs) -> list[dict[str, Any]]:
    """The accepted trials that a cell's champion is made of, the oldest first.

    Each has the parts of the champion's account that came with it; without an account, none.
    """
    champion = state.champion(cell)
    if not champion.number:
        return []
    account = state.accounts.get(cell.key)
    current = account if account and account["champion"] == champion.number else None
    parts: dict[int, list[dict[str, Any]]] = {}
    for part in current["parts"] if current else ():
        parts.setdefault(part.get("trial", champion.number), []).append(dict(part))
    before, found = state.baseline_for(cell), []
    for trial in line(cell, champion):
        found.append(_step(state, before, trial, diffs, parts.get(trial.number, [])))
        before = trial
    return found


def _step(
    state: State, before: Trial, trial: Trial, diffs: Diffs, parts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    shown = state.objective.shown
    results = state.result_of(before), state.result_of(trial)
    return {
        "trial": trial.number,
        "parent": before.number,
        "note": trial.candidate.note,
        "label": trial.candidate.label,
        "parts": list(parts),
        "sets": _sets(before.candidate, trial.candidate),
        "diff": diffs.between(before.candidate, trial.candidate),
        "search": [shown(one.score) for one in (before, trial)],
        "final": [shown(one.score) if one else None for one in results],
        "items": _items(state, (before, trial), results),
    }


def _sets(before: Candidate, after: Candidate) -> dict[str, Any]:
    """{parameter: its new value}; None where it went back to its default."""
    old, new = before.overrides, after.overrides
    found = {name: new[name] for name in new if name not in old or not same(new[name], old[name])}
    return {**found, **{name: None for name in old if name not in new}}


def _items(
    state: State, searched: tuple[Trial, Trial], results: tuple[Scored | None, Scored | None]
) -> dict[str, Any]:
    """Items that a step made better and worse, where scores decide if both programs ran there."""
    one, two = results
    if one and two and one.items and two.items:
        return {"split": state.final, **flips(state, one.items, two.items)}
    return {"split": "search", **flips(state, searched[0].items, searched[1].items)}


def flips(state: State, old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, Any]:
    """{"fixed", "broken", "same"}: [item, level before, level after], the largest change first."""
    both = [(item, old[item], new[item]) for item in new if item in old]
    rows = sorted(both, key=lambda row: -abs(row[2] - row[1]))
    shown = state.objective.shown
    told = {
        name: [
            [item, shown(was), shown(now)]
            for item, was, now in rows
            if sign * (now - was) > ROUNDING
        ]
        for name, sign in (("fixed", 1), ("broken", -1))
    }
    return {**told, "same": len(both) - sum(map(len, told.values()))}
