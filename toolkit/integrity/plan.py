"""Names of the checks and of their subjects; pure, shared by those who run and those who read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE

AGAIN = "A/A run"
ORDER = "another order"
HALVES = "half batches"
RERUNS: Mapping[str, Mapping[str, Any]] = {
    AGAIN: {"fresh": True},
    ORDER: {"order": 1},
    HALVES: {"halves": True},
}
"""{check: how the bench runs the program then}"""
SYMMETRIC = "symmetric rule"
REDACTED = "without rare words"
GOLD = "gold n-grams"
RARE = "rare words"
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


def scored(state: State, cell: CellState) -> bool:
    """True if the champion is not the baseline and has a score on the test split."""
    standing = state.standing(cell)
    return bool(standing.improved and standing.result and standing.result.ok)
