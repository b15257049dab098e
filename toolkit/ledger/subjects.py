"""Subjects that the host scores: splits, the names of its own programs, assessments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..records import Scored, Trial

Split = Literal["search", "test", "fresh"]
SPLITS: tuple[Split, Split] = ("search", "test")
FRESH: Split = "fresh"
"""a third split, unsealed, that is scored only after the search"""
BASELINE = "baseline"
FLOOR = "floor:"
"""what the subject of every floor begins with"""
BEST_CONSTANT = "best constant"
WRONG_CONTEXT = "wrong context"
INPUT_ONLY = "input only"
"""floor: the unchanged program with inputs, and nothing to read"""
FITTED = "fitted by form"
"""floor: a constant of each form of input, fitted on the search split"""
ANSWERED_BY = "answered_by"
"""finding: the language model that answers a run's programs"""
ANSWER_NOISE = "answer_noise"
"""finding: how far its answers to the same questions differ"""
ANSWERS_KEPT = "answers_kept"
"""finding: all answers that it gave to this run's programs, each counted once"""


def wrong_context(trial: Trial) -> str:
    """Subject of a program that gets the contexts of other calls."""
    return f"{WRONG_CONTEXT}:{trial.candidate.digest}"


@dataclass(frozen=True, kw_only=True)
class Assessment(Scored):
    """A program that the host scored on one split. subject: its digest, or a name of the host's."""

    subject: str
    split: Split
