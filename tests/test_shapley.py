"""Shapley values under precedence and their neighbours, against their definitions."""

import itertools
import random
from math import factorial

import numpy as np
import pytest
from games import Value, ideals, random_game, random_order
from hypothesis import given, settings
from hypothesis import strategies as st
from orders import Requires, extensions

from toolkit.attribution import shapley
from toolkit.shapley.game import (
    asked,
    enabling_credit,
    first_in,
    in_order,
    interactions,
    left_out,
    quotient,
)
from toolkit.shapley.poset import Poset


def strict(value: Value, requires: Requires) -> Value:
    """The game, which fails when a prerequisite is missing or when asked twice."""
    seen = set()

    def checked(chosen: frozenset[int]) -> np.ndarray:
        assert all(set(requires.get(player, ())) <= chosen for player in chosen)
        assert chosen not in seen
        seen.add(chosen)
        return value(chosen)

    return checked


def by_force(value: Value, players: int, requires: Requires) -> np.ndarray:
    orders = extensions(players, requires)
    return sum(in_order(value, order) for order in orders) / len(orders)


def gain(value: Value, players: int) -> np.ndarray:
    return value(frozenset(range(players))) - value(frozenset())


@pytest.mark.parametrize("players", range(1, 8))
@pytest.mark.parametrize("density", [0, 0.15, 0.4, 1])
def test_equals_the_mean_over_all_orders(players: int, density: float) -> None:
    requires = random_order(random.Random(players), players, density)
    value = random_game(players, players)
    found = shapley(strict(value, requires), players, requires)
    assert found.shape == (players, 3)
    np.testing.assert_allclose(found, by_force(value, players, requires), atol=1e-9)


@pytest.mark.parametrize("players", range(1, 13))
def test_additive(players: int) -> None:
    worth = np.random.default_rng(players).normal(size=(players, 5))
    for density in (0, 0.3):
        requires = random_order(random.Random(players), players, density)
        found = shapley(lambda s: worth[sorted(s)].sum(axis=0), players, requires)
        np.testing.assert_allclose(found, worth, atol=1e-9)


@pytest.mark.parametrize("players", range(1, 13))
def test_unanimity(players: int) -> None:
    """Nothing works before three are in: a third each, and nothing for the others."""
    needed = frozenset(range(min(3, players)))
    found = shapley(lambda s: np.array([1.0 * (needed <= s)]), players, {})
    np.testing.assert_allclose(found[:3], 1 / len(needed), atol=1e-9)
    np.testing.assert_allclose(found[3:], 0, atol=1e-9)


@pytest.mark.parametrize("players", range(1, 13))
def test_a_chain_has_one_order(players: int) -> None:
    requires = {player: [player - 1] for player in range(1, players)}
    value = random_game(players, players)
    found = shapley(strict(value, requires), players, requires)
    np.testing.assert_allclose(found, in_order(value, range(players)), atol=1e-9)
    assert Poset(players, requires).count_extensions == 1


def test_a_prerequisite_that_adds_nothing() -> None:
    """Edit 1 gains 10 and needs edit 0, which alone does nothing."""
    requires = {1: [0]}
    value = strict(lambda s: np.array([10.0 * (1 in s)]), requires)
    assert shapley(value, 2, requires).tolist() == [[0], [10]]
    value = strict(lambda s: np.array([10.0 * (1 in s)]), requires)
    assert enabling_credit(value, Poset(2, requires))[:, 0] == pytest.approx([5, 5])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**32))
def test_columns_sum_to_the_gain(players: int, density: float, seed: int) -> None:
    requires = random_order(random.Random(seed), players, density)
    poset = Poset(players, requires)
    value = random_game(seed, players) if players < 8 else _cheap(seed, players)
    for method in (
        lambda game: shapley(game, players, requires),
        lambda game: enabling_credit(game, poset),
        lambda game: in_order(game, poset.sample_pair(random.Random(seed))[0]),
    ):
        found = method(strict(value, requires))
        np.testing.assert_allclose(found.sum(axis=0), gain(value, players), atol=1e-9)


def _cheap(seed: int, players: int) -> Value:
    worth = np.random.default_rng(seed).normal(size=(players, 3))
    return lambda s: np.tanh(worth[sorted(s)].sum(axis=0))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.floats(0, 1), st.integers(0, 2**32))
def test_neither_names_nor_idle_players_matter(players: int, density: float, seed: int) -> None:
    rng = random.Random(seed)
    requires, value = random_order(rng, players, density), random_game(seed, players)
    name = rng.sample(range(players + 1), players)
    renamed = {name[p]: [name[needed] for needed in above] for p, above in requires.items()}
    back = {new: old for old, new in enumerate(name)}
    found = shapley(
        lambda s: value(frozenset(back[p] for p in s if p in back)), players + 1, renamed
    )
    np.testing.assert_allclose(found[name], shapley(value, players, requires), atol=1e-9)
    idle = (set(range(players + 1)) - set(name)).pop()
    np.testing.assert_allclose(found[idle], 0, atol=1e-9)


@pytest.mark.parametrize("players", range(1, 7))
@pytest.mark.parametrize("density", [0, 0.2, 0.5])
def test_enabling_credit_is_shapley_of_the_restricted_game(players: int, density: float) -> None:
    requires = random_order(random.Random(players), players, density)
    poset, value = Poset(players, requires), random_game(players, players)

    def restricted(chosen: frozenset[int]) -> np.ndarray:
        return value(max((i for i in ideals(poset) if i <= chosen), key=len))

    expected = by_force(restricted, players, {})
    found = enabling_credit(strict(value, requires), poset)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("players", range(2, 7))
@pytest.mark.parametrize("density", [0, 0.3])
def test_interactions_by_their_definition(players: int, density: float) -> None:
    requires = random_order(random.Random(players), players, density)
    poset, value = Poset(players, requires), random_game(players, players)

    def closed(chosen: set[int]) -> np.ndarray:
        return value(poset.closure_down(chosen))

    found = interactions(strict(value, requires), poset)
    for i, j in itertools.combinations(range(players), 2):
        others, expected = set(range(players)) - {i, j}, np.zeros(3)
        for size in range(len(others) + 1):
            share = factorial(size) * factorial(players - size - 2) / factorial(players - 1)
            for chosen in map(set, itertools.combinations(others, size)):
                apart = closed(chosen | {i}) + closed(chosen | {j})
                expected += share * (closed(chosen | {i, j}) + closed(chosen) - apart)
        np.testing.assert_allclose(found[i, j], expected, atol=1e-9)
        np.testing.assert_allclose(found[j, i], expected, atol=1e-9)


def test_leave_one_out_takes_the_descendants_along() -> None:
    requires = {1: [0], 2: [1]}
    value = random_game(4, 4)
    found = left_out(strict(value, requires), Poset(4, requires))
    whole = value(frozenset({0, 1, 2, 3}))
    np.testing.assert_allclose(found[0], whole - value(frozenset({3})))
    np.testing.assert_allclose(found[2], whole - value(frozenset({0, 1, 3})))
    np.testing.assert_allclose(found[3], whole - value(frozenset({0, 1, 2})))


def test_first_in_brings_only_what_it_requires() -> None:
    requires = {1: [0], 2: [1]}
    value = random_game(4, 4)
    found = first_in(strict(value, requires), Poset(4, requires))
    np.testing.assert_allclose(found[2], value(frozenset({0, 1, 2})) - value(frozenset({0, 1})))
    np.testing.assert_allclose(found[3], value(frozenset({3})) - value(frozenset()))


def test_a_quotient_does_not_depend_on_how_finely_edits_were_split() -> None:
    """Three edits of A and one of B are all needed for a gain of 12: 9 to 3 summed, 6 to 6 here."""
    everybody = frozenset(range(4))

    def value(chosen: frozenset[int]) -> np.ndarray:
        return np.array([12.0 * (chosen == everybody)])

    assert shapley(value, 4, {})[:, 0] == pytest.approx([3, 3, 3, 3])
    found = quotient(value, Poset(4, {}), ["A", "A", "A", "B"])
    assert {name: float(row[0]) for name, row in found.items()} == pytest.approx({"A": 6, "B": 6})


def test_a_quotient_never_leaves_a_prerequisite_out() -> None:
    requires = {1: [0], 2: [1], 3: [2]}
    value = random_game(4, 4)
    found = quotient(strict(value, requires), Poset(4, requires), ["A", "B", "A", "B"])
    np.testing.assert_allclose(sum(found.values()), gain(value, 4), atol=1e-9)


def test_what_a_method_asks_for_is_known_before() -> None:
    poset = Poset(3, {2: [0]})
    assert set(asked(lambda value: shapley(value, 3, {2: [0]}))) == set(ideals(poset))
    assert asked(lambda value: in_order(value, [1, 0, 2])) == [
        frozenset(),
        frozenset({1}),
        frozenset({0, 1}),
        frozenset({0, 1, 2}),
    ]


def test_a_game_may_answer_in_the_same_array_again() -> None:
    answer = np.zeros(1)

    def value(chosen: frozenset[int]) -> np.ndarray:
        answer[0] = len(chosen)
        return answer

    assert shapley(value, 3, {})[:, 0] == pytest.approx([1, 1, 1])
    assert in_order(value, [2, 0, 1])[:, 0] == pytest.approx([1, 1, 1])
    assert left_out(value, Poset(3, {}))[:, 0] == pytest.approx([1, 1, 1])


def test_nobody_accepted() -> None:
    assert shapley(lambda s: np.zeros(4), 0, {}).shape == (0, 4)
    poset = Poset(0, {})
    assert left_out(lambda s: np.zeros(4), poset).shape == (0, 4)
    assert in_order(lambda s: np.zeros(4), []).shape == (0, 4)
    assert (poset.count_ideals, poset.count_extensions) == (1, 1)


def test_refused() -> None:
    with pytest.raises(ValueError, match=r"in a circle: .*(1, 4|4, 1)"):
        Poset(5, {4: [1], 1: [4], 2: [0]})
    with pytest.raises(ValueError, match="in a circle: 3, 3"):
        Poset(5, {3: [3]})
    with pytest.raises(ValueError, match=r"no such players: \[7\]"):
        Poset(5, {4: [7]})
    with pytest.raises(ValueError, match="1,099,511,627,776 ideals"):
        shapley(lambda s: np.zeros(1), 40, {})
    with pytest.raises(ValueError, match="one number per item"):
        shapley(lambda s: np.float64(1), 2, {})  # type: ignore[arg-type]
