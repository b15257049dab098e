"""Doubt about a figure: over the data, by the programs' noise, and by the orders that were drawn.

A figure is a vector that is linear in the programs' scores. Beside a number for each counted row
it carries, where they are needed, columns from which its other errors are read: those of the
orders (chains.left_by_orders), and its weight on each program that ran under several seeds. Sums
and differences of figures then have the right errors without further ado.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np

from ..intervals import NOTHING, gap, has_tails, is_sampled, noise_of_sum
from ..ledger.state import State
from ..shapley.game import Matrix, Vector
from ..statistics import LEVEL, Estimate, Noise, added, clustered_ratio
from ..statistics.clusters import interval


@dataclass
class Doubt:
    """Layout of the figures of one champion: rows, then orders, then programs.

    programs: {digest: its score in each replicate}, of those with several beside their rows;
    orders: how many columns the orders have, and order_df their degrees of freedom.
    """

    state: State
    rows: Sequence[str]
    programs: dict[str, Sequence[float]] = field(default_factory=dict)
    orders: int = 0
    order_df: float = 0.0

    def figure(self, scores: Mapping[str, float], program: str) -> Vector:
        """The scores of a program as a figure."""
        rows = np.array([scores[row] for row in self.rows])
        if not (self.orders or self.programs):
            return rows
        return np.concatenate([rows, np.zeros(self.orders), self.weight(program)])

    def weight(self, program: str) -> Vector:
        """The program's row in the unit matrix of all programs with noise."""
        return np.array([float(one == program) for one in self.programs])

    def table(self, figures: Matrix) -> Matrix:
        """Numbers for the rows alone."""
        return figures[..., : len(self.rows)]

    def mean(self, values: Vector) -> float:
        return float(self.table(values).mean())

    @property
    def shows_orders(self) -> bool:
        """True where the spread over clusters shows what orders leave open: each has its own."""
        return not self.orders and is_sampled(self.state)

    def estimate(self, values: Vector, *, drawn: bool = False) -> Estimate:
        """Mean over rows, with the interval that the study's claim allows.

        drawn: clusters have orders of their own, and in few of them a part may have been pivotal.
        """
        _, orders, _ = self._split(values)
        found = self._of_data(values, tails=drawn and self.shows_orders)
        return self._with_orders(found, sqrt(float(orders @ orders)))

    def errors(self, values: Vector, by_orders: float | None) -> tuple[float | None, float | None]:
        """Standard errors of an estimate: by the orders that were drawn, and by the data.

        by_orders: of the mean over rows. Where the spread over clusters holds both, the data's is
        what is left.
        """
        error = self._of_data(values, tails=False).error
        if by_orders is None or error is None or not self.shows_orders:
            return by_orders, None if by_orders is None and self.shows_orders else error
        by_orders = min(by_orders, error)
        return by_orders, sqrt(error**2 - by_orders**2)

    def _of_data(self, values: Vector, *, tails: bool) -> Estimate:
        """Mean with its interval, but for orders that clusters share."""
        _, _, weights = self._split(values)
        noise = noise_of_sum(self.state, zip(weights, self.programs.values(), strict=False))
        return gap(self.state, [self._by_row(values)], noise, tails=tails)

    def fraction(self, values: Vector, whole: Vector) -> Estimate | None:
        """Fraction of a gain; None where the gain is a loss, or not decided."""
        if self.mean(whole) <= 0:
            return None
        beside = self._beside(values, whole)
        if is_sampled(self.state):
            part, everything = self._by_row(values), self._by_row(whole)
            homes = self.state.rows(self.state.final)
            tails = has_tails(self.state)
            return clustered_ratio(part, everything, homes, tails=tails, beside=beside)
        gain, part_of_it = self.estimate(whole), self.estimate(values)
        if gain.p >= LEVEL:
            return None
        return replace(part_of_it, mean=self.mean(values) / self.mean(whole), low=None, high=None)

    def _split(self, values: Vector) -> tuple[Vector, Vector, Vector]:
        rows, orders, weights = np.split(values, [len(self.rows), len(self.rows) + self.orders])
        return rows, orders, weights

    def _by_row(self, values: Vector) -> dict[str, float]:
        return dict(zip(self.rows, map(float, self.table(values)), strict=True))

    def _with_orders(self, found: Estimate, error: float) -> Estimate:
        """The orders are drawn apart from the data: their variance adds to that of the rows."""
        if error <= NOTHING:
            return found
        known = found.low is not None or self._is_exact(found)
        if not (self.order_df and known and found.error is not None and found.df is not None):
            return replace(found, low=None, high=None, p=1.0)
        both = added(Noise(found.error, found.df), Noise(error, self.order_df))
        wider = interval(found.mean, *both, found.clusters)
        return replace(wider, p=max(wider.p, found.p))

    def _is_exact(self, found: Estimate) -> bool:
        return self.state.final == "search" and self.state.objective.evidence == "judged"

    def _beside(self, values: Vector, whole: Vector) -> tuple[float, float, float, float] | None:
        """Variances (of the part, of both, of the whole) by orders and noise, and their freedom."""
        if len(values) == len(self.rows):
            return None
        (_, orders, one), (_, every, two) = self._split(values), self._split(whole)
        spreads = [noise_of_sum(self.state, [(1.0, seen)]) for seen in self.programs.values()]
        known = [spread or Noise(0.0, np.inf) for spread in spreads][: len(one)]
        variances = np.array([spread.error**2 for spread in known])
        dfs = [spread.df for spread in known]
        if self.orders and self.order_df:
            dfs.append(self.order_df)
        return (
            float(orders @ orders + variances @ one**2),
            float(orders @ every + variances @ (one * two)),
            float(every @ every + variances @ two**2),
            min(dfs, default=np.inf),
        )
