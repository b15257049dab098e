import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest
from chain_errors import chains, rmse
from games import DAYBOOK, LOCOMO, Population, Value, mask, random_game
from scipy.special import stdtrit

from toolkit.attribution import shapley
from toolkit.shapley.chains import Chains
from toolkit.shapley.control import chances, unrelated
from toolkit.shapley.game import enabling_credit, precedence_weights
from toolkit.shapley.poset import Poset
from toolkit.shapley.rounds import ItemBlock, Rounds, at_the_ends, blocks, corners, draw
from toolkit.statistics import clustered_mean

CLUSTERS = ["a"] * 5 + ["b"] * 3 + ["c"] * 4
ORDERS = [{}, {3: [0], 4: [0, 1]}]


def on_block(value: Value) -> Callable[[frozenset[int], ItemBlock], np.ndarray]:
    return lambda chosen, block: value(chosen)[list(block.items)]


@pytest.mark.parametrize("requires", ORDERS)
def test_every_pair_is_asked_once_and_columns_sum_to_the_gain(requires: dict) -> None:
    poset, value = Poset(5, requires), random_game(1, 5, len(CLUSTERS))
    made = draw(poset, blocks(CLUSTERS), budget=20, rng=random.Random(1))
    seen = []

    def watched(chosen: frozenset[int], block: ItemBlock) -> np.ndarray:
        assert poset.closure_down(chosen) == chosen
        seen.append((chosen, block))
        return on_block(value)(chosen, block)

    found = Chains(watched, made).values()
    wanted = [(i, made.blocks[b]) for i, places in made.programs().items() for b in places]
    assert len(seen) == len(set(seen))
    assert set(seen) == set(wanted)
    gain = value(frozenset(range(5))) - value(frozenset())
    np.testing.assert_allclose(found.sum(axis=0), gain, atol=1e-9)


@pytest.mark.parametrize("requires", ORDERS)
def test_many_rounds_come_to_the_exact_value(requires: dict) -> None:
    poset, value = Poset(5, requires), random_game(2, 5, len(CLUSTERS))
    rng, parts = random.Random(1), blocks(CLUSTERS)
    rows = [[tuple(poset.sample_pair(rng)[0]) for _ in parts] for _ in range(3000)]
    found = chains(value, Rounds(poset, parts, rows), ends=False).values()
    np.testing.assert_allclose(found, shapley(value, 5, requires), atol=0.15)


def test_what_shared_orders_leave_open_is_in_the_error_of_a_lone_block() -> None:
    """All items take the same orders, so that no spread over items shows what these did."""
    poset, parts = Poset(5, {}), blocks(["all"] * 12)
    covered = 0
    for seed in range(40):
        value = random_game(seed, 5, 12)
        exact = shapley(value, 5, {}).mean(axis=1)
        made = draw(poset, parts, budget=13, rng=random.Random(seed))
        found = chains(value, made, ends=False).values().mean(axis=1)
        orders, df = chains(value, made, ends=False).left_by_orders()
        assert df == orders.shape[1] - 1 > 0
        assert np.abs(orders.sum(axis=0)).max() < 1e-9  # the whole gain depends on no order
        half = float(stdtrit(df, 0.975)) * np.sqrt((orders**2).sum(axis=1))
        covered += int((np.abs(found - exact) <= half + 1e-9).sum())
    assert covered >= 0.93 * 200


def test_one_round_tells_that_orders_matter_and_not_how_much() -> None:
    poset, value = Poset(4, {}), random_game(3, 4, 6)
    made = draw(poset, blocks(["all"] * 6), budget=5, rng=random.Random(1))
    orders, df = chains(value, made, ends=False).left_by_orders()
    assert (len(made.orders), orders.shape, df) == (1, (4, 1), 0)
    assert np.abs(orders).min() > 0
    assert abs(orders.sum()) < 1e-9


def test_pairs_alone_are_exact_with_two_antithetic_rounds() -> None:
    rng = np.random.default_rng(1)
    main, pairs = rng.normal(size=6), rng.normal(size=(6, 6))

    def value(chosen: frozenset[int]) -> np.ndarray:
        inside = sorted(chosen)
        both = sum(pairs[i, j] for i, j in itertools.combinations(inside, 2))
        return np.full(len(CLUSTERS), main[inside].sum() + both)

    made = draw(Poset(6, {}), blocks(CLUSTERS), budget=12, rng=random.Random(1))
    assert len(made.orders) == 2
    found = chains(value, made, ends=False).values()
    np.testing.assert_allclose(found, shapley(value, 6, {}), atol=1e-9)


def test_the_interactions_that_the_chains_show_are_taken_out() -> None:
    """Under an order nothing is antithetic; with pairs only, the fit leaves almost no error."""
    requires = {3: [0], 4: [0, 1]}
    poset, worth = Poset(6, requires), np.random.default_rng(2).normal(size=(6, 6))

    def value(chosen: frozenset[int]) -> np.ndarray:
        both = sum(worth[i, j] for i, j in itertools.combinations(sorted(chosen), 2))
        return np.full(60, float(both))

    made = draw(poset, blocks(["a", "b", "c"] * 20), budget=60, rng=random.Random(1))
    error = chains(value, made, ends=False).values() - shapley(value, 6, requires)
    assert np.sqrt((error**2).mean()) < 0.05 * np.abs(worth).mean()
    found, errors = chains(value, made, ends=False).interactions()
    pairs = [(2, 5), (1, 2), (0, 5), (3, 4)]
    for pair in pairs:
        assert found[pair] == pytest.approx(worth[pair], abs=0.15)
    assert found[0, 3] == 0
    assert errors.shape == (6, 6)


def test_a_plan_grows_with_its_budget_and_keeps_within() -> None:
    poset, parts = Poset(5, {1: [0]}), blocks(CLUSTERS)
    small = draw(poset, parts, budget=12, rng=random.Random(3))
    large = draw(poset, parts, budget=24, rng=random.Random(3))
    assert small.cost <= 12
    assert 12 < large.cost <= 24
    assert list(large.orders)[: len(small.orders)] == list(small.orders)
    with pytest.raises(ValueError, match=r"one round costs 6\.0 evaluations, the budget is 3"):
        draw(poset, parts, budget=3, rng=random.Random(3))


def test_a_chain_without_choice_is_planned_once() -> None:
    made = draw(Poset(3, {1: [0], 2: [1]}), blocks(CLUSTERS), budget=100, rng=random.Random(1))
    assert len(made.orders) == 1
    assert made.cost == pytest.approx(4)


@pytest.mark.parametrize(("players", "cost"), [(0, 1), (1, 2)])
def test_hardly_anybody(players: int, cost: float) -> None:
    made = draw(Poset(players, {}), blocks(CLUSTERS), budget=9, rng=random.Random(1))
    assert made.cost == pytest.approx(cost)
    value = random_game(1, players, len(CLUSTERS))
    assert chains(value, made, ends=False).values().shape == (players, len(CLUSTERS))


def test_a_block_is_a_conversation_and_costs_its_part_of_the_questions() -> None:
    whole = blocks(CLUSTERS)
    assert [block.items for block in whole] == [(0, 1, 2, 3, 4), (5, 6, 7), (8, 9, 10, 11)]
    assert [block.cluster for block in whole] == ["a", "b", "c"]
    assert [block.cost for block in whole] == pytest.approx([5 / 12, 3 / 12, 4 / 12])


def test_values_of_hundreds_of_players_need_no_table_of_all_their_pairs() -> None:
    players = 300  # 44,850 pairs: what is fitted to them would take 16 GB
    worth = np.random.default_rng(1).normal(size=(players, len(CLUSTERS)))

    def value(chosen: frozenset[int]) -> np.ndarray:
        return worth[sorted(chosen)].sum(axis=0)

    poset = Poset(players, {})
    made = draw(poset, blocks(CLUSTERS), budget=players + 1, rng=random.Random(1))
    np.testing.assert_allclose(chains(value, made, ends=False).values(), worth, atol=1e-9)
    assert unrelated(poset) == 44_850
    assert unrelated(Poset(5, {3: [0], 4: [0, 3]})) == 7


def test_chances_of_coming_before() -> None:
    found = chances(Poset(3, {2: [0]}))  # orders: 012 021 102
    np.testing.assert_allclose(found[2, 0], 1)
    np.testing.assert_allclose(found[1, 0], 2 / 3, atol=0.07)
    np.testing.assert_allclose(found + found.T, 1 - np.eye(3))


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
@pytest.mark.parametrize(("density", "enabling"), [(0, False), (0.15, False), (0.15, True)])
def test_48_evaluations_are_within_a_point(
    sizes: tuple[int, ...], density: float, enabling: bool
) -> None:
    found = rmse(sizes, density, games=8, enabling=enabling)
    print(f"\n{len(sizes)} conversations, order {density}: {found}")
    assert found.cost <= 48
    assert found.rmse < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
@pytest.mark.parametrize("requires", [{}, {3: [0], 4: [1]}], ids=["free", "ordered"])
def test_intervals_cover(sizes: tuple[int, ...], requires: dict) -> None:
    """95 % intervals of each edit's value over 400 made studies with the study's own sizes."""
    players, studies = 5, 400
    population, poset = Population(4, players), Poset(players, requires)
    ideals, weights = precedence_weights(poset)
    rows = [mask(ideal) for ideal in ideals]
    means = [population.study((40,) * 100)[0].mean(axis=1) for _ in range(60)]
    truth = weights @ np.mean(means, axis=0)[rows]
    hits = {"exact": 0, "chains": 0}
    for seed in range(studies):
        drawn, clusters = population.study(sizes)
        scores = population.answers(drawn)
        made = draw(poset, blocks(clusters), budget=12, rng=random.Random(seed))
        run = chains(lambda chosen, scores=scores: scores[mask(chosen)], made, ends=False)
        found = {"exact": weights @ scores[rows], "chains": run.values()}
        names = {str(item): cluster for item, cluster in enumerate(clusters)}
        for method, phi in found.items():
            for player in range(players):
                values = dict(zip(names, phi[player].tolist(), strict=True))
                interval = clustered_mean(values, names)
                hits[method] += interval.low <= truth[player] <= interval.high
    covered = {method: hit / (studies * players) for method, hit in hits.items()}
    print(f"\n{len(sizes)} conversations, {len(requires)} needs: {covered}")
    assert all(0.92 <= share <= 0.97 for share in covered.values())


def test_many_rounds_in_any_order_come_to_the_enabling_credit() -> None:
    """A player that comes before what it requires waits; programs are what can stand."""
    needs, value = Poset(5, {3: [0], 4: [0, 1]}), random_game(2, 5, len(CLUSTERS))
    rng, parts = random.Random(1), blocks(CLUSTERS)
    rows = [[tuple(rng.sample(range(5), 5)) for _ in parts] for _ in range(3000)]
    made = Rounds(Poset(5, {}), parts, rows, needs)
    assert all(needs.closure_down(ideal) == ideal for ideal in made.programs())
    found = chains(value, made, ends=True).values()
    np.testing.assert_allclose(found, enabling_credit(value, needs), atol=0.15)


def test_the_ends_are_first_and_last_steps_and_cost_nothing_where_they_are_known() -> None:
    poset, parts = Poset(4, {1: [0]}), blocks(CLUSTERS)
    nobody, everybody = frozenset[int](), frozenset(range(4))
    assert set(corners(poset)) == {
        (0, nobody), (1, frozenset({0})), (2, nobody), (3, nobody),
        (1, everybody - {1}), (2, everybody - {2}), (3, everybody - {3}),
    }  # fmt: skip
    known = at_the_ends(Rounds(poset, parts, []))
    made = draw(poset, parts, budget=2, rng=random.Random(1), known=known)
    assert made.cost_beside(known) <= 2 < made.cost
    assert known >= {nobody, everybody}


def test_later_pairs_of_a_block_balance_what_three_players_do_together() -> None:
    """Who is in the middle of three differs from pair to pair, more than by chance."""
    rng = np.random.default_rng(1)
    worth = rng.normal(size=(7, 7, 7))

    def value(chosen: frozenset[int]) -> np.ndarray:
        three = sum(worth[trio] for trio in itertools.combinations(sorted(chosen), 3))
        return np.full(len(CLUSTERS), float(three))

    poset, parts, exact = Poset(7, {}), blocks(CLUSTERS), shapley(value, 7, {})
    errors: dict[str, list[float]] = {"balanced": [], "drawn": []}
    for seed in range(12):
        draws = random.Random(seed)
        balanced = draw(poset, parts, budget=0, rng=draws, least=6)
        pairs = [[poset.sample_pair(draws) for _ in parts] for _ in range(3)]
        rows = [[tuple(pair[n]) for pair in three] for three in pairs for n in (0, 1)]
        for name, made in (("balanced", balanced), ("drawn", Rounds(poset, parts, rows))):
            found = chains(value, made, ends=False).values()
            errors[name].append(float(((found - exact) ** 2).mean()))
    assert len(balanced.orders) == 6
    assert np.mean(errors["balanced"]) < 0.75 * np.mean(errors["drawn"])


def test_one_round_is_corrected_by_the_chains_of_other_clusters_and_by_the_ends() -> None:
    """A level for each cluster would leave nothing to fit, and the error would stay."""
    names = [str(n) for n in range(24)]
    worth = np.random.default_rng(3).normal(size=(6, 6))

    def value(chosen: frozenset[int]) -> np.ndarray:
        both = sum(worth[i, j] for i, j in itertools.combinations(sorted(chosen), 2))
        return np.full(len(names), float(both))

    poset, parts, errors = Poset(6, {5: [0]}), blocks(names), []
    exact = shapley(value, 6, {5: [0]})[:, 0]
    for seed in range(6):
        made = draw(poset, parts, budget=0, rng=random.Random(seed), least=1)
        assert len(made.orders) == 1
        plain = np.mean([_steps_of(value, row) for row in made.orders[0]], axis=0)
        corrected = chains(value, made).values().mean(axis=1)
        errors.append([((one - exact) ** 2).mean() for one in (plain, corrected)])
    plain_error, error = np.mean(errors, axis=0)
    assert error < 0.25 * plain_error


def _steps_of(value: Value, order: tuple[int, ...]) -> np.ndarray:
    steps = [value(frozenset(order[:n]))[0] for n in range(len(order) + 1)]
    return np.diff(steps)[np.argsort(order)]


def test_what_was_seen_of_a_player_counts_orders_and_its_greatest_addition() -> None:
    """Player 2 adds 4, to the second cluster and only after player 0; player 1 never does."""

    def value(chosen: frozenset[int]) -> np.ndarray:
        return np.array([1.0 * (0 in chosen)] * 2 + [4.0 * ({0, 2} <= chosen)] * 2)

    parts = blocks(["a", "a", "b", "b"])
    made = Rounds(Poset(3, {}), parts, [[(0, 1, 2), (0, 2, 1)], [(2, 1, 0), (1, 0, 2)]])
    pivots = chains(value, made, ends=False).pivots
    assert pivots.moved.sum(axis=0).tolist() == [2, 0, 2]
    assert pivots.largest.tolist() == [1.0, 0.0, 4.0]
