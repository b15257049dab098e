"""Values of a champion's parts by one solution concept, and the doubt about each.

There are two. Ordered: the mean of what a part adds over all orders in which no part comes before
what it needs (Faigle & Kern 1992). Enabling credit: over all orders, where a part that comes before
what it needs waits for it, so that what it needs has a share in what it adds (Gilles et al. 1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from ..shapley.chains import Chains
from ..shapley.game import Matrix, Vector
from .results import figure
from .subsets import Subsets

UNSEEN = 0.05
"""probability at which an event that never happened is still taken to be possible"""
HALF = 0.5
LARGE = 0.01
"""fraction of the gain above which a part's orders are to be settled"""


@dataclass(frozen=True)
class Concept:
    """Values by one solution concept.

    phi: (parts, columns), see doubt.py. chains: None where the values are exact. orders: what the
    orders leave open, (parts, columns) and their degrees of freedom.
    """

    phi: Matrix
    chains: Chains | None = None
    orders: tuple[Matrix, float] | None = None

    @property
    def rounds(self) -> int:
        return len(self.chains.rounds.orders) if self.chains else 0

    def sum(self, rows: Sequence[int]) -> Vector:
        """Value of several parts."""
        found: Vector = self.phi[list(rows)].sum(axis=0)
        return found

    def by_orders(self, rows: Sequence[int]) -> float | None:
        """Standard error of several parts' value due to the orders; None after one round."""
        if self.orders is None:
            return 0.0
        columns, df = self.orders
        off = columns[list(rows)].sum(axis=0)
        return sqrt(float(off @ off)) if df else None

    def errors(self, subsets: Subsets, rows: Sequence[int]) -> tuple[float | None, float | None]:
        """Standard errors of several parts' value, by orders and by data; None for unknown."""
        return subsets.doubt.errors(self.sum(rows), self.by_orders(rows))

    def figure(self, subsets: Subsets, rows: Sequence[int], swing: float = 0.0) -> dict[str, Any]:
        """Figure of several parts' value, with both errors, and with what no order showed.

        swing: the largest addition of theirs that is known of, in whatever order.
        """
        found = subsets.estimate(self.sum(rows), drawn=self.chains is not None)
        by_orders, by_data = self.errors(subsets, rows)
        errors = {"by_orders": by_orders, "by_data": by_data}
        if self.chains is None:
            return {**(figure(found) or {}), **errors}
        pivotal, orders, seen = self.seen(rows)
        unseen = chance_unseen(orders) * max(0.0, swing - seen)
        if found.low is not None and found.high is not None:
            found = replace(found, low=found.low - unseen, high=found.high + unseen)
        more = {"pivotal": pivotal, "orders": orders, "unseen": unseen}
        return {**(figure(found) or {}), **errors, **more}

    def seen(self, rows: Sequence[int]) -> tuple[int, int, float]:
        """In how many orders one of these parts changed any item, of how many, and the most."""
        if self.chains is None:
            return 0, 0, 0.0
        pivots = self.chains.pivots
        some = list(rows)
        times = int(pivots.moved[:, some].any(axis=1).sum())
        return times, len(pivots.moved), float(pivots.largest[some].max(initial=0.0))

    def unsettled(self, subsets: Subsets) -> list[int] | None:
        """Parts above a hundredth of the gain whose order error is over half of the data's.

        None where the two cannot be told apart: after one round, or without a sample of data.
        """
        if self.chains is None:
            return []
        whole = abs(subsets.doubt.mean(self.phi.sum(axis=0)))
        found = []
        for part in range(len(self.phi)):
            by_orders, by_data = self.errors(subsets, [part])
            if by_orders is None or by_data is None:
                return None
            large = abs(subsets.doubt.mean(self.phi[part])) > LARGE * whole
            if large and by_orders > HALF * by_data:
                found.append(part)
        return found


def chance_unseen(orders: int) -> float:
    """Largest chance, at 95 %, of what so many orders did not show: about 3 in their number."""
    return 1.0 - UNSEEN ** (1.0 / orders) if orders else 1.0


def swings(
    subsets: Subsets, concept: Concept, steps: Mapping[str, Matrix | None], *, ends: bool
) -> Vector:
    """Largest known addition of each part: in the chains, and in steps that no order chose.

    ends: leaving a part out takes those that need it along, which is a step of this concept. Where
    nothing is known of a part to change anything, it may be as large as any part's.
    """
    parts, poset = range(len(concept.phi)), subsets.poset
    found = np.array([concept.seen([n])[2] for n in parts])
    for name, table in steps.items():
        if table is not None:
            means = np.array([abs(subsets.doubt.mean(row)) for row in table])
            alone = [ends or name != "left_out" or not poset.above[n] for n in parts]
            found = np.maximum(found, np.where(alone, means, 0.0))
    largest = found.max(initial=0.0)
    return np.where(found > 0, found, largest)
