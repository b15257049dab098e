"""Looks: what a researcher is told of a trial on the search split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..bench.looks import Flips, KindScore, Seen
from ..ledger.cell import CellState
from ..ledger.entries import Looked
from ..ledger.notebook import Notebook
from ..records import Failure, Trial

__all__ = ["Flips", "KindScore", "Look", "Looked", "Looks", "of"]


class Looks:
    """Looks of one cell, on record before they are told. Not thread-safe: its scheduler is.

    A searcher may look at the same trial again and show other failures of it to its model, so that
    each time counts; a searcher that is replayed looks again, and that is no other time.
    """

    def __init__(self, cell: CellState, notebook: Notebook) -> None:
        self._cell, self._notebook = cell, notebook
        self._told: Counter[Looked] = Counter()
        """{look: times that this command has told it}"""

    def adopt(self) -> None:
        """Take the looks on record as told: their searcher is not replayed."""
        self._told = self._cell.times.copy()

    def tell(self, look: Looked, shown: Sequence[Failure]) -> None:
        """Put a look on record, unless a replay repeats it."""
        self._told[look] += 1
        if self._told[look] > self._cell.times[look]:
            golds = [one.item for one in shown if one.gold is not None]
            self._notebook.looked(look, golds, len(shown))


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
