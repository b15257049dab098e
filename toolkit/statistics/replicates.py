"""Replicates of programs under other seeds: means and differences over them, and over clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

from .clusters import Estimate, freedom, interval, tailed
from .flips import flipped
from .noise import Noise, added, mean_noise, spread, widened, widest
from .seeds import cell_sums

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Run = Mapping[str, float]
"""{item: value} of one replicate, or {cluster: row} of a pooled objective"""


def replicate_mean(values: Sequence[float]) -> Estimate:
    """Mean of replicates with a t(R - 1) interval; no interval for one of them.

    With paired differences, a replicate each, it is the paired comparison of two programs.
    """
    mean, found = sum(values) / len(values), mean_noise(values)
    if found is None:
        return Estimate(mean, None, None, 1.0, len(values))
    return interval(mean, found.error, found.df, len(values))


def replicate_difference(
    one: Sequence[float], two: Sequence[float], *, paired: bool = False
) -> Estimate:
    """Mean of one's replicates less two's, a number a replicate, with Welch's t interval.

    A program with a single replicate is taken to be as noisy as the other; without two replicates
    of either there is no interval. Pair replicates only where a seed draws the same in both
    programs (the same folds, the same initial weights). Pairs of seeds that have nothing in common
    are valid too, but t(R - 1) is wider than Welch's t: 1.2 times at R = 5.
    """
    if paired:
        return replicate_mean([a - b for a, b in zip(one, two, strict=True)])
    mean = sum(one) / len(one) - sum(two) / len(two)
    found = _noise_between(one, two)
    if found is None:
        return Estimate(mean, None, None, 1.0, 1)
    return interval(mean, found.error, found.df, min(len(one), len(two)))


def _noise_between(one: Sequence[float], two: Sequence[float]) -> Noise | None:
    known = mean_noise(one), mean_noise(two)
    if known[0] and known[1]:
        return added(known[0], known[1])
    found = spread(one, two)
    return Noise(found.sd * sqrt(1 / len(one) + 1 / len(two)), found.df) if found else None


def crossed_difference(
    one: Sequence[Run],
    two: Sequence[Run],
    clusters: Mapping[str, str],
    *,
    paired: bool = False,
    tails: bool = False,
) -> Estimate:
    """Difference of two programs over replicates x clusters; one and two: a run a replicate.

    The variance by cluster of the mean difference plus that by replicate of each program, less
    what both hold (the noise of single cells), never below either; Satterthwaite's degrees of
    freedom. A program with a single replicate is taken to be as noisy as the other; with one each,
    the noise is unknown and it is the clusters' interval. `paired` as in replicate_difference,
    `tails` as in clustered_mean.
    """
    if paired:
        pairs = zip(one, two, strict=True)
        one, two = [{item: a[item] - b[item] for item in a} for a, b in pairs], []
    sums, sizes = cell_sums([*one, *two], clusters)
    tables = [sums[: len(one)], sums[len(one) :]] if len(two) else [sums]
    rows = tables[0].mean(axis=0) - (tables[1].mean(axis=0) if len(two) else 0.0)
    mean, shares = float(rows.sum() / sizes.sum()), sizes / sizes.sum()
    off = (rows - mean * sizes) / sizes.sum()
    by_noise, cells = _noises(tables, shares, float(sizes.sum()))
    if len(sizes) < 2:
        lone = Estimate(mean, None, None, 1.0, 1)
        return replace(widened(lone, *by_noise), clusters=1) if by_noise else lone
    df = freedom(sizes.tolist())
    if tails:
        df = min(df, tailed(len(sizes) - 1, off.tolist()))
    by_cluster = Noise(sqrt(float((off**2 / (1 - shares)).sum())), df)
    found = interval(mean, *by_cluster, len(sizes))
    found = replace(found, p=flipped(found.p, rows.tolist()))
    if by_noise is None or not by_noise.error:
        return found
    both = added(by_cluster, by_noise)
    least = max(by_cluster.error, by_noise.error) ** 2
    variance = max(least, both.error**2 - cells)
    df = both.df * (variance / both.error**2) ** 2  # the squares that they are ratios of stay
    alone = interval(mean, *by_noise, len(sizes))
    return widest(found, alone, interval(mean, sqrt(variance), df, len(sizes)))


def _noises(
    tables: Sequence[NDArray[np.float64]], shares: NDArray[np.float64], items: float
) -> tuple[Noise | None, float]:
    """Noise of the difference of the programs' means, and the part of its variance from cells.

    tables: sums (replicates, clusters) of each program. A run's mean moves by what moves all
    clusters alike and by each cluster's own noise; the latter is in the clusters' variance too.
    """
    means = [(table.sum(axis=1) / items).tolist() for table in tables]
    found = mean_noise(means[0]) if len(means) == 1 else _noise_between(*means)
    if found is None:
        return None, 0.0
    cells, known = [], []
    for table in tables:
        off = table - table.mean(axis=0)
        off = (off - off.sum(axis=1, keepdims=True) * shares) / items
        free = (len(table) - 1) * (1 - 1 / len(shares))
        cells.append(float((off**2).sum()) / free if free else 0.0)
        known.append(free > 0)
    usual = sum(cells) / max(1, sum(known))  # of a program with one replicate: as the other's
    each = [cell if seen else usual for cell, seen in zip(cells, known, strict=True)]
    return found, sum(cell / len(table) for cell, table in zip(each, tables, strict=True))
