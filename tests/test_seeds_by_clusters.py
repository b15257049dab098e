"""Intervals over seeds and clusters together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from games import DAYBOOK, LOCOMO

from toolkit.statistics import (
    clustered_mean,
    components,
    crossed_mean,
)


def crossed(rng: np.random.Generator, seeds: int, sizes: Sequence[int]) -> list[dict[str, float]]:
    """Seeds differ by 2 points, conversations by 3, questions by 30, and each pair of them."""
    place = np.repeat(np.arange(len(sizes)), sizes)
    shared = rng.normal(0, 0.03, len(sizes))[place] + rng.normal(0, 0.2, len(place))
    return [
        dict(enumerate_items(shared + rng.normal(0, 0.02) + rng.normal(0, 0.2, len(place))))
        for _ in range(seeds)
    ]


def enumerate_items(values: np.ndarray) -> list[tuple[str, float]]:
    return [(str(n), float(value)) for n, value in enumerate(values)]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_seeds_and_conversations_together_cover(sizes: Sequence[int], seeds: int) -> None:
    rng, runs, hits = np.random.default_rng(seeds), 400, 0
    clusters = {
        str(n): str(c) for n, c in enumerate(c for c, size in enumerate(sizes) for _ in range(size))
    }
    for _ in range(runs):
        found = crossed(rng, seeds, sizes)
        estimate = crossed_mean(found, clusters)
        hits += estimate.low <= 0 <= estimate.high
    print(f"\n{len(sizes)} conversations, {seeds} seeds: {hits / runs}")
    assert 0.92 <= hits / runs <= 0.98


def test_two_seeds_that_differ_are_no_more_than_two_numbers() -> None:
    """Fifty clusters that agree make no fifty seeds: t(1) times the error of the seeds' means."""
    clusters = {str(n): str(n) for n in range(50)}
    runs = [{n: 0.1 + int(n) / 1000 for n in clusters}, {n: 0.2 + int(n) / 1000 for n in clusters}]
    found = crossed_mean(runs, clusters)
    assert found.mean == pytest.approx(0.1745)
    assert found.high - found.mean == pytest.approx(12.7062 * 0.05, rel=1e-4)
    assert found.p == pytest.approx(0.178, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, 3])
def test_few_seeds_and_many_clusters_decide_nothing_too_often(seeds: int) -> None:
    rng, runs, decided = np.random.default_rng(seeds), 2000, 0
    clusters = {str(n): str(n) for n in range(50)}
    for _ in range(runs):
        table = 0.05 * rng.normal(size=(seeds, 1)) + 0.05 * rng.normal(size=50)
        table = table + 0.02 * rng.normal(size=(seeds, 50))
        decided += (
            crossed_mean([dict(zip(clusters, row, strict=True)) for row in table], clusters).p
            < 0.05
        )
    print(f"\n{seeds} seeds, 50 clusters: {decided / runs} of nothing decided")
    assert decided / runs <= 0.065  # 5 % and three standard errors; 11 % without the seeds' own


def test_one_seed_is_that_runs_own_interval() -> None:
    run = {"a": 1.0, "b": 0.0, "c": 0.5}
    clusters = {"a": "x", "b": "y", "c": "z"}
    assert crossed_mean([run], clusters) == clustered_mean(run, clusters)


def test_seeds_must_have_seen_the_same_questions() -> None:
    with pytest.raises(ValueError, match="same items"):
        crossed_mean([{"a": 1.0}, {"b": 1.0}], {"a": "x", "b": "y"})


def test_components_are_recovered() -> None:
    rng = np.random.default_rng(1)
    place = np.repeat(np.arange(60), 30)
    shared = rng.normal(0, 0.1, 60)[place] + rng.normal(0, 0.3, len(place))
    offsets = rng.normal(0, 0.05, 40)
    runs = [
        dict(enumerate_items(shared + offset + rng.normal(0, 0.1, len(place))))
        for offset in offsets
    ]
    found = components(runs, {str(n): str(c) for n, c in enumerate(place)})
    assert found.seed == pytest.approx(offsets.var(ddof=1), rel=0.1)
    assert found.cluster == pytest.approx(0.1**2, rel=0.4)
    assert found.item == pytest.approx(0.3**2 + 0.1**2 / 40, rel=0.1)
    assert (found.seeds, found.clusters, found.items) == (40, 60, 1800)
