"""One meter for every attempt of a cell: reserve before the start, settle after the end.

The meter counts items, as integers, so that any number of shares adds up exactly;
people see trials (items divided by the size of the search split).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..errors import BudgetSpent
from ..figures import counted
from ..records import Usage


@dataclass(frozen=True)
class Budget:
    """Budget of each cell. trials: evaluations of the whole search split.

    max_seconds: summed wall time of the cell's evaluations, by the host's clock.
    """

    trials: float
    max_seconds: float | None = None


class Meter:
    """Counts one cell's spending; thread-safe."""

    def __init__(self, budget: Budget, full: int) -> None:
        """full: items in the whole search split, the price of one trial."""
        self.budget = budget
        self.full = full
        self.usage = Usage()
        self._total = round(budget.trials * full)
        self._reserved = 0
        self._lock = threading.Lock()

    def reserve(self, items: int) -> None:
        """Charge an attempt before it starts; raises BudgetSpent where it does not fit."""
        with self._lock:
            if self._reserved + items > self._total:
                trials = counted(self.budget.trials, "trial is", "trials are")
                raise BudgetSpent(
                    f"{self.spent:g} of {trials} spent; another {items / self.full:g} does not fit"
                )
            limit = self.budget.max_seconds
            if limit is not None and self.usage.wall_s >= limit:
                raise BudgetSpent(f"{self.usage.wall_s:.0f} of {limit:g} seconds are spent")
            self._reserved += items

    def charge(self, items: int) -> None:
        """Take over what a recorded attempt was charged, whatever the budget is now."""
        with self._lock:
            self._reserved += items

    def settle(self, usage: Usage) -> None:
        """Add what a finished attempt took."""
        with self._lock:
            self.usage += usage

    @property
    def spent(self) -> float:
        """Trials that are spent."""
        return self._reserved / self.full

    @property
    def left(self) -> float:
        """Trials that are left; 0 as soon as the seconds are spent."""
        limit = self.budget.max_seconds
        if limit is not None and self.usage.wall_s >= limit:
            return 0.0
        return max(0, self._total - self._reserved) / self.full


class BudgetView:
    """View of a meter for its searcher: read-only, in trials."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @property
    def total(self) -> float:
        return self._meter.budget.trials

    @property
    def spent(self) -> float:
        return self._meter.spent

    @property
    def left(self) -> float:
        return self._meter.left
