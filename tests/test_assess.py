"""Suitability of a study for research: figures that are known by construction."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
import sums
from conftest import ROOT
from drawn import SECRET
from shape_runs import SHAPES

from toolkit.bench import replicates
from toolkit.bench.bench import Bench
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Limits
from toolkit.records import Scored, Usage
from toolkit.study import study as study_files
from toolkit.suitability import cycle, disk, headroom, metric, modularity, revertability
from toolkit.suitability.judgement import Property, least, most, percent
from toolkit.suitability.runs import Course, Run, Runs, evaluated
from toolkit.suitability.suitability import Suitability, assess

Cli = Callable[..., subprocess.CompletedProcess[str]]
WRONG = "x = { int = [1, 3], default = 2 }"
COIN = """
import random

def run(context, inputs, parameters, services):
    luck = random.Random(services["seed"]).random() < 0.5
    return [{"answer": str(n if luck or n else 9)} for n in inputs]
"""
"""wrong about 0, a third of the items, under half of the seeds"""
LUCKY = """
import random

def run(context, inputs, parameters, services):
    luck = random.Random(f"{services['seed']} {parameters['x']}")
    return [{"answer": str(n if luck.random() < 0.5 else 9)} for n in inputs]
"""
"""each output is right half of the time, whatever the parameter"""
FRAIL = """
import random

def run(context, inputs, parameters, services):
    if parameters["x"] == services["seed"]:
        raise RuntimeError("cannot stand this seed")
    reach = 3 if parameters["x"] > 1 else random.Random(services["seed"]).choice([1, 2])
    return [{"answer": str(n if n < reach else 9)} for n in inputs]
"""
"""right about all three inputs where x is a seed, but fails under that seed; else about one or two"""
CLOCK = """
import time

def run(context, inputs, parameters, services):
    return [{"answer": str(n), "when": time.time_ns()} if n else n for n in inputs]
"""
"""the outputs of 1 and 2 are never the same again; all are right"""


def assessed(folder: Path, evaluator: LocalEvaluator, course: Course) -> Suitability:
    bench = Bench(study_files.load(folder), evaluator)
    bench.follow(SECRET)
    found = assess(bench, course, 50, lambda text: None)
    assert bench.tally.openings == 0
    return found


def figures(found: Suitability) -> dict[str, dict[str, Any]]:
    return {one.key: {**one.to_json(), "texts": texts(one)} for one in found.properties}


def texts(one: Property) -> str:
    return "\n".join(finding.text for finding in one.findings)


def test_step_noise_and_headroom_of_a_study_that_is_known(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Six items score 0 or 1, two of them 1; x = 1 makes all of them right."""
    folder = sums.write(tmp_path / "sums", parameters=WRONG)
    found = figures(assessed(folder, evaluator, Course(seeds=3, settings=12)))
    score, room = found["metric"], found["headroom_for_tuning"]
    assert score["score"] == pytest.approx(1 / 3)
    assert score["step"] == pytest.approx(1 / 6)
    assert (score["noise_sd"], score["runs"]) == (0.0, 3)
    # items vary by 1/3 in 6 items of 2 clusters; t at one degree of freedom
    assert score["smallest_gain"] == pytest.approx((12.7062 + 1.3764) * (1 / 18) ** 0.5, rel=1e-4)
    assert score["judgement"] == "poor"
    assert (room["settings"], room["different"], room["failed"]) == (12, 3, 0)
    assert (room["best"], room["best_setting"]) == (1.0, {"x": 1})
    assert room["gain"] == pytest.approx(2 / 3)
    assert 0 < room["better"] < 12
    assert "seal more clusters in the test split" in score["findings"][-1]["advice"]


def test_noise_is_that_of_the_seeds_of_replicates(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    import random

    folder = sums.write(tmp_path / "coin", COIN, splits='test = "replicates"')
    study = study_files.load(folder)
    seeds = [study.seed, *(replicates.drawn(SECRET, "search", n) for n in range(1, 8))]
    expected = [1.0 if random.Random(seed).random() < 0.5 else 2 / 3 for seed in seeds]
    assert len(set(expected)) == 2
    found = figures(assessed(folder, evaluator, Course(seeds=8, settings=0)))
    assert found["metric"]["noise_sd"] == pytest.approx(stdev(expected))
    assert found["metric"]["smallest_gain"] > stdev(expected)
    assert "from seed to seed (standard deviation of 8 runs)" in found["metric"]["texts"]
    assert found["revertability"]["differing_outputs"] == []  # under one seed it is the same
    assert found["headroom_for_tuning"]["judgement"] is None


def test_luck_in_an_exact_claim_is_told(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    folder = sums.write(tmp_path / "coin", COIN, splits='test = "none"')
    score = figures(assessed(folder, evaluator, Course(seeds=8, settings=0)))["metric"]
    assert (score["smallest_gain"], score["judgement"]) == (0.0, "fair")
    assert "so that a search can win by luck alone" in score["texts"]
    assert "any gain can be decided; the smallest is one step, 0.0833" in score["texts"]


def test_outputs_that_differ_under_one_seed_are_named(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = sums.write(tmp_path / "clock", CLOCK)
    found = figures(assessed(folder, evaluator, Course(seeds=2, settings=0)))["revertability"]
    assert found["differing_outputs"] == ["a1", "a2", "b1", "b2"]
    assert (found["judgement"], found["same_seed_score_gap"]) == ("fair", 0.0)
    assert "4 of 6 outputs differ" in found["texts"] and "the score is the same" in found["texts"]


def test_a_seed_that_fails_makes_the_metric_poor(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    seed = replicates.drawn(SECRET, "search", 1)
    values = f"fails = {{ choices = [[{seed}], []], default = [{seed}] }}"
    folder = sums.write(tmp_path / "frail", sums.NOISY, parameters=values)
    score = figures(assessed(folder, evaluator, Course(seeds=3, settings=0)))["metric"]
    assert (score["failed_runs"], score["judgement"]) == (1, "poor")
    assert "failed in 1 of 3 runs" in score["texts"]


def test_an_unchanged_program_without_a_score_is_refused(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = sums.write(tmp_path / "broken", "def run(*given):\n    raise OSError('no model')\n")
    bench, told = Bench(study_files.load(folder), evaluator), []
    with pytest.raises(UserError, match="does not run on the search split") as caught:
        evaluated(bench, Course(2, 2), told.append)
    assert "no model" in str(caught.value) and "mend the code under study" in str(caught.value)
    assert len(told) == 1 and told[0].startswith("5 evaluations of the search split")


def test_settings_that_fail_are_counted_and_not_ranked() -> None:
    found = headroom.Headroom(
        settings=4, different=4, scores=(0.5, 0.6), best={"x": 1}, level=0.4, gain=0.2, luck=0.0,
        needed=None, parameters=1, reasons=("boom\nOSError: no such depth", "another"),
    )  # fmt: skip
    assert (found.failed, found.better) == (2, 2)


def test_a_setting_that_one_seed_made_lucky_is_no_headroom(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Every value is as good as any other: what the best of twenty gains, it gains by its seed."""
    values = "x = { int = [1, 1000], default = 1 }"
    folder = sums.write(tmp_path / "lucky", LUCKY, parameters=values)
    assessment = assessed(folder, evaluator, Course(seeds=6, settings=20))
    found = figures(assessment)
    room = found["headroom_for_tuning"]
    assert room["best"] > found["metric"]["score"] + 0.3
    assert (room["seeds"], room["judgement"]) == (5, "poor")
    assert abs(room["gain"]) < room["luck"]
    assert "under 5 seeds that did not choose it" in room["texts"]
    assert assessment.evaluations == 6 + 1 + 20 + 5


def test_a_setting_that_fails_under_another_seed_is_no_headroom(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    seed = replicates.drawn(SECRET, "search", 1)
    values = f"x = {{ choices = [1, {seed}], default = 1 }}"
    folder = sums.write(tmp_path / "frail", FRAIL, parameters=values)
    room = figures(assessed(folder, evaluator, Course(seeds=8, settings=6)))["headroom_for_tuning"]
    assert (room["best"], room["judgement"]) == (1.0, "poor")
    assert "the best setting fails under 1 of 7 other seeds" in room["texts"]


def test_what_could_be_decided_rests_on_how_the_best_setting_differs(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Setting x to 1 mends four of six items, which vary by 1/3; so did the defaults' scores."""
    folder = sums.write(tmp_path / "sums", parameters=WRONG)
    room = figures(assessed(folder, evaluator, Course(seeds=2, settings=12)))["headroom_for_tuning"]
    assert (room["seeds"], room["luck"], room["judgement"]) == (0, 0.0, "fair")
    assert room["needed"] == pytest.approx((12.7062 + 1.3764) * (1 / 18) ** 0.5, rel=1e-4)
    assert "less than a comparison could decide (3.32)" in room["texts"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "nanolm"])
def test_the_studies_whose_tuning_a_comparison_decides_have_headroom(
    evaluator: LocalEvaluator, name: str
) -> None:
    room = figures(assessed(ROOT / "studies" / name, evaluator, Course(slots=2)))[
        "headroom_for_tuning"
    ]
    assert room["judgement"] == "good", room["texts"]
    assert room["gain"] >= room["needed"] > 0


@pytest.mark.parametrize(
    ("sources", "untouched", "circles"),
    [
        ({"p/a.py": "import p.b\n", "p/b.py": "from . import c\n", "p/c.py": "1\n"}, 0.5, []),
        (
            {"m.py": "import a, b, c\n", "a.py": "1\n", "b.py": "1\n", "c.py": "1\n"},
            0.75, [],
        ),
        ({"a.py": "import b\n", "b.py": "def f():\n    import a\n"}, 0.0, [["a.py", "b.py"]]),
        ({"only.py": "import os\n"}, None, []),
        ({"src/a.py": "import b\n", "src/b.py": "1\n"}, 0.5, []),
        ({"a.py": "open('x/words.txt')\n", "x/words.txt": "hello\n"}, 0.5, []),
        ({"p/__init__.py": "1\n", "p/a.py": "from p import one\n"}, 0.5, []),
    ],
    ids=["chain", "star", "circle", "one file", "beside it", "text", "package"],
)  # fmt: skip
def test_share_that_an_edit_of_one_file_leaves_untouched(
    sources: dict[str, str], untouched: float | None, circles: list[list[str]]
) -> None:
    found = modularity.read(sources)
    assert found.untouched == (untouched if untouched is None else pytest.approx(untouched))
    assert found.graph.circles() == circles


def test_a_circle_and_a_file_that_cannot_be_read_are_named() -> None:
    found = modularity.judged(
        modularity.read({"a.py": "import b\n", "b.py": "import a\n", "c.py": "def (\n"})
    )
    assert found.grade == "poor"
    assert "a.py, b.py): 67% of the lines" in texts(found)
    assert "c.py cannot be read as Python" in texts(found)
    assert any(one.advice.startswith("break the circle of a.py and b.py") for one in found.advice)


def test_code_without_python_is_not_judged_by_imports() -> None:
    found = modularity.judged(modularity.read({"main.c": "int main;\n" * 3}))
    assert "no editable file is Python" in texts(found) and found.grade == "good"


def test_a_file_of_the_programs_folder_that_a_run_leaves_is_found(tmp_path: Path) -> None:
    for name in ("kept.py", "gone.txt", "changed.txt"):
        (tmp_path / name).write_text("1")
    before = disk.seen(tmp_path)
    (tmp_path / "changed.txt").write_text("2")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "new.log").write_text("1")
    (tmp_path / "cache.pyc").write_bytes(b"")
    assert disk.changed(before, disk.seen(tmp_path)) == ["changed.txt", "gone.txt", "new.log"]


def test_edits_are_taken_back_whatever_the_line_ends() -> None:
    sources = {"a.py": "x = 1", "b.py": "x = 1\r\ny = 2\r\n", "c.py": "", "d.txt": "ü\n\n"}
    assert revertability.stuck(sources) == []


@pytest.mark.parametrize(
    ("seconds", "slots", "a_day", "grade"),
    [(60, 1, 1440, "good"), (300, 2, 576, "fair"), (1800, 1, 48, "poor")],
)
def test_cycle_time_counts_the_slots(seconds: float, slots: int, a_day: int, grade: str) -> None:
    run = Run(Scored(status="ok", score=1.0, usage=Usage(seconds, 6.0)), seconds)
    found = cycle.read(Runs(run, run, [run], [], slots), Limits(cpu_s=10), 50)
    assert found.a_day == a_day
    judged = cycle.judged(found)
    assert judged.findings[0].grade == grade
    assert "60% of its limit of 10 s: a candidate that is a little slower" in texts(judged)
    assert judged.findings[2].advice == "raise [limits] cpu_s to at least 24"


def test_grades_begin_at_their_thresholds() -> None:
    assert [most(value, 0.1, 0.3) for value in (0.1, 0.3, 0.31)] == ["good", "fair", "poor"]
    assert [least(value, 1000, 100) for value in (1000, 100, 99)] == ["good", "fair", "poor"]
    assert [percent(share) for share in (0, 0.001, 0.16)] == ["0%", "less than 1%", "16%"]


def test_the_page_names_the_thresholds() -> None:
    page = (ROOT / "docs" / "assess.md").read_text()
    told = [
        f"{metric.GOOD:.0%} or less | up to {metric.FAIR:.0%}",
        f"{modularity.GOOD:.0%} or more | {modularity.FAIR:.0%} or more",
        f"{modularity.LONG:,} lines or less | up to {modularity.TOO_LONG:,}",
        f"{cycle.GOOD:,} or more | {cycle.FAIR:,} or more",
        f"{cycle.NEAR:.0%} or less",
        f"{headroom.FAILED_GOOD:.0%} or less | up to {headroom.FAILED_FAIR:.0%}",
    ]
    assert [one for one in told if one not in page] == []


def test_the_command_says_its_cost_first_and_gives_json(cli: Cli, toy_folder: Path) -> None:
    done = cli("assess", str(toy_folder), "--settings", "3", "--runs", "2", "--json")
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert first.startswith("6 evaluations of the search split: the unchanged program under 2 se")
    assert second.startswith("the first one took ") and "the other 5 take about" in second
    found = json.loads(done.stdout)
    assert found["evaluations"] == 6
    assert {name: one["judgement"] for name, one in found["properties"].items()}.keys() == {
        "metric", "modularity", "cycle_time", "revertability", "headroom_for_tuning",
    }  # fmt: skip
    assert found["properties"]["revertability"]["isolation"] == "confined"
    assert not (toy_folder.parent / "runs").exists()


def test_a_study_without_parameters_has_nothing_to_tune(cli: Cli, toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().partition("[parameters]")[0])
    code = toy_folder / "toy_pipeline" / "curve.py"
    code.write_text("def height(parameters):\n    return 0.3\n")
    done = cli("assess", str(toy_folder), "--runs", "2")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("3 evaluations")
    assert "headroom for tuning: not judged" in done.stdout
    assert "declares no parameters, so that there is nothing to tune" in done.stdout


def test_a_reported_number_is_said_to_be_one(evaluator: LocalEvaluator) -> None:
    found = assessed(SHAPES / "bits", evaluator, Course(seeds=4, settings=6))
    shown = "\n".join(found.lines())
    assert "metric: fair" in shown
    assert "reported by the program: an edit can forge it" in shown
    assert "1. let the host compute the score" in shown
    assert figures(found)["headroom_for_tuning"]["gain"] > 0  # less is better


@pytest.mark.parametrize("shape", ["auc", "packing", "speed"])
def test_other_shapes_are_assessed(evaluator: LocalEvaluator, shape: str) -> None:
    score = figures(assessed(SHAPES / shape, evaluator, Course(seeds=2, settings=2)))["metric"]
    expected = {"auc": 0.735, "packing": 0.8}
    if shape in expected:
        assert score["score"] == pytest.approx(expected[shape], abs=5e-3)
        assert score["noise_sd"] == 0
    else:
        assert score["noise_sd"] > 0 and score["smallest_gain"] > score["noise_sd"]


def test_a_reported_number_that_never_wavers_is_reached_and_not_decided(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    more = '[objective]\nevidence = "reported"'
    reported = sums.write(tmp_path / "reported", splits='test = "none"', more=more)
    shown = "\n".join(assessed(reported, evaluator, Course(seeds=2, settings=0)).lines())
    assert "no gain can be decided: nothing is held out and no run is repeated" in shown
    assert "any gain can be decided" not in shown
    again = sums.write(tmp_path / "again", splits='test = "replicates"', more=more)
    shown = "\n".join(assessed(again, evaluator, Course(seeds=2, settings=0)).lines())
    assert "any gain can be decided" in shown


@pytest.mark.slow
def test_a_noisy_report_decides_as_little_in_assess_as_in_compare(cli: Cli, tmp_path: Path) -> None:
    more = '[objective]\nevidence = "reported"'
    folder = sums.write(tmp_path / "coin", COIN, splits='test = "none"', more=more)
    done = cli("assess", str(folder), "--runs", "24", "--settings", "0", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["properties"]["metric"]
    assert found["noise_sd"] > 0
    assert found["smallest_gain"] is None
    compared = cli("compare", str(folder), "--budget", "1", "--searchers", "random", "--no-plots")
    assert "no gain can be decided" in compared.stderr


def test_a_noisy_report_is_told_the_key_that_its_study_may_have(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    more = '[replicates]\nsearch = 2\n[objective]\nevidence = "reported"'
    folder = sums.write(tmp_path / "coin", COIN, splits='test = "none"', more=more)
    found = assessed(folder, evaluator, Course(seeds=8, settings=0))
    shown = list(found.lines())
    assert shown[:2] == ["sums", "assessed on its search split, 12 items of 4 clusters"]
    assert found.advice[0].startswith("run more replicates (`[replicates] search` in study.toml)")
    bench = Bench(study_files.load(folder), evaluator)
    bench.follow(SECRET)
    fewer = assess(bench, Course(8, 0), 2, lambda text: None)
    (large, _), (small, _) = [
        (figures(one)["metric"]["smallest_gain"], one.trials) for one in (found, fewer)
    ]
    assert large > small  # the best of fifty is luckier than the best of two
