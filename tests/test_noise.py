"""Replicates of a program: what its noise is, and intervals that hold it."""

from __future__ import annotations

import random

import numpy as np
import pytest
import scipy.stats
from repeated import STUDIES, averaged

from toolkit.statistics import (
    Noise,
    added,
    clustered_mean,
    crossed_difference,
    crossed_mean,
    exact,
    holm,
    mean_noise,
    replicate_difference,
    replicate_mean,
    spread,
    widened,
)

ONE, TWO = [0.31, 0.35, 0.30, 0.36, 0.33], [0.28, 0.30, 0.27, 0.31, 0.29]


def test_spread_is_the_deviation_of_one_run() -> None:
    found = spread(ONE)
    assert found == (pytest.approx(np.std(ONE, ddof=1)), 4)
    both = spread(ONE, TWO)
    assert both == (pytest.approx(((np.var(ONE, ddof=1) + np.var(TWO, ddof=1)) / 2) ** 0.5), 8)
    assert spread(ONE, [0.5]) == found  # one replicate tells nothing of noise
    assert spread([0.5]) is None
    assert mean_noise(ONE) == (pytest.approx(np.std(ONE, ddof=1) / 5**0.5), 4)


def test_differences_of_replicates_are_the_usual_t_tests() -> None:
    usual = scipy.stats.ttest_ind(ONE, TWO, equal_var=False)
    found = replicate_difference(ONE, TWO)
    assert found.p == pytest.approx(usual.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(usual.confidence_interval()))
    paired = scipy.stats.ttest_rel(ONE, TWO)
    assert replicate_difference(ONE, TWO, paired=True).p == pytest.approx(paired.pvalue)
    alone = scipy.stats.ttest_1samp(ONE, 0.3)
    assert replicate_mean([value - 0.3 for value in ONE]).p == pytest.approx(alone.pvalue)


def test_a_single_replicate_is_as_noisy_as_the_others_program() -> None:
    found, known = replicate_difference([0.4], TWO), spread(TWO)
    assert found.error == pytest.approx(known.sd * (1 + 1 / 5) ** 0.5)
    assert found.df == 4
    nothing = replicate_difference([0.4], [0.3])
    assert (nothing.low, nothing.p) == (None, 1)
    assert replicate_mean([0.4]).low is None


def test_noises_add_as_welch_and_satterthwaite_say() -> None:
    found = added(Noise(3.0, 4), Noise(4.0, 8))
    assert found == (pytest.approx(5.0), pytest.approx(25**2 / (81 / 4 + 256 / 8)))
    assert added(Noise(0.0, 4), Noise(0.0, 8)) == (0.0, 4)


def test_an_exact_difference_is_a_point_and_decided() -> None:
    found = exact(2.5415 - 2.5)
    assert (found.low, found.high, found.p) == (found.mean, found.mean, 0)
    assert holm([found.p, 0.2])[0] < 0.05
    assert exact(0.0).p == 1
    rounding = exact(0.1 + 0.2 - 0.3, tolerance=1e-9)
    assert (rounding.mean, rounding.p) == (0, 1)


def test_an_interval_is_never_narrower_than_the_noise() -> None:
    rng = random.Random(1)
    values = {str(n): rng.gauss(0.2, 0.3) for n in range(40)}
    estimate = clustered_mean(values, {item: str(int(item) % 8) for item in values})
    for error, df in ((0.001, 4), (0.05, 4), (0.05, 1), (2.0, 30)):
        found, alone = widened(estimate, error, df), replicate_alone(estimate.mean, error, df)
        both = (estimate.error**2 + error**2) ** 0.5
        assert found.high - found.low >= estimate.high - estimate.low
        assert found.high - found.low >= 2 * alone
        assert found.high - found.low >= 2 * 1.959 * both
        assert found.p >= estimate.p
        assert found.mean == estimate.mean
        assert found.clusters == 8
    assert widened(estimate, 0.0, 4) == estimate


def replicate_alone(mean: float, error: float, df: float) -> float:
    return float(scipy.stats.t.ppf(0.975, df)) * error


def test_noise_gives_an_interval_where_clusters_give_none() -> None:
    lone = clustered_mean({"a": 0.2, "b": 0.4}, {"a": "all", "b": "all"})
    found = widened(lone, 0.1, 4)
    assert found.high == pytest.approx(0.3 + 0.1 * 2.7764, abs=1e-4)
    assert widened(exact(0.3), 0.1, 4).low == pytest.approx(found.low)
    assert widened(exact(0.3), 0.0, 4) == exact(0.3)


def test_without_noise_replicates_change_nothing() -> None:
    study, rng = STUDIES["both"], np.random.default_rng(1)
    effects, clusters = study.effects(rng), study.clusters()
    still = {str(n): float(value) for n, value in enumerate(effects)}
    zero = dict.fromkeys(still, 0.0)
    expected = clustered_mean(still, clusters)
    for runs in (1, 3):
        for paired in (False, True):
            found = crossed_difference([still] * runs, [zero] * runs, clusters, paired=paired)
            assert found.mean == pytest.approx(expected.mean)
            assert found.high == pytest.approx(expected.high)
            assert found.p == pytest.approx(expected.p)


def test_items_that_waver_are_counted_once_and_runs_that_move_are_added() -> None:
    rng = np.random.default_rng(1)
    for name, least, most in (("item noise", 1, 1.25), ("runs move most", 1.5, 9)):
        study = STUDIES[name]
        one, two = (
            study.runs(rng, 8, study.effects(rng)),
            study.runs(rng, 8, 0 * study.effects(rng)),
        )
        found = crossed_difference(one, two, study.clusters())
        alone = clustered_mean(averaged(one, two), study.clusters())
        assert found.mean == pytest.approx(alone.mean)
        assert least <= found.error / alone.error <= most


def test_pairs_take_out_what_a_seed_does_to_both_programs() -> None:
    study, rng = STUDIES["runs move most"], np.random.default_rng(3)
    one, clusters = study.runs(rng, 5, np.zeros(276)), study.clusters()
    two = [{item: value - 0.02 + rng.normal(0, 0.01) for item, value in run.items()} for run in one]
    paired = crossed_difference(one, two, clusters, paired=True)
    assert paired.mean == pytest.approx(crossed_difference(one, two, clusters).mean)
    assert paired.p < 0.05 < crossed_difference(one, two, clusters).p
    differences = [{item: a[item] - b[item] for item in a} for a, b in zip(one, two, strict=True)]
    assert paired.error == pytest.approx(crossed_mean(differences, clusters).error, rel=0.5)


def test_one_cluster_leaves_the_noise_of_the_replicates() -> None:
    one, two = [{"a": value} for value in ONE], [{"a": value} for value in TWO]
    found, usual = crossed_difference(one, two, {"a": "all"}), replicate_difference(ONE, TWO)
    assert (found.low, found.p) == (pytest.approx(usual.low), pytest.approx(usual.p))
    assert crossed_difference(one[:1], two[:1], {"a": "all"}).low is None
