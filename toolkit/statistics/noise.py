"""Noise of a program that is run again under other seeds, and intervals that hold it.

A replicate is one more run of the same program. Item noise (every output wavers by itself) is in
an interval over clusters already. A run whose items all move together (another training) is not:
the clusters agree with each other then, and an interval over them alone decides on noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, sqrt
from typing import NamedTuple

from .clusters import Estimate, interval


class Spread(NamedTuple):
    """Standard deviation of one run of a program, and its degrees of freedom."""

    sd: float
    df: int


class Noise(NamedTuple):
    """Standard error that noise alone gives a mean or a difference, and its degrees of freedom."""

    error: float
    df: float


def spread(*groups: Sequence[float]) -> Spread | None:
    """Spread of replicates, pooled over programs where there are several groups of them.

    None without two replicates of any program: nothing is known of the noise then.
    """
    df = sum(len(group) - 1 for group in groups)
    squares = 0.0
    for group in groups:
        mean = min(max(sum(group) / len(group), min(group)), max(group))  # of equal ones, exactly
        squares += sum((value - mean) ** 2 for value in group)
    return Spread(sqrt(squares / df), df) if df else None


def mean_noise(values: Sequence[float]) -> Noise | None:
    """Noise of the mean of these replicates; None for one of them."""
    found = spread(values)
    return Noise(found.sd / sqrt(len(values)), found.df) if found else None


def added(*noises: Noise) -> Noise:
    """Noise of a sum or difference of independent means: variances add (Welch, Satterthwaite)."""
    variance = sum(one.error**2 for one in noises)
    parts = sum(one.error**4 / one.df for one in noises)
    return Noise(sqrt(variance), variance**2 / parts if parts else min(one.df for one in noises))


def apart(one: Estimate, other: Estimate) -> Estimate:
    """One mean less another, of samples that have no cluster in common: variances add.

    Without an interval where either has none. clusters: those of the sample with fewer.
    """
    mean, clusters = one.mean - other.mean, min(one.clusters, other.clusters)
    if one.error is None or other.error is None or one.df is None or other.df is None:
        return Estimate(mean, None, None, 1.0, clusters)
    both = added(Noise(one.error, one.df), Noise(other.error, other.df))
    return interval(mean, *both, clusters)


def exact(mean: float, *, tolerance: float = 0.0) -> Estimate:
    """A difference without any error, as of two outputs that were validated exactly.

    Its interval is a point and its p is 0, so it is decided, unless it is within tolerance (what
    rounding or the validation leaves open): then it is no difference.
    """
    mean = 0.0 if abs(mean) <= tolerance else mean
    return Estimate(mean, mean, mean, float(mean == 0), 0, 0.0, inf)


def widened(estimate: Estimate, noise_error: float, noise_df: float) -> Estimate:
    """An estimate whose interval also holds noise that it has not seen: both variances add.

    The interval is never narrower than the estimate's own, than that of the noise alone, or than
    that of both together, and p is the largest of the three. The wider of the first two is not
    enough: where all items of a run move together it decides wrongly in 6 to 12 % of cases. Noise
    that the estimate holds already is counted twice, at most 1.4 times too wide; where the
    replicates' items are at hand crossed_difference counts it once.
    """
    alone = interval(estimate.mean, noise_error, noise_df, estimate.clusters)
    if estimate.low is None or not estimate.error or estimate.df is None:
        return alone if noise_error or estimate.low is None else estimate
    if not noise_error:
        return estimate
    both = added(Noise(estimate.error, estimate.df), Noise(noise_error, noise_df))
    return widest(estimate, alone, interval(estimate.mean, *both, estimate.clusters))


def lowered(estimate: Estimate, luck: float) -> Estimate:
    """An estimate of what was chosen for being large, less what luck may have added to it.

    Its lower end and its p are those of a mean that is smaller by so much, and at least 0; the mean
    and the upper end stay, since the luck is known at its most only.
    """
    if not luck or estimate.low is None or estimate.error is None or estimate.df is None:
        return estimate
    rest = max(0.0, estimate.mean - luck)
    less = interval(rest, estimate.error, estimate.df, estimate.clusters)
    return replace(estimate, low=estimate.low - luck, p=max(estimate.p, less.p))


def widest(*estimates: Estimate) -> Estimate:
    """The one of several intervals around one mean that holds the others, with the largest p."""
    widest = max(estimates, key=lambda one: (one.high or 0.0) - (one.low or 0.0))
    return replace(widest, p=max(one.p for one in estimates))
