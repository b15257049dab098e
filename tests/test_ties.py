"""A tie has no leader, the baseline is no rival of itself, and rounding is no difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, Program, seeds_of

from toolkit.figures import Figures, counted, metric
from toolkit.integrity.reruns import alike
from toolkit.intervals import difference
from toolkit.report import tables
from toolkit.report.summary import summarise
from toolkit.study.objective import Objective

RADII = Objective("sum of radii")
RMSE = Objective("RMSE", "K", "minimize")
BITS = Objective("bits per byte", direction="minimize", evidence="reported")
BASE = {f"t{n}": 0.5 + n / 100 for n in range(12)}
CLUSTERS = {item: f"c{n % 6}" for n, item in enumerate(BASE)}


def better(by: float) -> dict[str, float]:
    return {item: level + by + n % 3 / 100 for n, (item, level) in enumerate(BASE.items())}


def report(folder: Path, made: Made) -> tuple[str, str]:
    """(verdict, everything that is shown, on one line)"""
    summary = summarise(made.write(folder))
    return summary["verdict"], " ".join(tables.text(summary, 140).split())


def sealed(**programs: Program) -> Made:
    searchers = {name: [[program]] for name, program in programs.items()}
    return Made(Program(0.5, BASE), searchers, clusters=CLUSTERS)


def test_two_searchers_with_one_score_are_tied_and_none_leads(tmp_path: Path) -> None:
    same = Program(0.6, better(0.1))
    verdict, shown = report(tmp_path, sealed(one=same, three=same))
    assert verdict.startswith(
        "one and three are tied at a budget of 1 trial (one seed: this speaks of that run, not of "
        "the method): the gain over the baseline on the sealed test split is +0.110 ["
    )
    assert "] (one); +0.110 [" in verdict
    assert "leads" not in verdict
    assert "1 trials tied: one, three 0.665 +0.000 [+0.000, +0.000]" in shown


def test_a_difference_below_the_digits_shown_is_a_tie(tmp_path: Path) -> None:
    near = {item: level + (-1) ** n * 1e-4 for n, (item, level) in enumerate(better(0.1).items())}
    verdict, _ = report(tmp_path, sealed(one=Program(0.6, better(0.1)), three=Program(0.6, near)))
    assert "are tied at a budget" in verdict
    assert "leads" not in verdict


def test_a_tie_behind_a_leader_is_told_as_one(tmp_path: Path) -> None:
    same = Program(0.6, better(0.1))
    verdict, _ = report(tmp_path, sealed(best=Program(0.8, better(0.3)), one=same, three=same))
    assert verdict.startswith("best leads at a budget of 1 trial")
    assert "best leads one by +0.200" in verdict
    assert "one and three are tied." in verdict


def test_exact_ties_name_each_program_with_its_searcher(tmp_path: Path) -> None:
    made = Made(Program(2.42), {"one": [[Program(2.5)]], "three": [[Program(2.5)]]}, RADII, "exact")
    verdict, _ = report(tmp_path, made)
    assert verdict.startswith("one and three are tied at a budget of 1 trial")
    assert "The program of one, seed 0 reaches sum of radii 2.5000" in verdict
    assert "The program of three, seed 0 reaches sum of radii 2.5000" in verdict


def test_an_exact_gain_that_is_rounding_is_no_gain(tmp_path: Path) -> None:
    made = Made(Program(0.3), {"climb": [[Program(0.1 + 0.2)]]}, RADII, "exact")
    verdict, shown = report(tmp_path, made)
    assert verdict.startswith("Nobody beat the baseline at a budget of 1 trial")
    assert "decided" not in verdict
    assert "climb 0 0.3000 +0.0000 1 0" in shown


def test_searchers_that_kept_the_baseline_are_not_compared_with_each_other(tmp_path: Path) -> None:
    worse = Program(0.4, better(-0.1))
    verdict, shown = report(tmp_path, sealed(one=worse, three=worse))
    assert verdict.startswith("Nobody beat the baseline at a budget of 1 trial")
    assert "one and three" not in verdict
    assert "1 trials both are the baseline" in shown
    verdict, _ = report(
        tmp_path / "b", sealed(best=Program(0.6, better(0.1)), one=worse, three=worse)
    )
    assert "The champions of one and three are both the baseline." in verdict


def test_a_lead_is_called_so_everywhere(tmp_path: Path) -> None:
    one, three = Program(0.8, better(0.3)), Program(0.6, better(0.1))
    verdict, shown = report(tmp_path, sealed(one=one, three=three))
    assert verdict.startswith("one leads at a budget of 1 trial")
    assert "one leads three by +0.200" in verdict
    assert "leader leads by [95 %]" in shown
    for word in ("ahead", "first at", "is first"):
        assert word not in shown.partition("integrity")[2]


def test_each_noise_names_whose_it_is_and_its_data(tmp_path: Path) -> None:
    base = Program(3.1, seeds_of(3.10, 3.12, 3.08, 3.11, 3.09), tried=(3.0, 3.2))
    best = Program(2.7, seeds_of(2.70, 2.72, 2.68, 2.71, 2.69), tried=(2.6, 2.8))
    made = Made(base, {"climb": [[best]]}, BITS, "replicates")
    verdict, shown = report(tmp_path, made)
    assert "noise of the baseline on other seeds: 0.0158 (standard deviation of one run" in shown
    assert (
        "One run of the baseline or of climb's champion varies by 0.0158 on other seeds (standard "
        "deviation over 5 seeds each)."
    ) in verdict


@pytest.mark.parametrize("value", [-0.0, -1e-17, -0.0004])
def test_zero_is_never_written_with_a_minus(value: float) -> None:
    assert Figures().level(value) == "0.000"
    assert Figures().signed(value) == "+0.000"
    assert Figures().is_nothing(value)


def test_a_difference_of_rounding_is_none() -> None:
    assert difference(0.1 + 0.2, 0.3) == 0
    assert difference(0.3, 0.1) == 0.3 - 0.1
    assert difference(0.0, 1e-15) == -1e-15


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (0.1 + 0.2, 0.3, True),
        ([{"x": [0.1 + 0.2]}, "a"], [{"x": [0.3]}, "a"], True),
        (0.3, 0.3001, False),
        ([0.3], [0.3, 0.3], False),
        ({"x": 0.3}, {"y": 0.3}, False),
        (1, 1.0, False),
        ("0.30000000000000004", "0.3", False),
    ],
)  # fmt: skip
def test_outputs_are_alike_but_for_the_rounding_of_their_numbers(
    one: Any, other: Any, same: bool
) -> None:
    assert alike(one, other) == same


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0000"), (0.31725, "0.3172"), (1, "1.0000"), (24.630411, "24.6"),
     (0.00532063, "0.0053"), (53120.04, "53,120"), (12345678901234567.0, "1.235e+16")],
)  # fmt: skip
def test_a_number_has_as_many_digits_as_make_sense(value: float, text: str) -> None:
    assert metric(value) == text


def test_a_number_and_its_noun_agree() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(1200, "file") == "1,200 files"
    assert counted(0, "query", "queries") == "0 queries"
    assert counted(2.5, "trial") == "2.5 trials"
