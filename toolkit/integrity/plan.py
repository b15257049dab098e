"""Names of the checks and of their subjects; pure, shared by those who run and those who read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..records import Scored

AGAIN = "A/A run"
ORDER = "another order"
HALVES = "half batches"
RERUNS: Mapping[str, Mapping[str, Any]] = {
    AGAIN: {"anew": True},
    ORDER: {"order": 1},
    HALVES: {"halves": True},
}
"""{check: how the bench runs the program then}"""
SYMMETRIC = "symmetric rule"
REDACTED = "without rare words"
GOLD = "gold n-grams"
RARE = "rare words"
SEARCHED = "searched items"
HELD = "unreadable texts"
PARTS = "more parts than gold"
REACH = "reach"
STUDY = "study"
"""The subject of what is known of the study, whatever its programs."""
PROMPTS = "gold in prompts"
REPEATED = "repeated answers"
DIFFERENCES = "differences"


def subject(check: str, program: str) -> str:
    """The subject of a program's assessment under a check."""
    return f"{check}:{program}"


def program(state: State, cell: CellState) -> str:
    """The subject of a cell's champion itself: a digest, or the baseline."""
    champion = state.champion(cell)
    return champion.candidate.digest if champion.number else BASELINE


def reruns(state: State) -> Sequence[str]:
    """The checks of RERUNS that could find something in this study.

    Where programs ran under several seeds, their noise is known. Inputs have an order where there
    are two of them, and a call can be halved where it has two.
    """
    calls = items_by_call(state)
    found = {
        AGAIN: replicates(state) == 1,
        ORDER: sum(calls.values()) > 1,
        HALVES: max(calls.values(), default=0) > 1,
    }
    return [check for check in RERUNS if found[check]]


def items_by_call(state: State) -> Mapping[str, int]:
    """{call of the split that decides: its items}"""
    table = state.study.get("calls", state.study["items"])  # only where they are not the clusters
    return Counter(table[state.final].values())


def replicates(state: State) -> int:
    """Number of times that a program runs where scores decide."""
    told: Mapping[str, int] = state.study.get("replicates", {})
    return told.get("final" if state.final == "test" else "search", 1)


def result(state: State, name: str, split: Split) -> Scored | None:
    """Scores of a program on a split: of the host's own run, or of the trial that was chosen."""
    known = state.assessments.get((name, split))
    cell = None if known or split == "test" else chosen(state, name)
    return state.champion(cell) if cell else known


def outputs(state: State, name: str, split: Split) -> str | None:
    """The blob of what a program returned on a split; None where that is not on record."""
    known = state.outputs.get((name, split))
    cell = None if known or split == "test" else chosen(state, name)
    return cell.outputs.get(state.champion(cell).number) if cell else known


def chosen(state: State, name: str) -> CellState | None:
    """A cell whose champion the program is."""
    cells = state.cells.values()
    return next((cell for cell in cells if program(state, cell) == name), None)


def scored(state: State, cell: CellState) -> bool:
    """True if the champion is not the baseline and has a score where scores decide."""
    standing = state.standing(cell)
    return bool(standing.improved and standing.result and standing.result.ok)
