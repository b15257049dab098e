"""Made studies under noise: a baseline and a champion with replicates over items in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.statistics import (
    Estimate,
    clustered_mean,
    components,
    crossed_difference,
    mean_noise,
    replicate_difference,
    replicate_mean,
    smallest_gain,
    spread,
    widened,
)
from toolkit.statistics.noise import added

Run = dict[str, float]


@dataclass(frozen=True)
class Noisy:
    """Standard deviations: what clusters and items differ by, and how much a run moves them.

    differ, each: true differences of a cluster and of an item; shift: of a whole run; item: of
    an item in a run.
    """

    sizes: Sequence[int]
    differ: float = 0.0
    each: float = 0.0
    shift: float = 0.0
    item: float = 0.0

    def clusters(self) -> dict[str, str]:
        names = [cluster for cluster, size in enumerate(self.sizes) for _ in range(size)]
        return {str(n): str(cluster) for n, cluster in enumerate(names)}

    def runs(self, rng: np.random.Generator, replicates: int, effect: np.ndarray) -> list[Run]:
        found = []
        for _ in range(replicates):
            moved = rng.normal(0, self.shift) + rng.normal(0, self.item, len(effect))
            found.append({str(n): float(x) for n, x in enumerate(effect + moved)})
        return found

    def effects(self, rng: np.random.Generator) -> np.ndarray:
        """Of a champion whose gain is zero over all clusters that there could be."""
        place = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return rng.normal(0, self.differ, len(self.sizes))[place] + rng.normal(
            0, self.each, len(place)
        )


STUDIES = {
    "item noise, the same program": Noisy((23,) * 12, item=0.3),
    "item noise": Noisy((23,) * 12, differ=0.05, each=0.2, item=0.3),
    "runs move": Noisy((23,) * 12, differ=0.05, each=0.2, shift=0.03),
    "runs move most": Noisy((23,) * 12, differ=0.02, each=0.1, shift=0.05, item=0.1),
    "both": Noisy((23,) * 12, differ=0.05, each=0.2, shift=0.03, item=0.3),
    "both, 5 clusters": Noisy(
        (123, 150, 191, 156, 158), differ=0.05, each=0.2, shift=0.03, item=0.3
    ),
    "runs move, 80 clusters": Noisy((1,) * 80, each=0.3, shift=0.03),
}


def averaged(one: Sequence[Run], two: Sequence[Run]) -> Run:
    """Differences of the items' means over replicates."""
    return {
        item: sum(run[item] for run in one) / len(one) - sum(run[item] for run in two) / len(two)
        for item in one[0]
    }


def ways(one: Sequence[Run], two: Sequence[Run], clusters: dict[str, str]) -> dict[str, Estimate]:
    """The same difference by every function that a verdict could use."""
    rows = averaged(one, two)
    by_cluster = clustered_mean(rows, clusters)
    noise = added(*(mean_noise([sum(r.values()) / len(r) for r in runs]) for runs in (one, two)))
    return {
        "clusters alone": by_cluster,
        "widened": widened(by_cluster, *noise),
        "crossed": crossed_difference(one, two, clusters),
        "crossed, paired": crossed_difference(one, two, clusters, paired=True),
    }


def decided(study: Noisy, replicates: int, runs: int, gain: float = 0.0) -> dict[str, float]:
    """Share of runs in which a difference is decided, by every way."""
    rng, clusters = np.random.default_rng(replicates), study.clusters()
    counts: dict[str, int] = {}
    for _ in range(runs):
        one = study.runs(rng, replicates, study.effects(rng) + gain)
        two = study.runs(rng, replicates, np.zeros(len(clusters)))
        for name, found in ways(one, two, clusters).items():
            counts[name] = counts.get(name, 0) + (found.p < 0.05)
    return {name: count / runs for name, count in counts.items()}


def chosen(
    runs: int, *, candidates: int = 20, replicates: int = 5, gain: float = 0.0
) -> dict[str, float]:
    """Share decided where the champion is the best of so many equal programs under noise.

    A number a run, noise of deviation 1. By the score that it was chosen for, beside the
    baseline's replicates; by fresh replicates; and by both together.
    """
    rng, counts = (
        np.random.default_rng(candidates),
        {"chosen": 0, "fresh": 0, "both": 0, "paired": 0},
    )
    for _ in range(runs):
        best = gain + float(rng.normal(size=candidates).max())
        base = rng.normal(size=replicates).tolist()
        fresh = (gain + rng.normal(size=replicates)).tolist()
        counts["chosen"] += replicate_difference([best], base).p < 0.05
        counts["fresh"] += replicate_difference(fresh, base).p < 0.05
        counts["both"] += replicate_difference([best, *fresh], base).p < 0.05
        pairs = [a - b for a, b in zip(fresh, base, strict=True)]
        counts["paired"] += replicate_mean(pairs).p < 0.05
    return {name: count / runs for name, count in counts.items()}


def forecast_and_power(
    runs: int, *, likeness: float, assumed: float = 0.5, noise: float = 0.0, replicates: int = 5
) -> tuple[float, float]:
    """Mean of the smallest gain that baselines forecast, and the power at a gain of that size.

    12 clusters of 23 items, scores that vary by 0.1 between clusters and 0.4 within; the
    champion's vary as much and correlate with the baseline's by `likeness`.
    """
    rng, forecasts = np.random.default_rng(9), []
    clusters = Noisy((23,) * 12).clusters()
    place = np.repeat(np.arange(12), 23)

    def scores() -> np.ndarray:
        return rng.normal(0, 0.1, 12)[place] + rng.normal(0, 0.4, len(place))

    def repeated(effect: np.ndarray) -> list[Run]:
        return Noisy((23,) * 12, shift=noise).runs(rng, replicates, effect)

    pairs = []
    for _ in range(runs):
        base = scores()
        champion = likeness * base + (1 - likeness**2) ** 0.5 * scores()
        one, two = repeated(champion), repeated(base)
        means = [sum(run.values()) / len(run) for run in two]
        forecasts.append(
            smallest_gain(
                components([two[0]], clusters),
                noise=spread(means) if noise else None,
                replicates=(replicates, replicates),
                likeness=assumed,
            )
        )
        pairs.append((one, two))
    gain, wins = sum(forecasts) / runs, 0
    for one, two in pairs:
        better = [{item: value + gain for item, value in run.items()} for run in one]
        wins += crossed_difference(better, two, clusters).p < 0.05
    return gain, wins / runs
