"""Several runs on the same questions: both the seeds and the conversations are a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .clusters import Estimate, clustered_mean, interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def crossed_mean(runs: Sequence[Mapping[str, float]], clusters: Mapping[str, str]) -> Estimate:
    """Mean over seeds x questions with a two-way t interval. runs: {item: value} of each seed.

    The variance by seed plus that by cluster minus that by both (Cameron, Gelbach & Miller 2011),
    each with its small-sample factor, and never below the larger of the two; Satterthwaite's
    degrees of freedom. Covers 94-97 % with 5 or 12 clusters and 2 to 10 seeds. With one seed it
    is that run's own interval, and says nothing of others.
    """
    if len(runs) == 1:
        return clustered_mean(runs[0], clusters)
    table, sizes = _cells(runs, clusters)
    n_seeds, n_clusters = table.shape
    mean = float(table.sum() / (sizes.sum() * n_seeds))
    if n_clusters < 2:
        return Estimate(mean, None, None, 1.0, n_clusters)
    off = (table - mean * sizes) / (sizes.sum() * n_seeds)
    by_seed = float((off.sum(axis=1) ** 2).sum()) * n_seeds / (n_seeds - 1)
    shares = sizes / sizes.sum()
    by_cluster = float((off.sum(axis=0) ** 2 / (1 - shares)).sum())
    cells = n_seeds * n_clusters
    both = float((off**2).sum()) * cells / (cells - 1)
    variance = max(by_seed + by_cluster - both, by_seed, by_cluster)
    spread = by_seed**2 / (n_seeds - 1) + by_cluster**2 / (n_clusters - 1)
    df = variance**2 / spread if spread else 1.0
    return interval(mean, variance**0.5, df, n_clusters)


def crossed_bootstrap(
    runs: Sequence[Mapping[str, float]],
    clusters: Mapping[str, str],
    *,
    level: float = 0.95,
    draws: int = 4000,
) -> tuple[float, float]:
    """Percentile interval: seeds and clusters are drawn again, independently of each other.

    Beside crossed_mean, not instead: it covers 86-87 % with 5 clusters, 92-93 % with 12.
    """
    import numpy as np

    table, sizes = _cells(runs, clusters)
    rng = np.random.default_rng(0)
    n_seeds, n_clusters = table.shape
    seeds = rng.multinomial(n_seeds, [1 / n_seeds] * n_seeds, size=draws)
    chosen = rng.multinomial(n_clusters, [1 / n_clusters] * n_clusters, size=draws)
    sums = np.einsum("ds,sg,dg->d", seeds, table, chosen, optimize=True)
    low, high = np.quantile(sums / (n_seeds * (chosen @ sizes)), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def optimism(search: Sequence[float], test: Sequence[float]) -> Estimate:
    """Champions' search score minus their test score, a pair a seed; no interval for one seed."""
    gaps = {str(n): s - t for n, (s, t) in enumerate(zip(search, test, strict=True))}
    return clustered_mean(gaps, {seed: seed for seed in gaps})


def _cells(
    runs: Sequence[Mapping[str, float]], clusters: Mapping[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of values (seeds, clusters), and the clusters' sizes."""
    import numpy as np

    items = list(runs[0])
    if any(set(run) != set(items) for run in runs):
        raise ValueError("all seeds must have the same items")
    names = {name: n for n, name in enumerate(dict.fromkeys(clusters[item] for item in items))}
    place = [names[clusters[item]] for item in items]
    table = [np.bincount(place, [run[item] for item in items], len(names)) for run in runs]
    return np.array(table), np.bincount(place, minlength=len(names)).astype(float)
