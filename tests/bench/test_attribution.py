"""Exact Shapley values over all ideals, and chains drawn from orders of several kinds.

`pytest tests/bench/test_attribution.py -n 0 -m '' --benchmark-enable` prints the figures.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from chain_errors import BUDGET, rmse
from games import DAYBOOK, LOCOMO, is_extension, random_order
from pytest_benchmark.fixture import BenchmarkFixture

from toolkit.shapley.chains import Chains
from toolkit.shapley.game import interactions, precedence_weights
from toolkit.shapley.poset import Poset
from toolkit.shapley.rounds import ItemBlock, blocks, draw

CLUSTERS = [str(number) for number, size in enumerate(LOCOMO) for _ in range(size)]


@pytest.mark.parametrize("players", [12, 15])
def test_exact_without_an_order(benchmark: BenchmarkFixture, players: int) -> None:
    ideals, weights = benchmark(lambda: precedence_weights(Poset(players, {})))
    assert weights.shape == (players, len(ideals)) == (players, 2**players)


def test_interactions(benchmark: BenchmarkFixture) -> None:
    found = benchmark(lambda: interactions(lambda s: np.zeros(len(CLUSTERS)), Poset(12, {})))
    assert found.shape == (12, 12, len(CLUSTERS))


CROWN = {20 + i: [i, (i + 1) % 20] for i in range(20)}
FOREST = {i: [i % 9] for i in range(9, 41)}


@pytest.mark.parametrize(
    ("players", "requires"),
    [(41, {}), (41, FOREST), (15, random_order(random.Random(1), 15, 0.1)), (40, CROWN)],
    ids=["free", "forest", "lattice", "walk"],
)
def test_draws(benchmark: BenchmarkFixture, players: int, requires: dict[int, list[int]]) -> None:
    poset, rng = Poset(players, requires), random.Random(1)
    poset.sample_pair(rng)  # what is prepared once is not in the figure
    assert is_extension(poset, benchmark(lambda: poset.sample_pair(rng)[0]))


def test_plan_and_estimate(benchmark: BenchmarkFixture) -> None:
    poset = Poset(41, FOREST)

    def value(chosen: frozenset[int], block: ItemBlock) -> np.ndarray:
        return np.full(len(block.items), float(len(chosen)))

    def run() -> np.ndarray:
        made = draw(poset, blocks(CLUSTERS), budget=100, rng=random.Random(1))
        return Chains(value, made).values()

    assert benchmark(run) == pytest.approx(1)


CONCEPTS = [(0.0, False), (0.06, False), (0.15, False), (0.06, True), (0.15, True)]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
@pytest.mark.parametrize(("density", "enabling"), CONCEPTS)
def test_error_of_the_orders(sizes: tuple[int, ...], density: float, enabling: bool) -> None:
    """Prints the table of docs/attribution.md: 15 made games each, of 12 parts."""
    found = rmse(sizes, density, games=15, enabling=enabling)
    print(
        f"\n{len(sizes)} conversations, order {density}{' enabling' * enabling}: "
        f"{found.rmse:.2f} points, {found.rounds:.1f} rounds, {found.cost:.0f} evaluations"
    )
    assert found.cost <= BUDGET
    assert found.rmse < 1
