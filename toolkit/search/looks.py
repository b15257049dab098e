"""Looks: what a researcher is told of a trial on the search split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..bench.looks import Flips, KindScore, Seen
from ..ledger.cell import Looked
from ..records import Failure, Trial

__all__ = ["Flips", "KindScore", "Look", "Looked", "of"]


@dataclass(frozen=True)
class Look:
    """Look of a researcher at a trial on the search split.

    kinds: {kind: its score}, where kinds have no names `overall`. against: number of the trial that
    flips count from. failures: the worst first, some of every kind. output: the end of what the
    program printed. notes: what cannot be told, and why.
    """

    trial: int
    against: int
    kinds: Mapping[str, KindScore] = field(default_factory=dict)
    flips: Mapping[str, Flips] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    output: str = ""
    notes: str = ""


def of(trial: Trial, against: Trial, seen: Seen, *, measured: bool = False) -> Look:
    """Look at a trial, of what the judge has seen. measured: the objective is the meter's."""
    return Look(
        trial.number, against.number, seen.kinds, seen.flips, seen.failures, trial.printed,
        _missing(trial, against, seen, measured=measured),
    )  # fmt: skip


def _missing(trial: Trial, against: Trial, seen: Seen, *, measured: bool) -> str:
    """Things that cannot be told of a trial, and why; empty where all can."""
    if not trial.ok:
        return f"the trial has no score ({trial.status}), so that there are no items to look at"
    if not seen.kinds:
        return "its outputs are not on record"
    if measured:
        return "scores of kinds and items are the scorer's: the objective is measured on the whole"
    if not seen.flips:
        beside = "the trial that it is compared with" if against.number else "the unchanged program"
        why = "no item of it has a score of its own" if against.ok else f"{beside} has no score"
        return f"nothing can be said of single items: {why}"
    return ""
