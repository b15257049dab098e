"""Objectives of all outputs at once: rows whose mean is the score."""

from __future__ import annotations

import random
from collections.abc import Collection

import numpy as np
import pytest
from simulated import Objective, auc, correlation, pooled, rmse
from sklearn.metrics import roc_auc_score

from toolkit.statistics import clustered_mean, crossed_mean, doubt, largest_share, pseudo_values


def made(clusters: int = 6, items: int = 5) -> tuple[dict[str, str], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    gold = rng.normal(size=clusters * items)
    given = gold + rng.normal(size=len(gold))
    return {str(n): f"patient {n // items}" for n in range(len(gold))}, gold, given


def test_rows_of_a_mean_are_the_clusters_means() -> None:
    clusters, gold, _ = made()
    rows = pseudo_values(lambda items: float(np.mean([gold[int(i)] for i in items])), clusters)
    means = gold.reshape(6, 5).mean(axis=1)
    assert list(rows) == [f"patient {n}" for n in range(6)]
    assert list(rows.values()) == pytest.approx(means.tolist())


def test_rows_by_hand() -> None:
    """Squares 1, 4, 9: the root of 14 / 3, and without each of them of 13/2, 10/2 and 5/2."""
    error = {"a": 1.0, "b": 2.0, "c": 3.0}

    def pool(items: Collection[str]) -> float:
        return -((sum(error[i] ** 2 for i in items) / len(items)) ** 0.5)

    theta, left = -((14 / 3) ** 0.5), [-(6.5**0.5), -(5**0.5), -(2.5**0.5)]
    rows = pseudo_values(pool, {item: item for item in error})
    assert list(rows.values()) == pytest.approx(
        [theta + 2 * (sum(left) / 3 - value) for value in left]
    )


@pytest.mark.parametrize("objective", [rmse, correlation])
def test_the_rows_mean_is_the_score_and_their_variance_the_jackknifes(
    objective: Objective,
) -> None:
    clusters, gold, given = made()
    pool = pooled(objective, gold, given)
    rows = pseudo_values(pool, clusters)
    assert sum(rows.values()) / 6 == pytest.approx(objective(gold, given))
    without = [pool([i for i in clusters if clusters[i] != left]) for left in rows]
    jackknife = 5 / 6 * sum((value - np.mean(without)) ** 2 for value in without)
    assert clustered_mean(rows, {g: g for g in rows}).error ** 2 == pytest.approx(jackknife)


def test_the_mean_of_differences_is_the_difference_of_scores() -> None:
    clusters, gold, given = made()
    one = pseudo_values(pooled(rmse, gold, given), clusters)
    two = pseudo_values(pooled(rmse, gold, 0.5 * given), clusters)
    difference = {cluster: two[cluster] - one[cluster] for cluster in one}
    found = clustered_mean(difference, {g: g for g in one}, tails=True)
    assert found.mean == pytest.approx(rmse(gold, 0.5 * given) - rmse(gold, given))
    seeds = crossed_mean([difference, difference], {g: g for g in one}, tails=True)
    assert seeds.mean == pytest.approx(found.mean)


def test_the_pool_is_asked_once_for_all_and_once_without_each_cluster() -> None:
    clusters, asked = {"a": "x", "b": "y", "c": "x", "d": "z"}, []

    def pool(items: Collection[str]) -> float:
        asked.append("".join(items))
        return float(len(items))

    pseudo_values(pool, clusters)
    assert asked == ["abcd", "bd", "acd", "abc"]


def test_one_cluster_has_the_score_and_no_interval() -> None:
    rows = pseudo_values(lambda items: 0.25, {"a": "all", "b": "all"})
    assert rows == {"all": 0.25}
    assert clustered_mean(rows, {"all": "all"}).low is None


def test_a_cluster_without_which_there_is_no_objective_is_named() -> None:
    gold, given = np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.4, 0.2])
    clusters = {"0": "ill", "1": "ill", "2": "well", "3": "fine"}
    with pytest.raises(ValueError, match="no value without cluster 'ill': only one class"):
        pseudo_values(pooled(auc, gold, given), clusters)

    def silent(items: Collection[str]) -> float:
        return auc(gold, given) if len(items) == 4 else float("nan")

    with pytest.raises(ValueError, match="without cluster 'ill': it gave nan"):
        pseudo_values(silent, clusters)
    with pytest.raises(ValueError, match="over all items: only one class"):
        pseudo_values(pooled(auc, gold * 0, given), clusters)
    with pytest.raises(ValueError, match="no items"):
        pseudo_values(silent, {})


def test_the_simulations_auc_is_the_usual_one() -> None:
    rng = np.random.default_rng(1)
    gold, given = rng.integers(0, 2, 80).astype(float), rng.normal(size=80)
    assert auc(gold, given) == pytest.approx(roc_auc_score(gold, given))


def test_doubt_says_why() -> None:
    rng = random.Random(2)
    even = {str(n): rng.gauss(0, 1) for n in range(20)}
    assert doubt(even) == ""
    assert doubt({"a": 1.0}, "patient", "patients") == (
        "There is no interval: all items are in one patient."
    )
    assert doubt({"a": 1.0, "b": 2.0, "c": 4.0}, "patient", "patients") == (
        "The interval rests on 3 patients: whether one of them is exceptional cannot be seen from "
        "so few."
    )
    heavy = {**even, "7": 30.0}
    assert largest_share(heavy)[0] == "7"
    assert doubt(heavy, "patient", "patients") == (
        "Patient 7 accounts for 93% of the variance; the interval is widened for that "
        "(1.9 degrees of freedom in place of 19)."
    )
    assert doubt(dict.fromkeys(even, 1.0)) == ""  # all rows equal: nothing is exceptional
