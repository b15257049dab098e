"""The desk where labs hand in what they want run; threads of the host behind it hold the bench.

A lab holds no bench, task or vault, only a desk: what comes back is what a searcher may know. That
is no wall (a plugin runs in this process), but nobody walks through it by accident, and what a
plugin does behind the desk all the same is counted (see tally.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..bench.bench import Bench
from ..ledger.window import Window
from ..records import Candidate, Failure, Scored


@dataclass(frozen=True)
class Running:
    """One evaluation on the search split, for a cell."""

    cell: str
    candidate: Candidate
    share: float
    smoke: bool


@dataclass(frozen=True)
class Looking:
    """The worst outputs of a trial. scores and outputs: by item, as the ledger keeps them."""

    outputs: Mapping[str, Any]
    scores: Mapping[str, float]
    limit: int


class Desk:
    """Serves every lab of one comparison; `slots` evaluations at a time."""

    def __init__(self, bench: Bench, slots: int) -> None:
        self.isolation = bench.evaluator.isolation
        self._runs = Window(bench, _answer, slots)
        self._looks = Window(bench, _answer)  # never behind an evaluation

    def run(self, cell: str, candidate: Candidate, *, share: float, smoke: bool) -> Future[Scored]:
        """An evaluation's result, later; cancelled where the desk closes before it began."""
        return self._runs.hand_in(Running(cell, candidate, share, smoke))

    def failures(
        self, outputs: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """What a trial got wrong on the search split."""
        found: list[Failure] = self._looks.hand_in(Looking(outputs, scores, limit)).result()
        return found

    def close(self) -> None:
        """Drop what has not begun; does not wait for what has."""
        self._runs.close()
        self._looks.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _answer(bench: Bench, errand: Running | Looking) -> Any:
    if isinstance(errand, Running):
        return bench.run(errand.candidate, share=errand.share, smoke=errand.smoke, by=errand.cell)
    return bench.failures(errand.outputs, errand.scores, errand.limit)
