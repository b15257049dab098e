"""Made studies with known effects: intervals hold the truth, and nothing is decided falsely.

`tests/bench/test_verdicts.py` prints the whole tables, from more runs (docs/statistics.md).
"""

from __future__ import annotations

import pytest
from games import DAYBOOK, LOCOMO
from repeated import STUDIES, Noisy, chosen, decided, forecast_and_power
from simulated import POOLED, equal_sizes, falsely_decided_under_noise, pooled_figures


@pytest.mark.slow
@pytest.mark.parametrize("name", POOLED)
@pytest.mark.parametrize("clusters", [5, 10, 20, 50])
def test_intervals_of_pooled_objectives_hold_the_truth(name: str, clusters: int) -> None:
    """Clusters of very unequal sizes. Deviation of a share of 500 runs: 0.01."""
    found = pooled_figures(POOLED[name], clusters, 500)
    assert 0.92 <= found.covered <= 0.99
    assert found.covered >= found.plain


@pytest.mark.slow
@pytest.mark.parametrize("name", POOLED)
def test_a_pooled_difference_of_nothing_is_rarely_decided(name: str) -> None:
    assert pooled_figures(POOLED[name], 12, 1500, differs=False).decided <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("name", POOLED)
def test_a_pooled_difference_of_nothing_is_rarely_decided_under_noise(name: str) -> None:
    assert falsely_decided_under_noise(POOLED[name], 12, 400) <= 0.065


@pytest.mark.slow
def test_a_pooled_difference_of_something_is_often_decided() -> None:
    assert pooled_figures(POOLED["RMSE"], 50, 300, sizes=equal_sizes).decided > 0.9
    assert pooled_figures(POOLED["AUC"], 50, 300, sizes=equal_sizes).decided > 0.6
    assert pooled_figures(POOLED["correlation"], 20, 300, sizes=equal_sizes).decided > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
def test_a_mean_of_nothing_is_rarely_decided(sizes: tuple[int, ...]) -> None:
    study = Noisy(sizes, differ=0.05, each=0.3)
    assert decided(study, 1, 1500)["crossed"] <= 0.06
    assert decided(study, 1, 300, gain=0.15)["crossed"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("replicates", [2, 5])
def test_noise_is_rarely_decided(name: str, replicates: int) -> None:
    found = decided(STUDIES[name], replicates, 800)
    for way in ("widened", "crossed", "crossed, paired"):
        assert found[way] <= 0.065, way
    if "move" in name:
        assert found["clusters alone"] > 0.08  # why the noise has to be in the interval


@pytest.mark.slow
def test_gains_are_decided_under_noise() -> None:
    assert decided(STUDIES["both"], 5, 200, gain=0.15)["crossed"] > 0.9
    assert decided(STUDIES["item noise"], 5, 200, gain=0.1)["crossed"] > 0.9


def test_a_winner_is_measured_again_before_it_is_called_one() -> None:
    """The best of 20 equal programs: by the number that it was chosen for, and by fresh ones."""
    found = chosen(3000)
    assert found["chosen"] > 0.15
    assert found["fresh"] <= 0.06
    assert found["paired"] <= 0.06
    assert chosen(500, gain=4.0)["fresh"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_a_gain_as_large_as_forecast_is_decided_four_times_in_five(noise: float) -> None:
    replicates = 5 if noise else 1
    gain, power = forecast_and_power(600, likeness=0.5, noise=noise, replicates=replicates)
    assert 0.1 < gain < 0.14
    assert 0.75 <= power <= 0.87
    closer, known = forecast_and_power(400, likeness=0.9, assumed=0.9)
    assert closer < 0.5 * 0.115
    assert 0.75 <= known <= 0.87
    assert forecast_and_power(400, likeness=0.9)[1] > 0.98  # more alike than was assumed
