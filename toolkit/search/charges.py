"""Prices of a cell's attempts, and the meter that they are charged to."""

from __future__ import annotations

from ..bench.shares import Tariff
from ..errors import BudgetSpent
from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..records import Candidate
from .budget import Meter
from .replay import Attempt

REFUSALS = 1000
"""asks after the budget is spent, before a searcher is given up"""


class Abandoned(BaseException):
    """Ends a searcher whose lab is closed: it asked on after its budget, or the run stops."""


class Unanswered(Abandoned):
    """Ends a searcher whose programs a language model does not answer any more."""


class Charges:
    """Charges one cell's attempts to a meter. Not thread-safe: its scheduler is."""

    def __init__(self, cell: CellState, prices: Tariff, meter: Meter) -> None:
        self._cell, self._prices, self._meter = cell, prices, meter
        self._refusals = 0
        self._latest = _latest(cell)

    def reserve(self, candidate: Candidate, share: float, smoke: bool, again: int = 0) -> int:
        """Items that a new attempt costs, charged. Raises BudgetSpent where they do not fit.

        In the end Abandoned, where a searcher does not take it: one that swallows BudgetSpent would
        else ask for ever.
        """
        items = self.price(candidate, share, smoke, again)
        try:
            self._meter.reserve(items)
        except BudgetSpent:
            self._refusals += 1
            if self._refusals > REFUSALS:
                raise Abandoned("asked for more after its budget was spent") from None
            raise
        return items

    def price(self, candidate: Candidate, share: float, smoke: bool, again: int = 0) -> int:
        """Items to charge: the whole share, or for a promotion only what it adds.

        A promotion is the same candidate at a larger share than its last start, which came out
        well. All of the larger share is run, so that a score never depends on how a program got
        there; what is asked a second time was paid the first time. A second promotion beside one
        that still runs adds nothing to that one: it is charged whole, and so is a replicate.
        """
        if smoke:
            return self._prices.smoke
        asked = self._prices.of(share)
        if again:
            return asked
        last = self._latest.get(candidate.digest)
        trial = self._cell.trials.get(last.number) if last else None
        if trial is None or not trial.ok or trial.share >= share:
            return asked
        return asked - self._prices.of(trial.share) or asked

    def began(self, start: Started) -> None:
        """Note a new start, for the price of a promotion."""
        if not (start.smoke or start.again):
            self._latest[start.candidate.digest] = start

    def take_over(self, attempt: Attempt) -> None:
        """Charge a recorded attempt to this command's meter, once, whatever the budget is now."""
        if attempt.charged:
            return
        attempt.charged = True
        self._meter.charge(attempt.start.items)
        if self._cell.is_done(attempt.number):
            self._meter.settle(self._cell.trials[attempt.number].usage)


def _latest(cell: CellState) -> dict[str, Started]:
    """{candidate's digest: its last recorded start, smoke runs aside}"""
    starts = (start for _, start in sorted(cell.started.items()))
    return {one.candidate.digest: one for one in starts if not (one.smoke or one.again)}
