"""Switches in a report: what tuning could express of a gain by edits, and what of it it found.

A switch is a parameter whose values are patches. The edits that a switch stands in for are in the
account of the champion (attribution/switching.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import declared
from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.state import State
from ..study import space
from ..text import visible
from .gaps import rank
from .shares import between, mean
from .wording import Wording


def section(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{"switches": {"declared", "champions", "expressible"}}; empty in a study without switches."""
    known = space.switches(declared(state))
    if not known:
        return {}
    on = {cell.name: _on(state, cell, known) for cell in cells}
    tuners = [cell for cell in cells if _is_tuner(state, cell)]
    return {
        "switches": {
            "declared": {name: [v for v in one.values if v] for name, one in known.items()},
            "champions": on,
            "tuners": [cell.name for cell in tuners],
            "expressible": {
                cell.name: row
                for cell in cells
                if (row := _expressible(state, cell, {one.name: on[one.name] for one in tuners}))
            },
        }
    }


def _on(state: State, cell: CellState, known: Mapping[str, Any]) -> dict[str, str]:
    values = state.champion(cell).candidate.overrides
    return {name: values[name] for name in known if values.get(name)}


def _is_tuner(state: State, cell: CellState) -> bool:
    """True for a finished or running search of values alone: no trial of it edits code."""
    return cell.model is None and not any(t.candidate.patch for t in cell.trials.values())


def _expressible(
    state: State, cell: CellState, tuned: Mapping[str, Mapping[str, str]]
) -> dict[str, Any] | None:
    """Edits of a champion that switches hold, each with the tuners that found the switch.

    None for a champion without edits, and where it was not asked.
    """
    found = state.accounts.get(cell.key, {}).get("switches")
    if not found or found["held"] is None or not state.champion(cell).candidate.patch:
        return None
    held = [
        {
            **row,
            "found_by": [one for one, on in tuned.items() if on.get(row["switch"]) == row["value"]],
        }
        for row in found["held"]
    ]
    shares = {name: found[name] for name in ("asked", "fraction", "enabling_fraction", "range")}
    return {**shares, "held": held}


def expressed(state: State, cells: Sequence[CellState]) -> list[str]:
    """Sentence for the best champion with edits: what tuning could express, and what it found."""
    known = section(state, cells).get("switches")
    if not known or not known["expressible"]:
        return []
    best = max(
        (cell for cell in cells if cell.name in known["expressible"]),
        key=lambda cell: rank(state, cell),
    )
    return [_sentence(best.name, known["expressible"][best.name], known["tuners"])]


def _sentence(name: str, row: Mapping[str, Any], tuners: Sequence[str]) -> str:
    if not row["held"]:
        return (
            f"Tuning could express none of the {counted(row['asked'], 'edit')} of {name} that were "
            "asked about: no switch of this study holds one."
        )
    edits = counted(len(row["held"]), "edit")
    some = edits if len(row["held"]) == row["asked"] else f"{len(row['held'])} of its edits"
    share = f"{between(row['range'])} of {name}'s gain" if row["range"] else f"{some} of {name}"
    inside = f" ({some}, which switches hold)" if row["range"] else ", which switches hold"
    found = _by_tuner(row["held"], lost=False)
    lost = _by_tuner(row["held"], lost=True)
    told = f"it found {found}" if found else "it found none of them"
    told += f", and not {lost}" if found and lost else f": {lost}" if lost else ""
    if not tuners:
        told = "no search of values alone is in this run"
    return f"Tuning could express {share}{inside}; {told}."


def _by_tuner(held: Sequence[Mapping[str, Any]], *, lost: bool) -> str:
    """`fix_dates (optuna-0), fix_words (optuna-0, random-0)`; lost: those that nobody found."""
    named: dict[str, str] = {}
    for row in held:
        if bool(row["found_by"]) != lost:
            who = f" ({', '.join(row['found_by'])})" if row["found_by"] else ""
            named[row["switch"]] = f"{row['switch']}{who}"
    return ", ".join(named.values())


def lines(found: Mapping[str, Any] | None, words: Wording) -> list[str]:
    """Line on a champion's switches: those that are on, and what the others would add."""
    if not found:
        return []
    on = ", ".join(map(visible, found["on"])) or "none"
    off = [_off(row, words) for row in found["off"]]
    more = f"; off, with what each would add: {', '.join(off)}" if off else ""
    return [f"switches on: {on}{more}"]


def _off(row: Mapping[str, Any], words: Wording) -> str:
    told = "not together" if row["problem"] else mean(row["adds"], words)
    return f"{visible(row['switch'])} {told}"
