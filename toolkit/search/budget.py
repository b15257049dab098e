"""One meter for every attempt of a cell: reserve before the start, settle after the end.

The meter counts items, as integers, so that any number of shares adds up exactly;
people see trials (items divided by the size of the search split).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BudgetSpent
from ..figures import counted, dollars
from ..records import Usage

if TYPE_CHECKING:
    from .sessions import Sessions


@dataclass(frozen=True)
class Budget:
    """Budget of each cell. trials: evaluations of the whole search split.

    max_seconds: summed wall time of the cell's evaluations, by the host's clock; on a clock of its
    own, also that of its processes outside. max_usd: dollars of its language model and of those.
    count_waiting: seconds that are waited for its language model count against max_seconds, those
    of a recording as they were.
    """

    trials: float
    max_seconds: float | None = None
    max_usd: float | None = None
    count_waiting: bool = False


class Meter:
    """Counts one cell's spending; thread-safe."""

    def __init__(self, budget: Budget, full: int) -> None:
        """full: items in the whole search split, the price of one trial."""
        self.budget = budget
        self.full = full
        self.usage = Usage()
        self.waited_s = 0.0
        """seconds that were waited for the cell's language model, as far as they are known"""
        self.sessions: Sessions | None = None
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
            if spent := self._overspent:
                raise BudgetSpent(f"{spent} are spent")
            self._reserved += items

    def charge(self, items: int) -> None:
        """Take over what a recorded attempt was charged, whatever the budget is now."""
        with self._lock:
            self._reserved += items

    def settle(self, usage: Usage) -> None:
        """Add what a finished attempt took."""
        with self._lock:
            self.usage += usage

    def wait(self, seconds: float | None) -> None:
        """Add what was waited for a reply; None where a recording lacks it."""
        with self._lock:
            self.waited_s += seconds or 0.0

    def check_waiting(self) -> None:
        """Raises BudgetSpent where waiting counts and no second is left to wait."""
        if self.budget.count_waiting and self.seconds_left == 0:
            raise BudgetSpent(f"{self._overspent} are spent")

    @property
    def spent(self) -> float:
        """Trials that are spent."""
        return self._reserved / self.full

    @property
    def left(self) -> float:
        """Trials that are left; 0 as soon as the seconds are spent."""
        return 0.0 if self._overspent else max(0, self._total - self._reserved) / self.full

    @property
    def seconds(self) -> float:
        """Seconds that are spent, on the clock that is further on.

        A process outside waits for its evaluations, or has several of them in flight.
        """
        own = self.usage.wall_s + self.waited_s * self.budget.count_waiting
        return max(own, self.sessions.seconds if self.sessions else 0.0)

    @property
    def seconds_left(self) -> float | None:
        """Seconds that are left; None without a limit."""
        limit = self.budget.max_seconds
        return None if limit is None else max(0.0, limit - self.seconds)

    @property
    def usd(self) -> float:
        """Dollars that are spent, as far as they are known."""
        return self.sessions.usd if self.sessions is not None else self.usage.usd

    @property
    def usd_left(self) -> float | None:
        """Dollars that are left; None without a limit."""
        limit = self.budget.max_usd
        return None if limit is None else max(0.0, limit - self.usd)

    @property
    def _overspent(self) -> str:
        """`61 of 60 seconds`, where they are spent; dollars are no bar to a trial without sessions.

        A language model is refused by its gateway, and what it proposed before is still tried.
        """
        if self.seconds_left == 0:
            return f"{self.seconds:.0f} of {self.budget.max_seconds:g} seconds"
        if self.sessions and self.usd_left == 0:
            return f"{dollars(self.usd)} of {dollars(self.budget.max_usd or 0)}"
        return ""


class BudgetView:
    """View of a meter for its searcher: read-only, in trials, seconds and dollars."""

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

    @property
    def seconds_left(self) -> float | None:
        """Seconds that are left; None without a limit."""
        return self._meter.seconds_left

    @property
    def usd_left(self) -> float | None:
        """Dollars that are left, as far as they are known; None without a limit."""
        return self._meter.usd_left
