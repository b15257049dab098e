"""The accounts of a run's champions, each made once and kept in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..edits.anatomy import declared, line, settled
from ..ledger.state import CellState, State, apply
from ..records import canonical, digest
from .account import account
from .measure import Measurements
from .values import Effort

MOST_STEPS = 200
"""accepted one on top of the other: an account takes time that grows with their square"""


def attribute(
    measured: Measurements, cells: Sequence[CellState], effort: Effort, *, most: int | None = None
) -> None:
    """Account for every champion that has no account of this effort yet.

    most: leave out a champion of more steps than so many, and say so.
    """
    state = measured.state
    tuned = tuned_values(state, cells)
    for cell in cells:
        key = _key(state, cell, tuned)
        if _stands(state.accounts.get(cell.key), key, effort):
            continue
        champion = state.champion(cell)
        if not champion.number:
            continue
        subject = f"attribution of {cell.name}"
        steps = len(line(cell, champion))
        if most and steps > most:
            measured.progress.say(
                f"{subject}: left out, since its champion was built in {steps:,} steps and more "
                f"than {most} take longer than the search; `toolkit attribute "
                f"{measured.ledger.folder}` makes it"
            )
            continue
        measured.progress.say(f"{subject}: what its gain on the test split came from")
        measured.progress.begin(subject, "which part needs which")
        found = {"key": key, "champion": champion.number, **account(measured, cell, effort, tuned)}
        row = {"account": measured.ledger.put(found)}
        apply(state, measured.ledger.append("attributed", row, cell=cell.key), measured.ledger)
        measured.progress.say(f"{subject}: {summed_up(found)}")


def _stands(known: Mapping[str, Any] | None, key: str, effort: Effort) -> bool:
    """An account that was asked for with an effort of its own is not undone by a usual one."""
    if not known or known["key"] != key:
        return False
    return effort == Effort() or known.get("effort") == asdict(effort)


def _key(state: State, cell: CellState, tuned: Mapping[str, Any] | None) -> str:
    """Of all that an account depends on but the effort."""
    champion = state.champion(cell).candidate.digest
    parts = [champion, len(cell.trials), tuned]  # importance is of all trials
    return digest(canonical(parts))


def tuned_values(state: State, cells: Sequence[CellState]) -> Mapping[str, Any] | None:
    """The best values, on the search split, of a search that only set parameters.

    {"by": cell, "values": {parameter: value}}; None where no such search got anywhere.
    """
    champions = [(cell, state.champion(cell)) for cell in cells if cell.model is None]
    found = [(cell, best) for cell, best in champions if best.number and not best.candidate.patch]
    if not found:
        return None
    cell, best = max(found, key=lambda pair: (pair[1].score or 0.0, pair[0].key))
    return {"by": cell.name, "values": dict(settled(best.candidate, declared(state)).overrides)}


def summed_up(found: Mapping[str, Any]) -> str:
    """One line: how it was done, and what it cost."""
    cost = found["cost"]
    return (
        f"{len(found['parts'])} parts, {found['method']}, {cost['evaluations']:.0f} evaluations of "
        f"the test split and {cost['builds']} trial builds, {cost['cpu_s']:.1f} s of CPU time"
    )
