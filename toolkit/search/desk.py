"""The desk where labs hand in what they want run; threads of the host behind it hold the bench.

A lab holds no bench, task or vault, only a desk: what comes back is what a searcher may know. That
is no wall (a plugin runs in this process), but nobody walks through it by accident, and what a
plugin does behind the desk all the same is counted (see tally.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..bench.bench import Bench
from ..bench.differences import Difference
from ..bench.looks import Mark, Ran, Seen
from ..ledger.window import Window
from ..records import Candidate, Failure, Scored


@dataclass(frozen=True)
class Running:
    """One evaluation on the search split, for a cell. view: the one that scores it, if any.

    again: which replicate under seeds of its own; 0: none.
    """

    cell: str
    candidate: Candidate
    share: float
    smoke: bool
    view: str = ""
    again: int = 0


@dataclass(frozen=True)
class Looking:
    """The worst outputs of a trial. scores and outputs: by item, as the ledger keeps them."""

    outputs: Mapping[str, Any]
    scores: Mapping[str, float]
    limit: int


@dataclass(frozen=True)
class Examining:
    """A trial to be seen beside the unchanged program and another trial."""

    ran: Ran
    base: Ran
    against: Ran
    limit: int


@dataclass(frozen=True)
class Marking:
    """A trial whose items' outcomes are asked for."""

    ran: Ran


@dataclass(frozen=True)
class Losing:
    """A trial of whose wrong items it is asked where they were lost."""

    ran: Ran


@dataclass(frozen=True)
class Showing:
    """Items of a trial that are asked for by their ids."""

    ran: Ran
    items: Sequence[str]


@dataclass(frozen=True)
class Comparing:
    """Two trials whose difference is asked for."""

    one: Scored
    other: Scored


class Desk:
    """Serves every lab of one comparison; `slots` evaluations at a time."""

    def __init__(self, bench: Bench, slots: int) -> None:
        self.isolation = bench.evaluator.isolation
        self._runs = Window(bench, _answer, slots)
        self._looks = Window(bench, _answer)  # never behind an evaluation

    def run(
        self, cell: str, candidate: Candidate, *, share: float, smoke: bool, view: str = "",
        again: int = 0,
    ) -> Future[Scored]:  # fmt: skip
        """An evaluation's result, later; cancelled where the desk closes before it began."""
        return self._runs.hand_in(Running(cell, candidate, share, smoke, view, again))

    def failures(
        self, outputs: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """Failures of a trial on the search split."""
        found: list[Failure] = self._looks.hand_in(Looking(outputs, scores, limit)).result()
        return found

    def look(self, ran: Ran, base: Ran, against: Ran, limit: int) -> Seen:
        """Part of a look at a trial on the search split that the judge can tell."""
        found: Seen = self._looks.hand_in(Examining(ran, base, against, limit)).result()
        return found

    def marks(self, ran: Ran) -> Mapping[str, Mark]:
        """{item of the search split: how it came out}, without its answer."""
        found: Mapping[str, Mark] = self._looks.hand_in(Marking(ran)).result()
        return found

    def cases(self, ran: Ran, items: Sequence[str]) -> list[Failure]:
        """Some items of the search split as a trial left them, with their answers."""
        found: list[Failure] = self._looks.hand_in(Showing(ran, items)).result()
        return found

    def lost(self, ran: Ran) -> Mapping[str, str]:
        """{item that is wrong: where it was lost}, where the study can tell."""
        found: Mapping[str, str] = self._looks.hand_in(Losing(ran)).result()
        return found

    def difference(self, one: Scored, other: Scored) -> Difference:
        """Difference of two trials on the search split, with its noise."""
        found: Difference = self._looks.hand_in(Comparing(one, other)).result()
        return found

    def close(self) -> None:
        """Drop what has not begun; does not wait for what has."""
        self._runs.close()
        self._looks.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Errand = Running | Looking | Examining | Marking | Losing | Showing | Comparing


def _answer(bench: Bench, errand: Errand) -> Any:
    if isinstance(errand, Running):
        scored = bench.by(errand.view)
        return scored.run(
            errand.candidate, share=errand.share, smoke=errand.smoke, again=errand.again,
            by=errand.cell,
        )  # fmt: skip
    if isinstance(errand, Examining):
        return bench.look(errand.ran, errand.base, errand.against, errand.limit)
    if isinstance(errand, Marking):
        return bench.marks(errand.ran)
    if isinstance(errand, Losing):
        return bench.lost(errand.ran)
    if isinstance(errand, Showing):
        return bench.cases(errand.ran, errand.items)
    if isinstance(errand, Comparing):
        return bench.difference(errand.one, errand.other)
    return bench.failures(errand.outputs, errand.scores, errand.limit)
