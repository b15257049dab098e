"""The smallest detectable difference, and the sample size that would decide a given one.

A plan, not a test: the variances are estimates, from few seeds and clusters rough ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from .noise import Noise, Spread

MOST = 1 << 20


@dataclass(frozen=True)
class Components:
    """Variances of a paired difference, and how many there are of what they come from.

    Var(mean) = seed / seeds + cluster / clusters + item / items. seed is 0 with one seed: it is
    not known then, and what follows speaks of that run only. noise: of the difference of means of
    so many replicates, where that is not in the rows; it comes on top.
    """

    seed: float
    cluster: float
    item: float
    seeds: int
    clusters: int
    items: int
    noise: Noise | None = None
    replicates: int = 1


@dataclass(frozen=True)
class Needed:
    """Totals, each with the others left as they are; None where no number of them would do.

    items: items in the same clusters; clusters: clusters of the present size.
    times: how many times as many seeds and clusters together. replicates: of each program, where
    the noise is known.
    """

    seeds: int | None
    clusters: int | None
    items: int | None
    times: int | None
    replicates: int | None = None


def components(runs: Sequence[Mapping[str, float]], clusters: Mapping[str, str]) -> Components:
    """Variances of paired differences, {item: one - two} of each seed, by the method of moments.

    One-way analysis of variance with unequal sizes (Searle, Casella & McCulloch 1992) for
    clusters and items; the seeds' means less what items leave in them.
    """
    items = list(runs[0])
    means = {item: sum(run[item] for run in runs) / len(runs) for item in items}
    groups: dict[str, list[float]] = {}
    for item, value in means.items():
        groups.setdefault(clusters[item], []).append(value)
    n, sizes = len(items), [len(group) for group in groups.values()]
    within, between = _squares(list(groups.values()))
    item_part = within / (n - len(groups)) if n > len(groups) else 0.0
    cluster_part = 0.0
    if len(groups) > 1:
        typical = (n - sum(size**2 for size in sizes) / n) / (len(groups) - 1)
        cluster_part = max(0.0, (between / (len(groups) - 1) - item_part) / typical)
    return Components(_seed(runs), cluster_part, item_part, len(runs), len(groups), n)


def detectable(found: Components, *, level: float = 0.95, power: float = 0.8) -> float | None:
    """The smallest true difference that would be decided with this power; None below 2 clusters.

    (t(1 - alpha/2) + t(power)) standard errors; with items alone and d the share on which two
    systems differ it is the familiar 2.80 sqrt(d / Q).
    """
    if found.clusters < 2:
        return None
    rest = found.cluster / found.clusters + found.item / found.items
    parts: list[tuple[float, float]] = [(rest, found.clusters - 1)]
    if found.seeds > 1:
        parts.append((found.seed / found.seeds, found.seeds - 1))
    if found.noise:
        parts.append((found.noise.error**2, found.noise.df))
    return _reach(parts, level, power)


def smallest_gain(
    found: Components | None,
    *,
    noise: Spread | None = None,
    replicates: tuple[int, int] = (1, 1),
    likeness: float = 0.5,
    level: float = 0.95,
    power: float = 0.8,
) -> float | None:
    """The smallest gain that one champion's test could decide, before there is any champion.

    found: components of the baseline's own scores, with the clusters and items of the test split
    (`replace` them where the scores are of another split); None where there is no sample but only
    noise. noise: the baseline's spread over seeds, replicates: how often champion and baseline
    will be run on test. None where neither says anything.

    It assumes that a champion's scores vary as much as the baseline's and correlate with them by
    `likeness`, so that differences have 2 (1 - likeness) times the baseline's variance: at 0.5
    they vary as much as the scores themselves. A small edit is more alike (0.9 gives 0.45 times
    this gain), a champion with much better scores less. Noise is taken to be the same for both
    programs. What searchers' seeds differ by is not known before they have run: it comes on top.
    """
    parts: list[tuple[float, float]] = []
    if found and found.clusters > 1:
        rest = found.cluster / found.clusters + found.item / found.items
        parts.append((2 * (1 - likeness) * rest, found.clusters - 1))
    if noise:
        parts.append((noise.sd**2 * sum(1 / times for times in replicates), noise.df))
    return _reach(parts, level, power) if parts else None


def _reach(parts: Sequence[tuple[float, float]], level: float, power: float) -> float:
    """(t(1 - alpha/2) + t(power)) standard errors of a sum of (variance, degrees of freedom)."""
    from scipy.special import stdtrit

    variance = sum(part for part, _ in parts)
    spread = sum(part**2 / free for part, free in parts)
    df = variance**2 / spread if spread else parts[0][1]
    return float(stdtrit(df, (1 + level) / 2) + stdtrit(df, power)) * sqrt(variance)


def needed(gap: float, found: Components, *, level: float = 0.95) -> Needed:
    """Numbers of seeds, clusters or items that would decide a gap of this size (power 80 %)."""
    size = found.items / found.clusters

    def of_clusters(n: int) -> Components:
        return replace(found, clusters=n, items=round(n * size))

    def both(n: int) -> Components:
        return replace(of_clusters(n * found.clusters), seeds=n * found.seeds)

    def replicated(n: int) -> Components:
        error, df = found.noise or Noise(0.0, 1.0)
        more = max(1, n - 1) / max(1, found.replicates - 1)
        noise = Noise(error * sqrt(found.replicates / n), df * more)
        return replace(found, noise=noise, replicates=n)

    def least(now: int, more: Callable[[int], Components]) -> int | None:
        return _least(gap, now, more, level)

    return Needed(
        seeds=least(found.seeds, lambda n: replace(found, seeds=n)) if found.seed else None,
        clusters=least(max(2, found.clusters), of_clusters),
        items=least(found.items, lambda n: replace(found, items=n)),
        times=least(1, both),
        replicates=least(found.replicates, replicated) if found.noise else None,
    )


def _least(gap: float, now: int, more: Callable[[int], Components], level: float) -> int | None:
    """The smallest number from now on that detects the gap, by doubling and halving."""

    def enough(n: int) -> bool:
        reach = detectable(more(n), level=level)
        return reach is not None and reach <= abs(gap)

    high = now
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    low = now
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def _squares(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Sums of squares within and between groups."""
    total = sum(map(sum, groups)) / sum(map(len, groups))
    means = [sum(group) / len(group) for group in groups]
    within = sum((x - m) ** 2 for group, m in zip(groups, means, strict=True) for x in group)
    return within, sum(len(g) * (m - total) ** 2 for g, m in zip(groups, means, strict=True))


def _seed(runs: Sequence[Mapping[str, float]]) -> float:
    """Variance between seeds beyond what their items' own noise leaves in the means."""
    if len(runs) < 2:
        return 0.0
    items = list(runs[0])
    means = [sum(run.values()) / len(run) for run in runs]
    middle = {item: sum(run[item] for run in runs) / len(runs) for item in items}
    grand = sum(means) / len(means)
    between = sum((mean - grand) ** 2 for mean in means) / (len(runs) - 1)
    noise = sum(
        (run[item] - middle[item] - mean + grand) ** 2
        for run, mean in zip(runs, means, strict=True)
        for item in items
    )
    free = (len(runs) - 1) * (len(items) - 1)
    return max(0.0, between - noise / free / len(items)) if free else between
