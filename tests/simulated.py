"""Made studies with a known difference of two programs: how often an interval holds it.

Everything is drawn from the generator that is handed in. The host's own functions decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from toolkit.statistics import (
    Estimate,
    Pool,
    clustered_mean,
    crossed_difference,
    crossed_mean,
    pseudo_values,
)

Array = np.ndarray
Objective = Callable[[Array, Array], float]
ITEMS = 8  # a cluster
SHARED = 0.6  # of an item's error is the same for both programs
ALIKE = 0.5  # deviation of what a cluster's items have in common


@dataclass(frozen=True)
class Pair:
    """What two programs gave for one drawn split, and the true difference of their objectives."""

    place: Array
    gold: Array
    one: Array
    two: Array
    objective: Objective
    truth: float


Drawn = Callable[[np.random.Generator, Sequence[int], bool], Pair]


def equal_sizes(rng: np.random.Generator, clusters: int) -> list[int]:
    return [ITEMS] * clusters


def unequal_sizes(rng: np.random.Generator, clusters: int) -> list[int]:
    """2 items or more; the largest of ten clusters has a third of all."""
    return [max(2, round(size)) for size in ITEMS * np.exp(rng.normal(0, 0.8, clusters))]


def rmse(gold: Array, given: Array) -> float:
    return -float(np.sqrt(np.mean((given - gold) ** 2)))


def auc(gold: Array, given: Array) -> float:
    positive = gold > 0.5
    many, few = int(positive.sum()), int((~positive).sum())
    if not many or not few:
        raise ValueError("only one class")
    ranks = np.empty(len(given))
    ranks[np.argsort(given)] = np.arange(1, len(given) + 1)
    return float((ranks[positive].sum() - many * (many + 1) / 2) / (many * few))


def correlation(gold: Array, given: Array) -> float:
    return float(np.corrcoef(gold, given)[0, 1])


def errors(tails: str) -> Drawn:
    """Predictions of zero; the first program's errors are 1.2 times the second's, or the same.

    unequal: clusters' errors differ in scale (lognormal, sigma 0.5); heavy: by t(4) as well.
    """

    def drawn(rng: np.random.Generator, sizes: Sequence[int], differs: bool) -> Pair:
        place = np.repeat(np.arange(len(sizes)), sizes)
        scale = np.ones(len(sizes)) if tails == "light" else np.exp(rng.normal(0, 0.5, len(sizes)))

        def some() -> Array:
            heavy = tails == "heavy"
            return rng.standard_t(4, len(place)) if heavy else rng.normal(size=len(place))

        common, worse = SHARED * some(), 1.2 if differs else 1.0
        one = worse * scale[place] * (common + 0.8 * some())
        two = scale[place] * (common + 0.8 * some())
        variance = (2.0 if tails == "heavy" else 1.0) * (1.0 if tails == "light" else np.exp(0.5))
        truth = (1 - worse) * float(np.sqrt(variance))
        return Pair(place, np.zeros(len(place)), one, two, rmse, truth)

    return drawn


def classes(rng: np.random.Generator, sizes: Sequence[int], differs: bool) -> Pair:
    """AUC .79 and .71: normal scores, clusters with levels and shares of positives of their own."""
    while True:
        place = np.repeat(np.arange(len(sizes)), sizes)
        share = np.clip(0.5 + 0.2 * rng.normal(size=len(sizes)), 0.1, 0.9)[place]
        gold = (rng.random(len(place)) < share).astype(float)
        if all(len(set(gold[place != cluster])) == 2 for cluster in range(len(sizes))):
            break
    level = rng.normal(0, ALIKE, len(sizes))[place] + SHARED * rng.normal(size=len(place))
    shifts = (1.2, 0.9) if differs else (0.9, 0.9)
    one, two = (shift * gold + level + 0.8 * rng.normal(size=len(place)) for shift in shifts)
    areas = [float(ndtr(shift / np.sqrt(2 * (1 + ALIKE**2)))) for shift in shifts]
    return Pair(place, gold, one, two, auc, areas[0] - areas[1])


def numbers(rng: np.random.Generator, sizes: Sequence[int], differs: bool) -> Pair:
    """Correlations .7 and .5 with gold, both in clusters."""
    place = np.repeat(np.arange(len(sizes)), sizes)

    def some() -> Array:
        return rng.normal(0, ALIKE, len(sizes))[place]

    gold, common = some() + rng.normal(size=len(place)), SHARED * rng.normal(size=len(place))
    strengths = (0.7, 0.5) if differs else (0.5, 0.5)
    one, two = (
        r * gold + np.sqrt(1 - r * r) * (some() + common + 0.8 * rng.normal(size=len(place)))
        for r in strengths
    )
    return Pair(place, gold, one, two, correlation, strengths[0] - strengths[1])


POOLED: Mapping[str, Drawn] = {
    "RMSE": errors("light"),
    "RMSE, unequal clusters": errors("unequal"),
    "RMSE, heavy tails": errors("heavy"),
    "AUC": classes,
    "correlation": numbers,
}


def pooled(objective: Objective, gold: Array, given: Array) -> Pool:
    """The objective over items whose names are their places."""

    def pool(items: Collection[str]) -> float:
        chosen = np.fromiter(map(int, items), int, len(items))
        return objective(gold[chosen], given[chosen])

    return pool


def rows_of(pair: Pair, given: Array) -> dict[str, float]:
    clusters = {str(n): str(cluster) for n, cluster in enumerate(pair.place.tolist())}
    return pseudo_values(pooled(pair.objective, pair.gold, given), clusters)


def rows(pair: Pair) -> dict[str, float]:
    """Differences of the two programs' pseudo-values, a row a cluster."""
    one, two = rows_of(pair, pair.one), rows_of(pair, pair.two)
    return {cluster: one[cluster] - two[cluster] for cluster in one}


def falsely_decided_under_noise(drawn: Drawn, clusters: int, runs: int) -> float:
    """Share decided of differences of nothing, five replicates of each program.

    A run moves all of its outputs by one factor (deviation 0.1) and each by itself (0.3).
    """
    rng, decided = np.random.default_rng(clusters), 0

    def replicates(pair: Pair, given: Array) -> list[dict[str, float]]:
        moved = (
            given * np.exp(rng.normal(0, 0.1)) + rng.normal(0, 0.3, len(given)) for _ in range(5)
        )
        return [rows_of(pair, outputs) for outputs in moved]

    for _ in range(runs):
        pair = drawn(rng, unequal_sizes(rng, clusters), False)
        one, two = replicates(pair, pair.one), replicates(pair, pair.two)
        names = {cluster: cluster for cluster in one[0]}
        decided += crossed_difference(one, two, names, tails=True).p < 0.05
    return decided / runs


def falsely_decided_over_seeds(
    seeds: int, clusters: int, deviations: tuple[float, float, float], runs: int
) -> float:
    """Share decided of differences of nothing. deviations: of a seed, of a cluster, of a cell."""
    rng, (seed, cluster, cell) = np.random.default_rng(seeds), deviations
    names, decided = {str(n): str(n) for n in range(clusters)}, 0
    for _ in range(runs):
        table = seed * rng.normal(size=(seeds, 1)) + cluster * rng.normal(size=clusters)
        table = table + cell * rng.normal(size=(seeds, clusters))
        runs_of = [dict(zip(names, row, strict=True)) for row in table.tolist()]
        decided += crossed_mean(runs_of, names).p < 0.05
    return decided / runs


@dataclass(frozen=True)
class Figures:
    """Shares of runs: the interval holds the truth (t(G - 1); with tails), and zero is excluded."""

    plain: float
    covered: float
    decided: float


def pooled_figures(
    drawn: Drawn,
    clusters: int,
    runs: int,
    *,
    sizes: Callable[[np.random.Generator, int], list[int]] = unequal_sizes,
    differs: bool = True,
) -> Figures:
    rng, plain, covered, decided = np.random.default_rng(clusters), 0, 0, 0
    for _ in range(runs):
        pair = drawn(rng, sizes(rng, clusters), differs)
        found = rows(pair)
        names = {cluster: cluster for cluster in found}
        tails = clustered_mean(found, names, tails=True)
        plain += holds(clustered_mean(found, names), pair.truth)
        covered += holds(tails, pair.truth)
        decided += tails.p < 0.05
    return Figures(plain / runs, covered / runs, decided / runs)


def holds(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high
