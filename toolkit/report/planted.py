"""Faults that were planted on purpose, and the part of a gain that repairs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..edits.anatomy import declared
from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.state import State
from ..study.space import switches
from .shares import divided, some
from .wording import Wording

FAVOURS = "which favours whoever may edit code"


def section(state: State) -> dict[str, Any]:
    """{"planted": faults}; empty where the study names none."""
    found = state.study.get("planted")
    return {"planted": list(found)} if found else {}


def lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Faults that the start has, and how many it has repaired."""
    faults = summary.get("planted", [])
    left = [f"{one['repair']} ({one['what']})" for one in faults if one["left"]]
    gone = len(faults) - len(left)
    if left:
        more = f"; {gone} more that the start has repaired" if gone else ""
        yield f"planted on purpose in the start: {'; '.join(left)}{more}"
    elif gone:
        yield f"planted on purpose: nothing is left, since the start repairs all {gone} faults"


def of_account(account: Mapping[str, Any], words: Wording) -> list[str]:
    """Evidence for the parts that repair what was planted, beside the account of a gain."""
    found = account.get("planted")
    if not found or not found["parts"]:
        return []
    figures = [
        f"{words.figure(found[key])} {what}"
        for key, what in (
            ("alone", "alone on the start"),
            ("faults_alone", "by the planted repairs themselves"),
            ("on_repaired", "by the other parts on the repaired start"),
        )
        if found.get(key)
    ]
    refused = found.get("refused")
    rewritten = (
        f" (without {some(refused)}, whose lines other parts have rewritten)" if refused else ""
    )
    return [
        f"parts that a planted repair makes worthless: {', '.join(found['parts'])}; gains: "
        f"{', '.join(figures)}{rewritten}"
    ]


def sentences(
    state: State, cells: Sequence[CellState], leaders: Sequence[str], words: Wording
) -> Iterator[str]:
    """Planted faults of the start, with what they are of each leader's gain, for the verdict."""
    left = [one for one in state.study.get("planted", ()) if one["left"]]
    if not left:
        return
    told = list(_shares(state, cells, leaders, words))
    were = "fault was" if len(left) == 1 else "faults were"
    # tuning may repair some itself where patches are among its values
    favours = "" if switches(declared(state)) else f", {FAVOURS}"
    yield f"{len(left)} {were} planted in the start on purpose{favours}."
    yield from told


def _shares(
    state: State, cells: Sequence[CellState], leaders: Sequence[str], words: Wording
) -> Iterator[str]:
    for cell in best(state, cells, leaders):
        found = state.accounts.get(cell.key, {}).get("planted")
        if not found:
            continue
        if not found["parts"]:
            yield f"No part of {cell.name} that was tried repairs one of them."
            continue
        share = divided(found, "its gain") if found["range"] else "part of its gain"
        one = len(found["parts"]) == 1
        parts = counted(len(found["parts"]), "part that repairs", "parts that repair")
        without = found.get("without")
        left = f"{words.figure(without)}{words.gain_unit}" if without else ""
        rest = f"; without {'it' if one else 'these'} the gain is {left}"
        if found["brings"]:
            rest = f"; a share is an average over orders: {_brought(found)}, {left} is left"
        yield f"{cell.name} owes {share} to {parts} such faults{rest if left else ''}."


def _brought(found: Mapping[str, Any]) -> str:
    """`taken out with the 4 parts that need them`: what cannot stay without the repairs."""
    need = counted(len(found["brings"]), "part that needs", "parts that need")
    return f"taken out with the {need} {'it' if len(found['parts']) == 1 else 'them'}"


def best(state: State, cells: Sequence[CellState], leaders: Sequence[str]) -> Iterator[CellState]:
    """The cell with the best champion on search, of each leader."""
    for alias in leaders:
        mine = [one for one in cells if one.alias == alias and state.champion(one).number]
        if mine:
            yield max(mine, key=lambda one: state.champion(one).rank)
