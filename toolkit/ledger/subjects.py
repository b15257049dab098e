"""What a host scores, and on what: splits, the names of its own programs, assessments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..records import Scored, Trial

Split = Literal["search", "test"]
SPLITS: tuple[Split, Split] = ("search", "test")
BASELINE = "baseline"
REFUSE_ALL = "refuse all"
BEST_CONSTANT = "best constant"
WRONG_MEMORY = "wrong memory"


def wrong_memory(trial: Trial) -> str:
    """The subject of a program that answers from other conversations."""
    return f"{WRONG_MEMORY}:{trial.candidate.digest}"


@dataclass(frozen=True, kw_only=True)
class Assessment(Scored):
    """A program that the host scored on one split. subject: its digest, or a name of the host's."""

    subject: str
    split: Split
