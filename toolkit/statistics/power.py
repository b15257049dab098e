"""What a comparison can detect, and how much more of what would decide it.

A plan, not a test: the variances are estimates, from few seeds and conversations rough ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

MOST = 1 << 20


@dataclass(frozen=True)
class Components:
    """Variances of a paired difference, and how many there are of what they come from.

    Var(mean) = seed / seeds + cluster / clusters + item / items. seed is 0 with one seed: it is
    not known then, and what follows speaks of that run only.
    """

    seed: float
    cluster: float
    item: float
    seeds: int
    clusters: int
    items: int


@dataclass(frozen=True)
class Needed:
    """Totals, each with the others left as they are; None where no number of them would do.

    items: questions in the same conversations; clusters: conversations of the present size.
    times: how many times as many seeds and conversations together.
    """

    seeds: int | None
    clusters: int | None
    items: int | None
    times: int | None


def components(runs: Sequence[Mapping[str, float]], clusters: Mapping[str, str]) -> Components:
    """Variances of paired differences, {item: one - two} of each seed, by the method of moments.

    One-way analysis of variance with unequal sizes (Searle, Casella & McCulloch 1992) for
    clusters and items; the seeds' means less what questions leave in them.
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

    (t(1 - alpha/2) + t(power)) standard errors; with questions alone and d the share on which two
    systems differ it is the familiar 2.80 sqrt(d / Q).
    """
    if found.clusters < 2:
        return None
    from scipy.special import stdtrit

    by_seed = found.seed / found.seeds
    rest = found.cluster / found.clusters + found.item / found.items
    spread = rest**2 / (found.clusters - 1)
    if found.seeds > 1:
        spread += by_seed**2 / (found.seeds - 1)
    df = (by_seed + rest) ** 2 / spread if spread else found.clusters - 1
    factor = stdtrit(df, (1 + level) / 2) + stdtrit(df, power)
    return float(factor) * sqrt(by_seed + rest)


def needed(gap: float, found: Components, *, level: float = 0.95) -> Needed:
    """How many seeds, conversations or questions would decide a gap of this size (power 80 %)."""
    size = found.items / found.clusters

    def conversations(n: int) -> Components:
        return replace(found, clusters=n, items=round(n * size))

    def both(n: int) -> Components:
        return replace(conversations(n * found.clusters), seeds=n * found.seeds)

    def least(now: int, more: Callable[[int], Components]) -> int | None:
        return _least(gap, now, more, level)

    return Needed(
        seeds=least(found.seeds, lambda n: replace(found, seeds=n)) if found.seed else None,
        clusters=least(max(2, found.clusters), conversations),
        items=least(found.items, lambda n: replace(found, items=n)),
        times=least(1, both),
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
    """Variance between seeds beyond what their questions' own noise leaves in the means."""
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
