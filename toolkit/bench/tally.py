"""Tally of the bench: its own count of runs, and the differences from the record.

A plugin runs in the host's process and is trusted. The record is checked against the bench's own
count all the same, so that a report that says nothing of it has looked: programs that no trial
stands for, openings of the test split that were not recorded, evaluations past the bench.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..jobs import Job, Outcome
from ..ledger.cell import CellState
from ..ledger.ledger import Ledger

HOST = "host"
"""who asks for what the host itself runs: the baseline, champions, attribution, checks"""
UNACCOUNTED = "unaccounted"
"""name of the finding about what came after the search"""


@dataclass
class Tally:
    """Counts of one bench since it was made; thread-safe."""

    runs: Counter[str] = field(default_factory=Counter)
    """programs that the bench was given, by who asked: a cell's key, HOST, or anything else"""
    refused: int = 0
    """those of them that were not run at all, because they cannot be"""
    openings: int = 0
    """programs scored on the test split, each with all its replicates"""
    evaluations: int = 0
    """jobs that the evaluator was given"""
    repeated: int = 0
    """those of them that ran a program once more, as another replicate"""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _again: threading.local = field(default_factory=threading.local, repr=False)

    def ran(self, by: str) -> None:
        with self._lock:
            self.runs[by] += 1

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        """Around another replicate of a program: it is one evaluation more, and no new opening."""
        with self._lock:
            self.repeated += 1
        self._again.on = True
        try:
            yield
        finally:
            self._again.on = False

    def opened(self) -> None:
        with self._lock:
            self.openings += not getattr(self._again, "on", False)

    def evaluated(self) -> None:
        with self._lock:
            self.evaluations += 1

    def copy(self) -> Tally:
        with self._lock:
            runs = Counter(self.runs)
            return Tally(runs, self.refused, self.openings, self.evaluations, self.repeated)

    @property
    def past(self) -> int:
        """Jobs that went to the evaluator past the bench.

        A program is counted before its job, so that one in flight never looks like too many.
        """
        return self.evaluations - (self.runs.total() - self.refused + self.repeated)


class Counted:
    """An evaluator whose jobs are counted."""

    def __init__(self, evaluator: Any, tally: Tally) -> None:
        self._evaluator, self._tally = evaluator, tally

    @property
    def isolation(self) -> str:
        level: str = self._evaluator.isolation
        return level

    def run(self, job: Job) -> Outcome:
        self._tally.evaluated()
        outcome: Outcome = self._evaluator.run(job)
        return outcome


class Reconciliation:
    """Compares the bench's count with the ledger: when a cell ends, and when the command does."""

    def __init__(self, tally: Tally, ledger: Ledger) -> None:
        """Begin to count; make it when the search begins."""
        self._tally, self._ledger = tally, ledger
        self._first = tally.copy()
        self._started = Counter(ledger.counts("started"))
        self._results = Counter(ledger.counts("finished", without="lost"))
        self._opened = _openings(ledger)
        self._told: Counter[str] = Counter()
        self._lock = threading.Lock()

    def ended(self, cell: CellState) -> dict[str, int]:
        """{what: how many that no record stands for}, since the last cell that ended.

        What an earlier start of the same cell found is added; {} means that all is on record.
        programs: run and by no trial. results: of trials whose program did not run. openings: of
        the test split. evaluations: programs that went to the evaluator past the bench.
        """
        known = (cell.ended or {}).get("unaccounted") or {}
        return dict(Counter(known) + Counter(self._new(searching=True)))

    def after(self) -> dict[str, int]:
        """The same for what came after the search, when the host alone asks for programs."""
        return self._new(searching=False)

    def _new(self, *, searching: bool) -> dict[str, int]:
        with self._lock:
            found = self._found(searching=searching)
            new = {what: found[what] - self._told[what] for what in found}
            self._told |= Counter(found)
        return {what: count for what, count in new.items() if count > 0}

    def _found(self, *, searching: bool) -> dict[str, int]:
        """Counts since the search began. While searchers are at work the host runs nothing."""
        now = self._tally.copy()
        runs = now.runs - self._first.runs
        if not searching:
            del runs[HOST]
        starts = Counter(self._ledger.counts("started")) - self._started
        results = Counter(self._ledger.counts("finished", without="lost")) - self._results
        return {
            "programs": (runs - starts).total(),
            "results": (results - runs).total(),
            "evaluations": now.past - self._first.past,
            "openings": now.openings - self._first.openings
            - (_openings(self._ledger) - self._opened),
        }  # fmt: skip


def _openings(ledger: Ledger) -> int:
    """Openings on record of the study's own test split."""
    return sum(ledger.counts("opened", lacking="study").values())
