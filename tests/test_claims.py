"""What a report says follows from what the study can claim, in the objective's own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, Program, seeds_of

from toolkit.report import tables
from toolkit.report.summary import summarise
from toolkit.report.wording import alone
from toolkit.study.objective import Objective

RMSE = Objective("RMSE", "K", "minimize")
RADII = Objective("sum of radii")
BITS = Objective("bits per byte", direction="minimize", evidence="reported")
CLUSTERS = {f"t{n}": f"c{n % 6}" for n in range(12)}
LEVELS = {item: 800.0 + 7 * n for n, item in enumerate(CLUSTERS)}


def better(by: float, spread: int = 1) -> dict[str, float]:
    """Levels of a program that is better by so much on each item, a little more on some."""
    return {item: level - by - spread * (n % 3) for n, (item, level) in enumerate(LEVELS.items())}


def report(made: Made, folder: Path) -> tuple[dict[str, Any], str]:
    """(summary, table as one line of text)"""
    summary = summarise(made.write(folder))
    json.dumps(summary, allow_nan=False)
    return summary, " ".join(tables.text(summary, 120).split())


def heads(shown: str) -> str:
    """The heads of the table's columns."""
    return shown.partition(" searcher seed ")[2].partition(" ─")[0]


def test_a_minimised_objective_is_shown_in_its_own_direction_and_its_gains_are_positive(
    tmp_path: Path,
) -> None:
    found = [Program(780.0, better(20)), Program(795.0, better(3))]
    made = Made(Program(810.0, LEVELS), {"climb": [found]}, RMSE, clusters=CLUSTERS)
    summary, shown = report(made, tmp_path)
    (cell,) = summary["cells"]
    assert (summary["baseline"]["search"], cell["search"], cell["champion"]) == (810.0, 780.0, 1)
    assert cell["test"] == pytest.approx(838.5 - 21)
    assert cell["gain"] == pytest.approx(21)
    assert cell["gap"] == pytest.approx(9)  # of the gain of 30 on the search split
    assert summary["objective"]["direction"] == "minimize"
    assert "RMSE, K (lower is better); a gain above 0 is better" in shown
    assert heads(shown).startswith("search test gain on test [95 %] gap")
    assert "climb 0 780.0 817.5 +21.0 [+20.1, +21.9] +9.0" in shown
    assert "its gain over the baseline on the sealed test split is +21.0 [+20.1, +21.9] K." in shown
    assert summary["searchers"]["climb"]["anytime"] > 800  # a level, in its own direction


def test_the_best_of_a_minimised_objective_leads(tmp_path: Path) -> None:
    searchers = {
        "far": [[Program(805.0, better(5))]], "near": [[Program(790.0, better(20))]],
        "worse": [[Program(799.0, better(-30, spread=2))]],
    }  # fmt: skip
    made = Made(Program(810.0, LEVELS), searchers, RMSE, clusters=CLUSTERS)
    summary, shown = report(made, tmp_path)
    assert summary["verdict"].startswith("near leads at a budget of 1 trial (one seed:")
    assert "near leads worse by +49.0" in shown
    row = summary["standings"]["trials"][-1]
    assert (row["leader"], row["second"]) == ("near", "far")
    assert row["scores"]["near"] == pytest.approx(817.5)
    assert row["gap"] == pytest.approx(15)


def test_noise_that_was_measured_widens_an_interval_and_is_told(tmp_path: Path) -> None:
    calm = Made(
        Program(810.0, LEVELS), {"climb": [[Program(780.0, better(5))]]}, RMSE, clusters=CLUSTERS
    )
    base = Program(810.0, LEVELS, (820.0, 850.0, 830.0, 845.0, 847.5))
    best = Program(780.0, better(5), (814.0, 844.0, 824.0, 839.0, 841.5))
    noisy = Made(base, {"climb": [[best]]}, RMSE, clusters=CLUSTERS)
    (narrow, _), (wide, shown) = report(calm, tmp_path / "a"), report(noisy, tmp_path / "b")
    assert narrow["pairs"][0]["decided"]
    assert not wide["pairs"][0]["decided"]
    assert wide["pairs"][0]["gap"] == narrow["pairs"][0]["gap"]
    low, high = wide["cells"][0]["interval"]
    assert low < 0 and high - low > 30
    assert wide["noise"]["replicates"] == 5
    assert narrow["noise"] is None
    assert (
        "noise of the baseline on test: 12.9 K (standard deviation of one run, from 5 seeds)"
        in shown
    )
    assert "no interval is narrower than this noise" in wide["verdict"]


def test_a_program_has_no_noise_against_itself(tmp_path: Path) -> None:
    base = Program(810.0, LEVELS, (820.0, 850.0, 830.0))
    made = Made(base, {"climb": [[Program(900.0, better(-9))]]}, RMSE, clusters=CLUSTERS)
    summary, _ = report(made, tmp_path)
    assert summary["cells"][0]["champion"] == 0
    assert (summary["cells"][0]["gain"], summary["pairs"][0]["gap"]) == (0, 0)
    assert summary["verdict"].startswith("Nobody beat the baseline")


def test_a_claim_under_noise_speaks_of_this_program_and_of_other_seeds(tmp_path: Path) -> None:
    made = Made(
        Program(0.70, seeds_of(0.70, 0.71, 0.69, 0.70, 0.72)),
        {"climb": [[Program(0.78, seeds_of(0.74, 0.75, 0.72, 0.73, 0.76))]]},
        Objective("accuracy"), "replicates",
    )  # fmt: skip
    summary, shown = report(made, tmp_path)
    assert heads(shown).startswith(
        "search (chosen on) other seeds gain on other seeds [95 %] trials failed"
    )
    assert "climb 0 0.780 0.740 +0.036 [+0.029, +0.043]" in shown
    assert "its gain over the baseline on other seeds is +0.036 [+0.029, +0.043]" in shown
    assert "This speaks of this program under its own noise (5 seeds), on the same data." in shown
    assert "test" not in summary["verdict"]
    (pair,) = summary["pairs"]
    assert (pair["clusters"], pair["items"], pair["decided"]) == (5, 5, True)


def test_an_exact_claim_tells_what_a_program_reaches(tmp_path: Path) -> None:
    made = Made(
        Program(2.42), {"climb": [[Program(2.5409), Program(2.5415)]]}, RADII, "exact"
    )  # fmt: skip
    summary, shown = report(made, tmp_path)
    assert heads(shown).startswith("reached gain trials")
    assert "climb 0 2.5415 +0.1215 2" in shown
    assert (
        "The program of seed 0 reaches sum of radii 2.5415 (validated exactly; no data was held "
        "out), against the baseline's 2.4200: a gain of +0.1215, which is decided as to this "
        "program."
    ) in shown
    assert "[" not in summary["verdict"]
    assert "test" not in shown
    (cell,) = summary["cells"]
    assert (cell["test"], cell["gap"], cell["interval"]) == (None, None, [None, None])
    assert summary["searchers"]["climb"]["optimism"] is None
    assert summary["pairs"][0]["decided"]


def test_an_exact_claim_about_a_searcher_rests_on_its_seeds(tmp_path: Path) -> None:
    gains = [0.10, 0.12, 0.11, 0.09]
    searchers = {
        "climb": [[Program(2.42 + gain)] for gain in gains],
        "random": [[Program(2.42 + gain)] for gain in (0.11, 0.01, 0.12, 0.02)],
    }
    summary, shown = report(Made(Program(2.42), searchers, RADII, "exact"), tmp_path)
    first, _, between = summary["pairs"]
    assert (first["better"], first["seeds"], first["decided"]) == ("climb", 4, True)
    # t(3) = 3.182 standard errors of the mean of four
    assert first["interval"][1] - first["gap"] == pytest.approx(3.1824 * 0.0129099 / 2, rel=1e-4)
    assert "Over its 4 seeds the gain of climb is +0.1050 [+0.0845, +0.1255]." in shown
    assert not between["decided"]
    assert "climb and random: the difference of +0.0400" in shown


def test_two_exact_programs_are_decided_as_such(tmp_path: Path) -> None:
    searchers = {"climb": [[Program(2.5)]], "random": [[Program(2.45)]]}
    summary, _ = report(Made(Program(2.42), searchers, RADII, "exact"), tmp_path)
    assert (
        "climb leads random by +0.0500 (one seed each: this speaks of these two programs)."
        in summary["verdict"]
    )


def test_an_exact_number_that_nobody_bettered_is_told(tmp_path: Path) -> None:
    made = Made(Program(812.4), {"climb": [[Program(900.0)]]}, RMSE, "exact")
    summary, _ = report(made, tmp_path)
    assert summary["verdict"] == (
        "Nobody beat the baseline at a budget of 1 trial (one seed: this speaks of that run, not "
        "of the method). The unchanged program reaches RMSE 812.40 K (validated exactly; no data "
        "was held out)."
    )


def test_a_reported_number_is_called_so_wherever_it_stands(tmp_path: Path) -> None:
    made = Made(Program(1.1), {"climb": [[Program(1.034)]]}, BITS, "reported")
    summary, shown = report(made, tmp_path)
    assert "bits per byte (reported, lower is better)" in shown
    assert heads(shown).startswith("reported reported gain trials")
    assert (
        "The program of seed 0 reports bits per byte 1.034 (chosen on this very number, which the "
        "program reports itself), against the baseline's reported 1.100: a reported gain of +0.066"
    ) in summary["verdict"]
    # one run of a program that may be noisy decides nothing
    assert not summary["pairs"][0]["decided"]
    assert "how much the number varies from run to run was not measured" in summary["verdict"]


def test_a_reported_number_is_decided_by_the_noise_of_its_replicates(tmp_path: Path) -> None:
    best, base = (
        Program(1.034, replicates=(1.03, 1.034, 1.038)),
        Program(1.1, replicates=(1.09, 1.10, 1.11)),
    )
    summary, _ = report(Made(base, {"climb": [[best]]}, BITS, "reported"), tmp_path)
    assert summary["pairs"][0]["decided"]
    assert (
        "a reported gain of +0.066 [+0.045, +0.087], which is decided as to this program"
        in (summary["verdict"])
    )


def test_evidence_stands_at_the_columns_of_a_sealed_study(tmp_path: Path) -> None:
    seconds = Objective("time", "s", "minimize", "measured", metric="wall_s")
    levels = dict.fromkeys(CLUSTERS, 12.3)
    faster = {item: 8.0 + n / 11 for n, item in enumerate(CLUSTERS)}
    made = Made(
        Program(12.5, levels), {"climb": [[Program(8.3, faster)]]}, seconds, clusters=CLUSTERS
    )
    _, shown = report(made, tmp_path)
    assert "time, s (measured, lower is better)" in shown
    assert heads(shown).startswith("search (measured) test (measured) gain on test (measured)")
    assert "climb 0 8.3 8.5 +3.8" in shown


def test_a_pooled_objective_says_where_its_interval_is_to_be_read_with_care(
    tmp_path: Path,
) -> None:
    pooled = Objective("RMSE", "K", "minimize", aggregate="pooled")
    clusters = {f"t{n}": f"c{n // 2}" for n in range(16)}
    base = {f"c{n}": 800.0 + n for n in range(8)}
    best = {cluster: level - n % 2 for n, (cluster, level) in enumerate(base.items())}
    best["c3"] -= 400
    made = Made(
        Program(810.0, base), {"climb": [[Program(780.0, best)]]}, pooled, clusters=clusters
    )
    summary, _ = report(made, tmp_path)
    assert "Corpus c3 accounts for 87% of the variance" in summary["verdict"]
    assert (summary["pairs"][0]["clusters"], summary["pairs"][0]["items"]) == (8, 8)


def test_things_are_called_as_the_study_calls_them(tmp_path: Path) -> None:
    lone = dict.fromkeys(CLUSTERS, "only")
    made = Made(
        Program(810.0, LEVELS), {"climb": [[Program(780.0, better(20))]]}, RMSE, clusters=lone
    )
    _, shown = report(made, tmp_path)
    assert "+21.0 K [no interval: one corpus]" in shown
    for word in ("conversation", "question", "answer"):
        assert word not in shown


@pytest.mark.parametrize(
    ("objective", "level", "told"),
    [
        (Objective(), 0.3124, "0.312"),
        (Objective(), 0.00512, "0.005"),
        (RMSE, 812.41, "RMSE 812.4 K"),
        (BITS, 1.0342, "bits per byte 1.034 (reported)"),
        (Objective("loss", direction="minimize"), 0.00012345, "loss 0.000123"),
        (Objective("tokens", direction="minimize", evidence="measured"), 53120.0,
         "tokens 53,120 (measured)"),
        (Objective("energy", "J", "minimize"), -3.2e9, "energy -3.2e+09 J"),
        (Objective(), None, "-"),
    ],
)  # fmt: skip
def test_digits_fit_the_size_of_a_level(
    objective: Objective, level: float | None, told: str
) -> None:
    assert alone(objective, level) == told


def test_one_reading_of_a_meter_is_no_sample_however_many_items_it_was_of(tmp_path: Path) -> None:
    """Every row holds the same number: that clusters agree says nothing."""
    seconds = Objective("time", "s", "minimize", "measured", metric="cpu_s")
    before, after = dict.fromkeys(CLUSTERS, 12.3), dict.fromkeys(CLUSTERS, 8.0)
    once = Made(
        Program(12.5, before), {"climb": [[Program(8.3, after)]]}, seconds, clusters=CLUSTERS
    )
    summary, shown = report(once, tmp_path / "once")
    assert (summary["pairs"][0]["interval"], summary["pairs"][0]["decided"]) == (
        [None, None],
        False,
    )
    assert "+4.3 s [no interval: measured once], which is not decided" in shown
    base, best = Program(12.5, before, (12.2, 12.3, 12.4)), Program(8.3, after, (7.9, 8.0, 8.1))
    often = Made(base, {"climb": [[best]]}, seconds, clusters=CLUSTERS)
    summary, _ = report(often, tmp_path / "often")
    # Welch's t(4) = 2.776 standard errors of .1 sqrt(2/3)
    assert summary["cells"][0]["interval"] == pytest.approx([4.0733, 4.5267], abs=1e-4)
    assert summary["pairs"][0]["decided"]
