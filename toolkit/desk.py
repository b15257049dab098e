"""The desk where labs hand in what they want run; threads of the host behind it hold the bench.

A lab is in the hands of a searcher, which is anybody's code. So it holds no bench, task or vault,
only a desk, which holds two queues: what comes back is what a searcher may know. That is no wall
(a plugin runs in this process), but nobody walks through it by accident, and what a plugin does
behind the desk all the same is counted (see tally.py).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from .bench import Bench, Result
from .records import Candidate, Failure


@dataclass(frozen=True)
class Running:
    """One evaluation on the search split, for a cell."""

    cell: str
    candidate: Candidate
    share: float
    smoke: bool


@dataclass(frozen=True)
class Looking:
    """The worst answers of a trial. scores and predictions: by item, as the ledger keeps them."""

    predictions: Mapping[str, Any]
    scores: Mapping[str, float]
    limit: int


Errand = Running | Looking
Waiting = SimpleQueue[tuple["Future[Any]", Errand] | None]


class Desk:
    """Serves every lab of one comparison; `slots` evaluations at a time."""

    def __init__(self, bench: Bench, slots: int) -> None:
        self.isolation = bench.evaluator.isolation
        self._runs: Waiting = SimpleQueue()
        self._looks: Waiting = SimpleQueue()  # never behind an evaluation
        self._slots = slots
        self._closed = False
        self._lock = threading.Lock()
        for _ in range(slots):
            _open(bench, self._runs)
        _open(bench, self._looks)

    def run(self, cell: str, candidate: Candidate, *, share: float, smoke: bool) -> Future[Result]:
        """An evaluation's result, later; cancelled where the desk closes before it began."""
        return self._hand_in(self._runs, Running(cell, candidate, share, smoke))

    def failures(
        self, predictions: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """What a trial got wrong on the search split."""
        found: list[Failure] = self._hand_in(
            self._looks, Looking(predictions, scores, limit)
        ).result()
        return found

    def close(self) -> None:
        """Drop what has not begun; does not wait for what has."""
        with self._lock:
            self._closed = True
            for waiting, clerks in ((self._runs, self._slots), (self._looks, 1)):
                _drop(waiting)
                for _ in range(clerks):
                    waiting.put(None)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hand_in(self, waiting: Waiting, errand: Errand) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:  # a searcher that was left behind must not wait for ever
                _cancel(future)
            else:
                waiting.put((future, errand))
        return future


def _open(bench: Bench, waiting: Waiting) -> None:
    # the thread is kept nowhere: it would lead back to the bench
    threading.Thread(target=_serve, args=(bench, waiting), daemon=True).start()


def _serve(bench: Bench, waiting: Waiting) -> None:
    while (handed_in := waiting.get()) is not None:
        future, errand = handed_in
        if not future.set_running_or_notify_cancel():
            continue
        try:
            found = _answer(bench, errand)
        except BaseException as fault:
            future.set_exception(fault)
        else:
            future.set_result(found)
        del future, errand, handed_in  # a waiting thread keeps no trial alive


def _answer(bench: Bench, errand: Errand) -> Any:
    if isinstance(errand, Running):
        return bench.run(errand.candidate, share=errand.share, smoke=errand.smoke, by=errand.cell)
    return bench.failures(errand.predictions, errand.scores, errand.limit)


def _drop(waiting: Waiting) -> None:
    while True:
        try:
            handed_in = waiting.get_nowait()
        except Empty:
            return
        if handed_in is not None:
            _cancel(handed_in[0])


def _cancel(future: Future[Any]) -> None:
    future.cancel()
    future.set_running_or_notify_cancel()  # tells whoever waits
