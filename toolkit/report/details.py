"""The second part of a run's projection: single trials, steps of champions, items, spend.

`summary.json` holds what a reader quotes; this holds what a sceptic opens. Both come from the
folded state alone. No step of it grows faster than the number of trials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..records import Trial, Usage
from .attempts import attempts
from .diffs import MOST, Diffs
from .matrix import labels_by_kind, matrix
from .spend import spend
from .steps import steps
from .summary import reason, reported

FORMAT = 1


def details(state: State, *, most_diffs: int = MOST) -> dict[str, Any]:
    """Everything in docs/page.md under "What the page is made of".

    most_diffs: trials whose differences are worked out, those of champions first.
    """
    cells = reported(state)
    diffs = Diffs(state, most_diffs)
    return {
        "format": FORMAT,
        "study": state.study["name"],
        "title": state.study.get("title", ""),
        "full": state.study["full"],
        "steps": {cell.name: steps(state, cell, diffs) for cell in cells},
        "cells": {cell.name: trials(state, cell, diffs) for cell in cells},
        "baselines": {
            cell.name: state.objective.shown(state.baseline_for(cell).score) for cell in cells
        },
        "diffs_left_out": diffs.left_out,
        "items": matrix(state, cells),
        "labels_by_kind": labels_by_kind(state, cells),
        "spend": spend(state, cells),
        "commands": [dict(one) for one in state.commands],
    }


def trials(state: State, cell: CellState, diffs: Diffs) -> list[dict[str, Any]]:
    """A row for each attempt of a cell, in the order of their numbers."""
    spent = _spent(cell)
    return [
        {
            **_asked(one.start),
            **(_came(state, one.trial) if one.trial else dict(_NOTHING)),
            "charged": one.charged,
            **spent.get(one.number, {"own": None, "spent": None}),
            "kept": one.kept,
            "in_champion": one.in_champion,
            "withdrawn": one.withdrawn,
            "diff": diffs.of(cell, one.start),
        }
        for one in attempts(state, cell)
    ]


def _asked(start: Started) -> dict[str, Any]:
    candidate = start.candidate
    return {
        "number": start.number,
        "parent": candidate.parent,
        "note": candidate.note,
        "label": candidate.label,
        "overrides": dict(candidate.overrides),
        "digest": candidate.digest,
        "share": start.share,
        "smoke": start.smoke,
    }


_NOTHING = {
    "status": None,
    "score": None,
    "seconds": None,
    "cpu_s": None,
    "cached": False,
    "why": "",
}


def _came(state: State, trial: Trial) -> dict[str, Any]:
    """Outcome of a trial; its level is in the objective's own direction."""
    return {
        "status": trial.status,
        "score": state.objective.shown(trial.score),
        "seconds": trial.usage.wall_s,
        "cpu_s": trial.usage.cpu_s,
        "cached": trial.cached,
        "why": "" if trial.ok else reason(trial),
    }


def _spent(cell: CellState) -> dict[int, dict[str, Any]]:
    """{trial: tokens and dollars of its own, and all that the cell had spent when it finished}.

    A session that tells late is taken at its next word, as `CellState.used` does, in one walk.
    """
    found: dict[int, dict[str, Any]] = {}
    known = dict.fromkeys(("wall_s", "tokens", "usd"))
    for number, bill in reversed(cell.bills.items()):
        silent = cell.silent.get(number, frozenset())
        known = {
            what: was if what in silent else getattr(bill, what) for what, was in known.items()
        }
        found[number] = {"spent": known}
    before: Mapping[str, Any] = Usage().to_json()
    for number in cell.bills:
        now = found[number]["spent"]
        found[number]["own"] = {what: _less(now[what], before[what]) for what in ("tokens", "usd")}
        before = now
    return found


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def every_trial(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(cell, row) of all trials of a projection."""
    cells: Mapping[str, Sequence[Mapping[str, Any]]] = found["cells"]
    for name, rows in cells.items():
        for row in rows:
            yield name, row
