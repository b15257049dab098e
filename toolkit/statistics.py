"""Intervals for questions that come in clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Estimate:
    """A mean over questions with a 95 % interval and the two-sided p-value of a mean of zero.

    low and high are None, and p is 1, below two clusters.
    """

    mean: float
    low: float | None
    high: float | None
    p: float
    clusters: int


def clustered_mean(
    values: Mapping[str, float], clusters: Mapping[str, str], *, level: float = 0.95
) -> Estimate:
    """Mean of {item: value} with a cluster-robust t(G-1) interval.

    var = G/(G-1) * sum_g (sum_{i in g} (x_i - mean))^2 / n^2: the sandwich estimator of a
    mean with clusters g (Liang & Zeger 1986) and the usual small-sample factor. A percentile
    bootstrap over five clusters covers only 83-86 %.
    """
    if not values:
        raise ValueError("no values")
    mean = sum(values.values()) / len(values)
    sums: dict[str, float] = {}
    for item, value in values.items():
        sums[clusters[item]] = sums.get(clusters[item], 0.0) + value - mean
    groups = len(sums)
    if groups < 2:
        return Estimate(mean, None, None, 1.0, groups)
    from scipy.special import stdtr, stdtrit  # scipy.stats takes ten times as long to import

    squares = sum(total**2 for total in sums.values())
    error = sqrt(groups / (groups - 1) * squares) / len(values)
    reach = float(stdtrit(groups - 1, (1 + level) / 2)) * error
    p = 2 * float(stdtr(groups - 1, -abs(mean) / error)) if error else float(mean == 0)
    return Estimate(mean, mean - reach, mean + reach, p, groups)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted for their number (Holm 1979): the family-wise error stays at the level."""
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = running
    return adjusted
