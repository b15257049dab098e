"""What is said of noise and of the smallest gain before the first trial, by what a study claims."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import pytest
from made_runs import Made, Program, seeds_of

from toolkit.bench import cost, forecast
from toolkit.bench.cost import Course, Rate
from toolkit.ledger.state import State
from toolkit.statistics import Spread, components, detectable, smallest_gain
from toolkit.study.objective import Claim, Objective

CLUSTERS = {f"t{n}": f"c{n // 2}" for n in range(12)}
LEVELS = {item: 800.0 + 7 * (n % 5) for n, item in enumerate(CLUSTERS)}
RMSE = Objective("RMSE", "K", "minimize")
SEARCHERS = {"climb": [[Program(1.0)]]}


def course(state: State) -> Course:
    times = state.study["replicates"]["final"]
    return Course(1, 20, 1, final=times, held_out=state.final == "test")


def told(
    base: Program, objective: Objective = RMSE, claim: Claim = "sealed", **more: object
) -> str:
    state = Made(base, SEARCHERS, objective, claim, **more).state()  # type: ignore[arg-type]
    one = cost.estimate(course(state), Rate(1.0), Rate(1.0), "full")
    found = replace(one, noise=cost.noise(state), smallest=cost.smallest(state, course(state)))
    return "\n".join(forecast.lines(state, found, asked=True))


def test_on_sealed_data_the_smallest_gain_rests_on_scores_that_vary_alike() -> None:
    reach = detectable(components([LEVELS], CLUSTERS))
    text = told(Program(810.0, LEVELS), clusters=CLUSTERS)
    assert f"the smallest gain that this can decide is about {reach:.3g} K, four times" in text
    assert "if a champion's scores vary as much as the unchanged program's" in text
    assert "less is enough where few rankings change" in text
    assert "several times as much may be needed where a champion leaves a poor score" in text
    assert "from seed to seed" not in text


def test_noise_is_told_first_and_is_in_the_smallest_gain() -> None:
    runs = (800.0, 820.0, 810.0)
    text = told(Program(810.0, LEVELS, runs), clusters=CLUSTERS)
    found = components([LEVELS], CLUSTERS)
    reach = smallest_gain(found, noise=Spread(10.0, 2), replicates=(3, 3))
    assert reach > 2 * smallest_gain(found)
    assert "RMSE differs by 10 K from seed to seed (standard deviation of 3 runs)" in text
    assert text.index("seed to seed") < text.index(f"is about {reach:.3g} K")


def test_noise_is_that_of_the_split_that_decides() -> None:
    state = Made(Program(0.7, seeds_of(0.7, 0.8, 0.9)), SEARCHERS, claim="replicates").state()
    assert cost.noise(state) == (pytest.approx(0.1), 2)


def test_of_one_program_under_its_own_noise_the_other_is_taken_to_be_as_noisy() -> None:
    text = told(Program(0.7, seeds_of(0.7, 0.8, 0.9)), claim="replicates")
    assert "if a champion is as noisy as the unchanged program" in text
    alike = told(Program(0.7, seeds_of(0.7, 0.7, 0.7)), claim="replicates")
    assert "is the same under each of 3 seeds" in alike
    assert "shows no noise: any gain that is not 0 can be decided" in alike
    assert "one replicate says nothing of the noise" in told(
        Program(0.7, seeds_of(0.7)), claim="replicates"
    )


def test_where_outputs_are_validated_any_gain_is_decided() -> None:
    text = told(Program(2.42), Objective("sum of radii"), "exact")
    assert "outputs are validated exactly: any gain that is not 0 is decided as to its" in text


@pytest.mark.parametrize(("claim", "evidence"), [("reported", "reported"), ("exact", "measured")])
def test_of_a_number_whose_noise_nobody_measured_no_gain_is_decided(
    claim: Claim, evidence: str
) -> None:
    objective = Objective("loss", evidence=evidence)  # type: ignore[arg-type]
    text = told(Program(1.1), objective, claim)
    assert "no gain can be decided: how much the number varies from run to run is not" in text


def test_a_number_that_trials_are_chosen_by_must_gain_more_than_the_choice_can() -> None:
    base = Program(1.1, replicates=(1.0, 1.1, 1.2))
    state = Made(base, SEARCHERS, Objective("loss", evidence="reported"), "reported").state()
    plain = smallest_gain(None, noise=Spread(0.1, 2), replicates=(3, 3))
    luck = sqrt(2 * log(20) / 3) * 0.1
    assert cost.smallest(state, course(state)) == pytest.approx(plain + luck)


def test_a_meter_read_once_decides_nothing_on_sealed_data_either() -> None:
    seconds = Objective("time", "s", "minimize", "measured", metric="wall_s")
    assert "no gain can be decided: how much the number" in told(
        Program(9.0, LEVELS), seconds, clusters=CLUSTERS
    )


def test_one_cluster_and_scores_without_variance_tell_nothing() -> None:
    lone = dict.fromkeys(CLUSTERS, "only")
    assert "no gain can be decided: the test split has one corpus" in told(
        Program(810.0, LEVELS), clusters=lone
    )
    alike = dict.fromkeys(CLUSTERS, 0.0)
    assert "cannot be told: the unchanged program's scores are all alike" in told(
        Program(0.0, alike), clusters=CLUSTERS
    )
