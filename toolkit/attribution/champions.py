"""Accounts of all champions of a run, each made once and kept in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..edits.anatomy import declared, line, settled
from ..figures import counted
from ..ledger.accounts import FORMAT
from ..ledger.cell import CellState
from ..ledger.state import State
from ..records import canonical, digest
from ..study.planted import Planted
from .account import account
from .measure import Measurements
from .values import Effort

MOST_STEPS = 200
"""Accepted steps of one champion: the time of an account grows with the square of their number."""


def attribute(
    measured: Measurements, cells: Sequence[CellState], effort: Effort, *, most: int | None = None
) -> None:
    """Make an account of every champion that has none of this effort yet.

    most: leave out champions that were built in more steps than this, and say so.
    """
    state = measured.state
    tuned = tuned_values(state, cells)
    for cell in cells:
        key = _key(state, cell, tuned, measured.bench.study.planted)
        if _stands(state.accounts.get(cell.key), key, effort):
            continue
        champion = state.champion(cell)
        if not champion.number:
            continue
        subject = f"attribution of {cell.name}"
        steps = len(line(cell, champion))
        if most and steps > most:
            measured.progress.say(
                f"{subject}: left out. Its champion was built in {steps:,} steps; an account of "
                f"more than {most} steps takes longer than the search. To make it, type `toolkit "
                f"attribute {measured.journal.ledger.folder}`"
            )
            continue
        measured.progress.say(f"{subject}: what its gain{_on(state)} came from")
        measured.progress.begin(subject, "which part needs which")
        found = {"key": key, "champion": champion.number, **account(measured, cell, effort, tuned)}
        row = {"account": measured.journal.ledger.put(found)}
        measured.journal.write("attributed", row, cell=cell.key)
        measured.progress.say(f"{subject}: {summed_up(found, _on(state))}")


def _stands(known: Mapping[str, Any] | None, key: str, effort: Effort) -> bool:
    """True if the account on record stays: the usual effort does not replace a special one."""
    if not known or known["key"] != key:
        return False
    return effort == Effort() or known.get("effort") == asdict(effort)


def _key(
    state: State, cell: CellState, tuned: Mapping[str, Any] | None, faults: Sequence[Planted]
) -> str:
    """Digest of everything that an account depends on, except the effort."""
    champion = state.champion(cell).candidate.digest
    parts = [FORMAT, champion, len(cell.trials), tuned]  # importance is computed from all trials
    repairs = [digest(fault.repair) for fault in faults if fault.left]
    parts += [repairs] if repairs else []
    return digest(canonical(parts))


def tuned_values(state: State, cells: Sequence[CellState]) -> Mapping[str, Any] | None:
    """Best values, on the search split, of any search that only set parameters.

    {"by": cell, "values": {parameter: value}}; None where no such search beat the baseline.
    """
    tuners = [cell for cell in cells if cell.model is None and not cell.objective]
    champions = [(cell, state.champion(cell)) for cell in tuners]
    found = [(cell, best) for cell, best in champions if best.number and not best.candidate.patch]
    if not found:
        return None
    cell, best = max(found, key=lambda pair: (pair[1].rank, pair[0].key))
    return {"by": cell.name, "values": dict(settled(best.candidate, declared(state)).overrides)}


def _on(state: State) -> str:
    """` on the test split`; empty where the search's own data decides."""
    return {"sealed": " on the test split", "replicates": " on other seeds"}.get(state.claim, "")


def summed_up(found: Mapping[str, Any], where: str = "") -> str:
    """One line that tells how the account was made, and its cost."""
    cost = found["cost"]
    evaluations = counted(round(cost["evaluations"]), "evaluation")
    return (
        f"{counted(len(found['parts']), 'part')}, {found['method']}, {evaluations}{where} and "
        f"{counted(cost['builds'], 'trial build')}, {cost['cpu_s']:.1f} s of CPU time"
    )
