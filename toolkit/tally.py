"""What the bench counts by itself, and where that differs from what is on record.

A plugin runs in the host's process and is trusted. The record is checked against the bench's own
count all the same, so that a report that says nothing of it has looked: programs that no trial
stands for, openings of the test split that were not recorded, evaluations past the bench.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .ledger import Ledger
from .records import Job, Outcome
from .state import CellState

HOST = "host"
"""who asks for what the host itself runs: the baseline, champions, attribution, checks"""


@dataclass
class Tally:
    """Counts of one bench since it was made; thread-safe."""

    runs: Counter[str] = field(default_factory=Counter)
    """programs handed to the evaluator, by who asked: a cell's key, HOST, or "" for nobody"""
    openings: int = 0
    """scorings on the test split"""
    evaluations: int = 0
    """jobs that the evaluator was given"""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ran(self, by: str) -> None:
        with self._lock:
            self.runs[by] += 1

    def opened(self) -> None:
        with self._lock:
            self.openings += 1

    def evaluated(self) -> None:
        with self._lock:
            self.evaluations += 1

    def copy(self) -> Tally:
        with self._lock:
            return Tally(Counter(self.runs), self.openings, self.evaluations)


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
    """Compares the bench's count with the ledger while cells run: `ended` after each of them."""

    def __init__(self, tally: Tally, ledger: Ledger) -> None:
        self._tally, self._ledger = tally, ledger
        self._first = self._told = tally.copy()
        self._started = _starts(ledger)
        self._opened = _openings(ledger) - tally.openings
        self._open_told = 0
        self._lock = threading.Lock()

    def ended(self, cell: CellState) -> dict[str, int]:
        """{what: how many that no record stands for}, since the last cell that ended.

        What an earlier start of the same cell found is added; {} means that all is on record.
        programs: run in this cell's name but by none of its trials, or in nobody's or the host's
        name while only searchers were at work. openings: of the test split. evaluations: programs
        that went to the evaluator past the bench.
        """
        with self._lock:
            known = (cell.ended or {}).get("unaccounted") or {}
            return dict(Counter(known) + Counter(self._found(cell)))

    def _found(self, cell: CellState) -> dict[str, int]:
        now, began = self._tally.copy(), _starts(self._ledger)
        mine = now.runs[cell.key] - self._first.runs[cell.key]
        programs = max(0, mine - (began[cell.key] - self._started[cell.key]))
        programs += sum(now.runs[by] - self._told.runs[by] for by in ("", HOST))
        # a run is counted before its job, so that one in flight never looks like too many
        past, before = (one.evaluations - one.runs.total() for one in (now, self._told))
        openings = now.openings - (_openings(self._ledger) - self._opened)
        found = {
            "programs": programs,
            "evaluations": max(0, past - max(0, before)),
            "openings": max(0, openings - self._open_told),
        }
        self._told, self._open_told = now, max(self._open_told, openings)
        return found


def _starts(ledger: Ledger) -> Counter[str]:
    """{cell: attempts on record}"""
    return Counter(ledger.counts("started"))


def _openings(ledger: Ledger) -> int:
    return sum(ledger.counts("opened").values())
