"""A study of each shape, run whole: objectives, splits and outputs of every sort.

Each is one run of three searchers with all that follows it, so that one test asks much of it.
"""

from __future__ import annotations

import importlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from shape_runs import SHAPES, Run, begun, flat

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

CONVERSATIONAL = re.compile(r"\b(conversation|question|turn|answered|memory)s?\b")
DATA_SPLIT = re.compile(r"\btest split\b|\bon test\b|\bsealed\b|\bgap\b")
Shape = Callable[..., Run]


@pytest.fixture
def shape(tmp_path: Path, cli: Callable[..., Any], serve: Callable[..., Any]) -> Shape:
    """shape("rmse") runs it in tmp_path/run."""
    return lambda name, *more: begun(name, tmp_path, cli, serve, *more)


def speaks_of_itself(run: Run, *, held_out_data: bool) -> None:
    """No word of another shape in anything that people or models read."""
    for text in (run.shown, run.notes, *run.server.prompts):
        assert not CONVERSATIONAL.findall(text), CONVERSATIONAL.search(text)
        if not held_out_data:
            assert not DATA_SPLIT.findall(text), DATA_SPLIT.search(text)


def goes_on_in_every_command(run: Run, cli: Callable[..., Any], tmp_path: Path) -> None:
    """Resumed, reported, drawn, exported, run again and shown."""
    table, before = (run.folder / "table.txt").read_text(), Counter(run.events())
    asked = len(run.server.prompts)
    again = run.compare(started=True)  # which walks over sets in an order of its own
    assert again.returncode == 0
    assert (run.folder / "table.txt").read_text() == table
    assert not set(Counter(run.events()) - before) - {"command"}
    assert len(run.server.prompts) == asked
    assert cli("report", "run", "--full").stdout == table
    drawn = cli("plot", "run").stdout.split()
    assert drawn and all((tmp_path / one).stat().st_size > 1000 for one in drawn)
    assert cli("export", "run", "--searcher", "autoresearch", "--out", "out").returncode == 0
    candidate = (tmp_path / "out" / "champion-autoresearch-0.json").read_text()
    assert candidate == (run.folder / "champion-autoresearch-0.json").read_text()
    champion = ("--candidate", "out/champion-autoresearch-0.json", "--run", "run")
    ran = cli("run", run.study, *champion, "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["objective"] == run.summary["objective"]
    if run.summary["objective"]["evidence"] != "measured":
        assert found["score"] == pytest.approx(run.cell("autoresearch")["search"])
    assert cli("studies", run.study).returncode == 0


def rmse_of(lapse: float, split: str, slope: float = 1.0) -> float:
    """RMSE of the forecasts of the rmse study, from its truth alone."""
    study = study_files.load(SHAPES / "rmse")
    task, clusters = study.task(), study.clusters(split)
    contexts, gold = task.contexts(), task.vault().gold
    errors = [
        300 - lapse * contexts[one.cluster]["height"] + slope * one.input["x"] - gold[one.id].answer
        for one in task.items()
        if one.cluster in clusters
    ]
    return math.sqrt(sum(error**2 for error in errors) / len(errors))


@pytest.mark.slow
def test_a_root_mean_squared_error_is_pooled_over_twelve_stations(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("rmse")
    found, base = run.cell("autoresearch"), run.summary["baseline"]
    assert run.summary["claim"] == "sealed"
    assert base["search"] == pytest.approx(rmse_of(0.0, "search"))
    assert base["test"] == pytest.approx(rmse_of(0.0, "test"))
    assert found["test"] == pytest.approx(rmse_of(0.0065, "test"))
    assert found["gain"] == pytest.approx(base["test"] - found["test"])
    low, high = found["interval"]
    assert 0 < low < found["gain"] < high
    assert "RMSE, K (lower is better); a gain above 0 is better" in run.shown
    assert "leads at a budget of 6 trials" in run.summary["verdict"]
    assert "is +5.503 [+4.090, +6.916] K" in run.summary["verdict"]
    assert "intervals by seed and station" in run.shown
    assert run.heads().startswith("searcher seed search test gain on test [95 %] gap")
    assert run.parts("autoresearch") == {"edit 1": ("bug_fix", pytest.approx(found["gain"]))}
    assert run.summary["pairs"][0]["clusters"] == 12
    prompt = run.server.prompts[0]
    assert "it is kept if the RMSE falls, else taken back" in prompt
    assert "# Scores now, on the stations that you may learn from" in prompt
    assert "**objective, RMSE in K (lower is better): 1.00192** (at the beginning" in prompt
    speaks_of_itself(run, held_out_data=True)
    goes_on_in_every_command(run, cli, tmp_path)
    patched = cli(
        "run", run.study, "--patch", "run/champion-autoresearch-0.patch", "--set", "slope=0"
    )
    level = f"{rmse_of(0.0065, 'search', slope=0):.4f}"
    assert patched.stdout.startswith(f"rmse (search): ok, RMSE {level} K\n"), patched.stderr
    assert "test: 96 readings of 12 stations" in cli("studies", run.study).stdout


def test_the_tutorials_searcher_climbs_where_less_is_better(
    evaluator: LocalEvaluator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "plugins" / "toolkit-hillclimb"))
    hillclimb = importlib.import_module("toolkit_hillclimb").HillClimb
    seen: list[toolkit.Lab] = []

    class Watched(hillclimb):  # type: ignore[misc, valid-type]
        def run(self, lab: toolkit.Lab) -> None:
            seen.append(lab)
            super().run(lab)

    bench = Bench(study_files.load(SHAPES / "rmse"), evaluator)
    plan = Plan([CellSpec("climb", "climb", Watched, {}, 0)], Budget(8), search_only=True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, plan).run()
    (cell,), (lab,) = state.cells.values(), seen
    assert (cell.ended or {})["status"] == "finished"
    assert (lab.objective.name, lab.objective.direction) == ("RMSE", "minimize")
    assert (lab.nouns.items, lab.claim, lab.constraints) == ("readings", "sealed", ())
    assert lab.baseline.score == pytest.approx(-rmse_of(0.0, "search"))
    best = max((trial.score or -9, trial.candidate.overrides["slope"]) for trial in lab.history)
    assert best[0] == pytest.approx(-rmse_of(0.0, "search", slope=best[1]))
    assert state.champion(cell).score == best[0] > (lab.baseline.score or 0)


@pytest.mark.slow
def test_an_exact_packing_is_reached_and_holds_nothing_out(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("packing")
    found = run.cell("autoresearch")
    assert run.summary["claim"] == "exact"
    assert (run.summary["baseline"]["search"], found["search"]) == (0.8, 1.0)
    assert (found["gain"], found["interval"]) == (pytest.approx(0.2), [None, None])
    assert run.cell("optuna")["search"] == pytest.approx(1.2)
    assert run.heads() == (
        "searcher seed reached gain trials failed shown CPU s model s tokens dollars"
    )
    assert "reaches sum of radii 1.2000 (validated exactly; no data was held out)" in run.shown
    assert "a gain of +0.4000, which is decided as to this program" in run.shown
    overlapping = run.trial("autoresearch", 2)
    assert overlapping.status == "invalid"
    assert "circles 0 and 4 overlap (task.py, line" in overlapping.detail
    assert found["trials"] == 6  # what fails is charged
    assert run.parts("autoresearch") == {"edit 1": ("bug_fix", pytest.approx(0.2))}
    prompt = run.server.prompts[0]
    assert "# Scores now\n" in prompt
    assert "# Some packings and their outputs now" in prompt
    assert "right:" not in prompt
    speaks_of_itself(run, held_out_data=False)
    goes_on_in_every_command(run, cli, tmp_path)
    refused = cli("run", run.study, "--split", "test")
    assert (refused.returncode, "has no test split" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_a_reported_loss_is_decided_by_its_own_noise(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("bits")
    found, base = run.cell("autoresearch"), run.summary["baseline"]
    assert (run.summary["claim"], run.summary["replicates"]["final"]) == ("replicates", 5)
    assert base["test"] == pytest.approx(3.1, abs=0.01)
    assert found["gain"] == pytest.approx(0.4, abs=0.01)
    low, high = found["interval"]
    assert 0.38 < low < found["gain"] < high < 0.42
    assert 0.001 < run.summary["noise"]["sd"] < 0.008  # it is 0.004
    assert "bits per byte (reported, lower is better)" in run.shown
    ahead = max(cell["gain"] for cell in run.summary["cells"])
    assert f"its reported gain over the baseline on other seeds is {ahead:+.3f}" in run.shown
    assert "under its own noise (5 seeds), on the same data" in run.shown
    assert run.heads() == (
        "searcher seed search (chosen on) other seeds (reported) gain on other seeds [95 %] trials "
        "shown"
    )
    assert run.parts("autoresearch") == {"edit 1": ("bug_fix", pytest.approx(found["gain"]))}
    prompt = run.server.prompts[0]
    assert "bits per byte (lower is better; the program reports it itself): 3.09" in prompt
    assert "right:" not in prompt
    speaks_of_itself(run, held_out_data=False)
    goes_on_in_every_command(run, cli, tmp_path)


@pytest.mark.slow
def test_seconds_are_measured_and_a_fast_wrong_sum_is_invalid(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("speed")
    found, base = run.cell("autoresearch"), run.summary["baseline"]
    assert run.summary["claim"] == "replicates"
    assert found["test"] < base["test"] / 2  # an eighth of the additions
    assert found["gain"] == pytest.approx(base["test"] - found["test"])
    assert found["interval"][0] > 0
    assert base["by_kind"]["test"] == {"correct": 1.0, "judged": 1.0}
    wrong = run.trial("autoresearch", 2)
    assert (wrong.status, wrong.score) == ("invalid", None)
    assert wrong.detail == "it breaks the constraint correct == 1: its correct is 0"
    assert found["trials"] == 6
    assert "CPU time, s (measured, lower is better)" in run.shown
    assert "its measured gain over the baseline on other seeds is" in run.shown
    assert "5 seeds" in run.shown
    (part,) = run.parts("autoresearch").values()
    assert part == ("bug_fix", pytest.approx(found["gain"]))
    prompt = run.server.prompts[0]
    assert (
        "A program must keep to correct == 1: an edit after which it does not is invalid" in prompt
    )
    assert "CPU time in s (lower is better; the host measures it)" in prompt
    assert "gets wrong" not in prompt  # all sums are right
    speaks_of_itself(run, held_out_data=False)
    goes_on_in_every_command(run, cli, tmp_path)
    (tmp_path / "mine.json").write_text('{"to-120000": 7199940000, "to-160000": 1}')
    scored = cli("score", run.study, "mine.json")
    assert scored.stdout == "judged     0.5000\n"
    assert "CPU time is measured while a program runs" in scored.stderr


@pytest.mark.slow
def test_an_area_under_the_curve_is_pooled_over_twelve_hospitals(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("auc")
    found, base = run.cell("autoresearch"), run.summary["baseline"]
    assert (run.summary["claim"], run.summary["pairs"][0]["clusters"]) == ("sealed", 12)
    assert base["test"] == pytest.approx(0.760, abs=5e-4)
    assert found["test"] == pytest.approx(0.959, abs=5e-4)
    low, high = found["interval"]
    assert 0 < low < found["gain"] < high
    assert run.cell("random")["champion"] == 0  # no weight of the age alone changes a ranking
    assert "AUC (higher is better)" in run.shown
    assert "+0.199 [+0.076, +0.322]" in run.shown
    assert "intervals by seed and hospital" in run.shown
    assert run.parts("autoresearch") == {"edit 1": ("bug_fix", pytest.approx(found["gain"]))}
    assert "# Some patients and their risks now" in run.server.prompts[0]
    speaks_of_itself(run, held_out_data=True)
    goes_on_in_every_command(run, cli, tmp_path)


@pytest.mark.slow
def test_eighty_queries_are_one_call_and_eighty_clusters(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("queries")
    found = run.cell("autoresearch")
    assert (run.summary["claim"], run.summary["pairs"][0]["clusters"]) == ("sealed", 40)
    assert found["search"] == pytest.approx(0.262, abs=5e-4)
    low, high = found["interval"]
    assert 0 < low < found["gain"] < high
    assert "reciprocal rank (higher is better)" in run.shown
    assert "intervals by seed and query" in run.shown
    assert re.search(r"it would take about \d+ queries \(now 40\)", run.shown)
    assert run.parts("autoresearch") == {"edit 1": ("bug_fix", pytest.approx(found["gain"]))}
    prompt = run.server.prompts[0]
    assert "# Some queries that it gets wrong now" in prompt
    assert "its ranking: [" in prompt
    speaks_of_itself(run, held_out_data=True)
    goes_on_in_every_command(run, cli, tmp_path)
    shown = cli("studies", run.study).stdout
    assert "search: q0*\n  test: q1*\n" in shown
    assert "search: 40 queries\ntest: 40 queries\n" in shown


@pytest.mark.slow
def test_numbers_lists_and_objects_are_outputs(
    shape: Shape, cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = shape("nested")
    found = run.cell("autoresearch")
    assert (found["search"], found["test"], found["gain"]) == (1.0, 1.0, 1.0)
    assert run.cell("random")["gain"] == pytest.approx(1 / 3)
    assert "baseline on test: count 0.000; list 0.000; object 0.000; overall 0.000" in run.shown
    # alone, the right page makes numbers right; whole lists and objects need it as well
    assert run.parts("autoresearch") == {
        "offset": ("hyperparameter", pytest.approx(2 / 3)),
        "edit 3": ("format", pytest.approx(1 / 3)),
    }
    assert "the unchanged program's scores are all alike" in run.notes
    prompt = run.server.prompts[0]
    assert 'its output: {"page": 2, "parts": [{"n": 2}]} (score 0)' in prompt
    assert "right: [1, 2, null]" in prompt
    speaks_of_itself(run, held_out_data=True)
    goes_on_in_every_command(run, cli, tmp_path)
    outputs = tmp_path / "outputs.jsonl"
    cli("run", run.study, "--outputs", str(outputs))
    assert flat(cli("score", run.study, str(outputs)).stdout).startswith(
        "overall 0.0000 (all kinds"
    )
