"""Figures of searches and of runs: curves, expected bests, robust means."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics import (
    anytime_mean,
    expected_validated,
    interquartile_mean,
    probability_of_improvement,
)


@given(st.lists(st.floats(-5, 5), min_size=1), st.lists(st.floats(-5, 5), min_size=1))
def test_probability_of_improvement_is_mann_whitney(one: list[float], two: list[float]) -> None:
    u = scipy.stats.mannwhitneyu(one, two).statistic
    assert probability_of_improvement(one, two) == pytest.approx(u / (len(one) * len(two)))


@given(st.lists(st.floats(-5, 5), min_size=1))
def test_interquartile_mean_is_a_trimmed_mean(values: list[float]) -> None:
    assert interquartile_mean(values) == pytest.approx(scipy.stats.trim_mean(values, 0.25))


def test_area_under_a_step_curve() -> None:
    steps = [(0, 0.1), (2, 0.3), (8, 0.5)]
    assert anytime_mean(steps, 10) == pytest.approx((2 * 0.1 + 6 * 0.3 + 2 * 0.5) / 10)
    assert anytime_mean(steps, 5) == pytest.approx((2 * 0.1 + 3 * 0.3) / 5)
    found = anytime_mean(steps, 16, since=1, scale="log")
    assert found == pytest.approx((1 * 0.1 + 2 * 0.3 + 1 * 0.5) / 4)  # in doublings
    assert anytime_mean([(0, 0.4)], 7) == pytest.approx(0.4)
    with pytest.raises(ValueError, match="above zero"):
        anytime_mean(steps, 10, scale="log")
    with pytest.raises(ValueError, match="start there"):
        anytime_mean([(3, 0.1)], 10)


def test_expected_best_of_fewer_trials_is_the_mean_over_all_subsets() -> None:
    search = [0.3, 0.1, 0.9, 0.4, 0.5]
    for trials in range(1, 6):
        subsets = list(itertools.combinations(range(5), trials))
        best = [max(search[place] for place in subset) for subset in subsets]
        assert expected_validated(search, trials) == pytest.approx(sum(best) / len(best))
    with pytest.raises(ValueError, match="1 to 5"):
        expected_validated(search, 6)


def test_expected_best_of_many_trials_rises_to_the_best_of_all() -> None:
    scores = np.random.default_rng(0).random(3000).tolist()
    found = [expected_validated(scores, trials) for trials in (1, 10, 100, 1000, 3000)]
    assert found[0] == pytest.approx(np.mean(scores))
    assert found[1] == pytest.approx(10 / 11, abs=0.01)  # of uniform draws
    assert found == sorted(found)
    assert found[-1] == max(scores)
