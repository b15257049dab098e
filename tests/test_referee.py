"""What the printed verdict calls decided, on made runs of every claim."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import Made, Program, seeds_of
from refereed import CASES, share

from toolkit.report.gaps import gain
from toolkit.report.noise import noise
from toolkit.report.summary import reported, summarise
from toolkit.report.verdict import verdict
from toolkit.report.wording import wording
from toolkit.statistics.clusters import interval
from toolkit.study.objective import Claim, Objective

SHAPES = Path(__file__).parent / "shapes"
SECONDS = Objective("time", "s", "minimize", "measured", metric="wall_s")
LOSS = Objective("loss", direction="minimize", evidence="reported")
RADII = Objective("sum of radii")
CLUSTERS = {f"t{n}": f"c{n // 2}" for n in range(12)}
numbers = st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 3))
rows = st.lists(numbers, min_size=12, max_size=12)
runs = st.lists(numbers, min_size=2, max_size=5)


def text(made: Made) -> str:
    state = made.state()
    cells = reported(state)
    return str(verdict(state, cells, {}, wording(state, cells))["text"])


def levels(values: list[float]) -> dict[str, float]:
    return dict(zip(CLUSTERS, values, strict=True))


@given(rows, rows, runs, st.one_of(st.just([]), runs), st.sampled_from(["sealed", "reported"]))
@settings(deadline=None)
def test_no_interval_of_a_gain_is_narrower_than_the_noise_that_was_measured(
    best: list[float], base: list[float], moved: list[float], other: list[float], claim: Claim
) -> None:
    """Also where only one of the two programs ran several times."""
    searchers = {"climb": [[Program(2e3, levels(best), other)]]}
    made = Made(Program(-2e3, levels(base), moved), searchers, claim=claim, clusters=CLUSTERS)
    state = made.state()
    (cell,) = state.cells.values()
    alone, found = noise(state, [state.champion(cell)], [state.baseline]), gain(state, cell)
    assert alone is not None
    assert found is not None
    narrowest = interval(found.mean, *alone, 1)
    assert found.high - found.low >= narrowest.high - narrowest.low - 1e-6
    if claim == "sealed":
        calm = Made(Program(-2e3, levels(base)), {"climb": [[Program(2e3, levels(best))]]},
                    clusters=CLUSTERS).state()  # fmt: skip
        without = gain(calm, calm.cells["climb-0"])
        assert without is not None
        assert found.high - found.low >= without.high - without.low - 1e-6
        assert found.p >= without.p


def test_a_program_on_both_sides_counts_by_what_is_left_of_it() -> None:
    """Seeds that kept the baseline have no noise against it; one program twice is one program."""
    base, kept = Program(0.5, levels([0.5] * 12), (0.4, 0.6)), Program(0.1)
    best = Program(0.6, levels([0.6] * 12), (0.55, 0.65))
    state = Made(base, {"climb": [[best], [kept]]}, clusters=CLUSTERS).state()
    champions = [state.champion(cell) for cell in state.cells.values()]
    error = math.sqrt((0.05 / 2) ** 2 + (0.1 / 2) ** 2)  # half of the difference of both means
    assert noise(state, champions, [state.baseline]).error == pytest.approx(error)
    twice = noise(state, [champions[0]] * 2, [state.baseline])
    assert twice == noise(state, champions[:1], [state.baseline])
    assert noise(state, [state.baseline] * 2, [state.baseline]) is None


def test_noise_that_only_the_search_measured_is_that_of_one_run_each() -> None:
    base = Program(0.5, levels([0.5] * 12), tried=(0.4, 0.6, 0.5))
    best = Program(0.7, levels([0.7] * 12), tried=(0.6, 0.8, 0.7))
    state = Made(base, {"climb": [[best]]}, clusters=CLUSTERS).state()
    (cell,) = state.cells.values()
    alone = noise(state, [state.champion(cell)], [state.baseline])
    assert alone == (pytest.approx(0.1 * math.sqrt(2)), pytest.approx(4))
    found = gain(state, cell)
    assert found is not None
    assert found.p > 0.05


def test_a_number_of_unknown_noise_is_not_decided_over_several_seeds_either() -> None:
    """The best of many trials is better by noise alone, with every seed."""
    searchers = {"climb": [[Program(1.03), Program(1.02)], [Program(1.04)], [Program(1.03)]]}
    told = text(Made(Program(1.1), searchers, LOSS, "reported"))
    why = (
        "which is not decided: how much the number varies from run to run was not measured "
        "(`[replicates]` in study.toml)"
    )
    assert f"a reported gain of +0.080, {why}." in told
    assert f"Over its 3 seeds the reported gain of climb is +0.070, {why}." in told


def test_a_number_that_was_chosen_under_noise_is_not_decided_by_its_luck() -> None:
    """The same figures decide for one trial, and do not for the best of twenty."""
    base, best = Program(1.1, replicates=(1.09, 1.1, 1.11)), (1.069, 1.075, 1.081)
    program = Program(1.075, replicates=best)
    one = Made(base, {"climb": [[program]]}, LOSS, "reported")
    others = [Program(1.2 + n / 100, replicates=best) for n in range(19)]
    many = Made(base, {"climb": [[*others, program]]}, LOSS, "reported")
    assert "which is decided as to this program" in text(one)
    assert (
        "which is not decided: it was chosen on this very number, which varies from run to run "
        '(`test = "replicates"` in study.toml measures a champion again)'
    ) in text(many)


def test_replicates_that_agree_to_the_digit_leave_no_luck() -> None:
    base, best = Program(1.1, replicates=(1.1,) * 3), Program(1.09, replicates=(1.09,) * 3)
    worse = Program(1.2, replicates=(1.2,) * 3)
    told = text(Made(base, {"climb": [[worse, best]]}, LOSS, "reported"))
    assert "+0.010 [+0.010, +0.010], which is decided as to this program" in told


def test_a_validated_value_that_another_run_does_not_give_is_told_as_that_of_one_run() -> None:
    searchers = {"climb": [[Program(2.54)]]}
    told = text(Made(Program(2.42, again=2.4313), searchers, RADII, "exact"))
    assert "a gain of +0.12, which is decided as to this run of the program." in told.replace(
        "+0.1200", "+0.12"
    )
    assert (
        "The unchanged program gave 2.4200 and, run once more, 2.4313: each value here is that of "
        "one run."
    ) in told
    same = text(Made(Program(2.42, again=2.42), searchers, RADII, "exact"))
    assert "which is decided as to this program." in same
    assert "run once more" not in same
    best = {"climb": [[Program(2.54, again=2.5)]]}
    told = text(Made(Program(2.42, again=2.42), best, RADII, "exact"))
    assert "The program of seed 0 gave 2.5400 and, run once more, 2.5000: each value" in told


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_an_exact_gain_is_decided_and_an_equal_value_is_none(direction: str) -> None:
    objective = Objective("size", direction=direction)  # type: ignore[arg-type]
    better = 2.42 + 1e-9 * objective.sign
    found = summarise(Made(Program(2.42), {"climb": [[Program(better)]]}, objective,
                           "exact").state())  # fmt: skip
    assert found["pairs"][0]["decided"]
    assert found["pairs"][0]["gap"] == pytest.approx(1e-9)
    same = Made(Program(2.42), {"climb": [[Program(2.42)]]}, objective, "exact")
    assert text(same).startswith("Nobody beat the baseline")
    worse = Made(Program(2.42), {"climb": [[Program(2.42 - objective.sign)]]}, objective, "exact")
    assert text(worse).startswith("Nobody beat the baseline")


def test_what_a_meter_read_once_of_each_program_is_not_decided_on_other_data() -> None:
    """One number of a whole evaluation, however many items it had."""
    base, best = Program(9.0, levels([9.0] * 12)), Program(8.0, levels([8.0] * 12))
    told = text(Made(base, {"climb": [[best]]}, SECONDS, clusters=CLUSTERS))
    assert "is +1.000 s [no interval: measured once], which is not decided. How much" in told
    base = Program(9.0, levels([9.0] * 12), (8.9, 9.1, 9.0))
    best = Program(8.0, levels([8.0] * 12), (7.9, 8.1, 8.0))
    told = text(Made(base, {"climb": [[best]]}, SECONDS, clusters=CLUSTERS))
    assert "climb leads at a budget of 1 trial" in told


def test_what_noise_lacks_is_told_in_replicates() -> None:
    """More clusters would not decide it, and the sample is not called large enough."""
    base = Program(0.5, levels([0.5 + n % 2 / 100 for n in range(12)]), (0.45, 0.5, 0.55))
    best = Program(0.6, levels([0.56 + n % 3 / 100 for n in range(12)]), (0.5, 0.55, 0.6))
    told = text(Made(base, {"climb": [[best]]}, clusters=CLUSTERS))
    assert "replicates of each program (now 3)" in told
    assert "clusters (now" not in told


def test_seeds_of_a_claim_under_noise_are_compared_over_seeds_and_replicates() -> None:
    base = Program(0.5, seeds_of(0.5, 0.52, 0.49, 0.51, 0.5))
    cells = [[Program(0.7, seeds_of(*(gain + 0.01 * n for n in range(5))))] for gain in (0.6, 0.62)]
    found = summarise(Made(base, {"climb": cells}, Objective("accuracy"), "replicates").state())
    assert (found["pairs"][0]["seeds"], found["pairs"][0]["clusters"]) == (2, 5)


@pytest.mark.parametrize("shape", ["packing", "bits"])
def test_counts_agree_where_no_other_data_decides(
    shape: str, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """A trial that is its own result, and replicates: each is on record once."""
    done = cli(
        "compare", str(SHAPES / shape), "--budget", "3", "--searchers", "random", "--seeds", "1",
        "--after", "light",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    table = next(tmp_path.rglob("table.txt")).read_text()
    assert "every program that ran is on record" in table
    assert "not comparable" not in table + done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_gain_of_nothing_is_rarely_called_decided(case: str) -> None:
    """Of 800 at 5 %, 56 or more come up once in 200 times."""
    assert share(case, 0.0, 800) < 56 / 800


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_large_gain_is_often_called_decided(case: str) -> None:
    known = "search = 1" not in case  # of unknown noise nothing is
    gain = 1.0 if "RMSE" in case or "AUC" in case else 6.0
    least = {"sealed, RMSE, heavy tails": 0.1, "sealed, AUC, 12 clusters": 0.1}.get(case, 0.35)
    assert (share(case, gain, 150) > least) == known
