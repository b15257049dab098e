"""Linear extensions: counted, and drawn evenly."""

import itertools
import random
import subprocess
import sys
from collections.abc import Callable
from math import factorial

import pytest
from games import ideals, is_extension, random_order
from orders import Requires, extensions

from toolkit.shapley.extensions import Walk, decompose
from toolkit.shapley.poset import Poset


@pytest.mark.parametrize("players", range(1, 8))
@pytest.mark.parametrize("density", [0, 0.1, 0.2, 0.4, 1])
def test_counts_and_ideals(players: int, density: float) -> None:
    requires = random_order(random.Random(players + 100), players, density)
    poset = Poset(players, requires)
    subsets = [
        frozenset(chosen)
        for size in range(players + 1)
        for chosen in itertools.combinations(range(players), size)
    ]
    expected = [s for s in subsets if all(set(requires.get(p, ())) <= s for p in s)]
    assert sorted(ideals(poset), key=sorted) == sorted(expected, key=sorted)
    assert [s for s in subsets if poset.closure_down(s) == s] == expected
    assert poset.count_ideals == len(expected)
    orders = extensions(players, requires)
    assert poset.count_extensions == len(orders)
    assert all(is_extension(poset, order) for order in orders)


def test_the_order_is_taken_transitively() -> None:
    poset = Poset(4, {1: [0], 2: [1]})
    assert poset.prerequisites(2) == {0, 1}
    assert poset.descendants(0) == {1, 2}
    assert poset.closure_down([2]) == {0, 1, 2}
    assert poset.comparable(0, 2)
    assert not poset.comparable(0, 3)
    assert not is_extension(poset, [1, 0, 2, 3])
    assert not is_extension(poset, [0, 1, 2])
    with pytest.raises(ValueError, match="more than 3 ideals"):
        ideals(poset, limit=3)


def test_forty_one_edits_with_a_sparse_order() -> None:
    """Forests are counted whatever their size: nine helpers, each needed by some later edits."""
    requires = {player: [player % 9] for player in range(9, 41)}
    requires[40] = [12]
    poset = Poset(41, requires)
    # hook lengths: the orders of a forest are n! over the product of the sizes of its branches
    sizes = [1 + len(poset.descendants(player)) for player in range(41)]
    expected = factorial(41)
    for size in sizes:
        expected //= size
    assert abs(poset.count_extensions / expected - 1) < 1e-9
    assert poset.count_ideals > 10**9
    assert is_extension(poset, poset.sample_pair(random.Random(1))[0])


def chi_square(poset: Poset, orders: list[tuple[int, ...]], draw: Callable[[], list[int]]) -> float:
    counts, draws = dict.fromkeys(orders, 0), 200 * len(orders)
    for _ in range(draws):
        counts[tuple(draw())] += 1
    deviation = sum((count - 200) ** 2 / 200 for count in counts.values())
    return (deviation - (len(orders) - 1)) / (2 * (len(orders) - 1)) ** 0.5  # about standard normal


@pytest.mark.parametrize(
    "requires",
    [
        {},
        {1: [0], 3: [2]},
        {2: [0, 1], 3: [1]},  # prime: the letter N
        {2: [0, 1], 3: [1], 4: [2, 3]},
        {1: [0], 2: [0], 3: [1, 2], 4: [1]},
    ],
)
def test_orders_are_drawn_evenly(requires: Requires) -> None:
    """Choosing evenly among those that are ready fails here by far."""
    players = 5 if 4 in requires else 4
    poset, rng = Poset(players, requires), random.Random(6)
    orders = extensions(players, requires)
    assert abs(chi_square(poset, orders, lambda: poset.sample_pair(rng)[0])) < 4
    walk = Walk(poset.below, (1 << players) - 1)
    assert abs(chi_square(poset, orders, lambda: walk.pair(rng)[0])) < 4
    assert abs(chi_square(poset, orders, lambda: poset.sample_pair(rng)[1])) < 4


def test_too_many_ideals_are_walked() -> None:
    """Two crowns of 20: no forest, and far too many ideals for the limit set here."""
    requires = {20 + i: [i, (i + 1) % 20] for i in range(20)}
    poset = Poset(40, requires)
    found = decompose(poset.below, poset.above, (1 << 40) - 1, limit=1000)
    assert (found.ideals, found.extensions) == (None, None)
    rng = random.Random(2)
    orders = [order for _ in range(3) for order in found.pair(rng)]
    assert all(is_extension(poset, order) for order in orders)
    assert len({tuple(order) for order in orders}) == 6


def test_the_package_stays_light() -> None:
    code = (
        "import sys, toolkit.attribution as a; assert 'numpy' not in sys.modules;"
        "import toolkit.shapley.game; assert callable(a.shapley)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
