"""A study's own rule that raises, or gives no score, on one program's output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shapes_of_outputs import judge

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.bench.judge import Unscored
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report import files, tables
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.task import Gold

SCORER = "    try:\n        distance"
ANSWERS = "def run(conversation, questions, parameters, services):\n    return [{{'answer': {answer!r}}} for _ in questions]\n"
Run = Callable[..., State]
Cli = Callable[..., subprocess.CompletedProcess[str]]


class Answers:
    """Proposes programs that answer the same to everything, then changes a parameter."""

    texts = ("", "nan", "1.0")

    def run(self, lab: toolkit.Lab) -> None:
        for text in self.texts:
            files = {"toy_pipeline/main.py": ANSWERS.format(answer=text)}
            lab.evaluate(lab.edit(toolkit.Candidate(), files))


@pytest.fixture
def run(evaluator: LocalEvaluator, tmp_path: Path) -> Run:
    """run(study folder, what the scorer does first) -> State of two searchers' comparison."""

    def compare(folder: Path, first: str, *, search_only: bool = False) -> State:
        task = folder / "task.py"
        text = task.read_text()
        if first not in text:
            task.write_text(text.replace(SCORER, f"{first}\n{SCORER}"))
        cells = [
            CellSpec("answers", "answers", Answers, {}, 0),
            CellSpec("random", "random", RandomSearch, {}, 0),
        ]
        with Ledger(tmp_path / "run", writer=True) as ledger:
            bench = Bench(study_files.load(folder), evaluator)
            return Comparison(bench, ledger, Plan(cells, Budget(3), search_only=search_only)).run()

    return compare


def cell_of(state: State, alias: str):  # type: ignore[no-untyped-def]
    return next(cell for cell in state.cells.values() if cell.alias == alias)


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("    output['answer'].split()[0]", "raised IndexError on item"),
        (
            "    if not output['answer']: return float('nan')",
            "gave nan, which is no finite number, for item",
        ),
        (
            "    if not output['answer']: return '1.5'",
            "gave '1.5', which is no finite number, for item",
        ),
        (
            "    if not output['answer']: return None",
            "gave None, which is no finite number, for item",
        ),
        (
            "    if not output['answer']: return 10**5000",
            "gave a value of type int that cannot be written, beyond 1e+70, for item",
        ),
        (
            "    class Odd:\n        def __repr__(self): raise SystemExit(3)\n"
            "    if not output['answer']: return Odd()",
            "gave a value of type Odd that cannot be written, which is no finite number, for item",
        ),
        (
            "    class Odd(float):\n        def __float__(self): raise ValueError('no')\n"
            "    if not output['answer']: return Odd()",
            "raised ValueError on item",
        ),
        (
            "    class Odd(Exception):\n        def __str__(self): raise ValueError(1)\n"
            "    if not output['answer']: raise Odd",
            "raised Odd on item",
        ),
        ("    if not output['answer']: raise SystemExit(3)", "raised SystemExit on item"),
        ("    if not output['answer']: raise GeneratorExit", "raised GeneratorExit on item"),
        ("    if not output['answer']: score(gold, output)", "raised RecursionError on item"),
    ],
)
def test_it_fails_that_trial_and_the_others_go_on(
    run: Run, toy_folder: Path, first: str, reason: str
) -> None:
    state = run(toy_folder, first, search_only=True)
    trials = cell_of(state, "answers").trials
    assert [trials[n].status for n in (1, 2, 3)] == ["invalid", "ok", "ok"]
    told = trials[1].detail
    assert f"the study's scorer {reason} a:" in told
    assert ", whose output is {'answer': ''}" in told
    assert trials[1].score is None
    assert trials[3].score == pytest.approx(1.0)
    assert [trial.status for trial in cell_of(state, "random").trials.values()] == ["ok"] * 3
    again = run(toy_folder, first, search_only=True)  # the same command: nothing is left to do
    assert cell_of(again, "answers").trials == trials


@pytest.mark.slow
def test_the_report_is_written_all_the_same(run: Run, toy_folder: Path, tmp_path: Path) -> None:
    state = run(toy_folder, "    output['answer'].split()[0]")
    files.write(state, tmp_path / "run", plots=False)
    assert "1 of 3 trials failed: 1 invalid" in tables.text(summarise(state))


def test_it_is_an_error_of_the_study_where_the_baseline_cannot_be_scored(
    run: Run, toy_folder: Path
) -> None:
    with pytest.raises(toolkit.StudyError) as caught:
        run(toy_folder, "    1 / 0")
    told = str(caught.value)
    assert told.startswith("study 'toy': the study's scorer raised ZeroDivisionError on item a:")
    assert ", whose output is {'answer': '" in told
    assert "division by zero (task.py, line " in told
    assert f"mend the task, or [objective] constraint, in {toy_folder}" in told


def test_run_says_so_of_the_unchanged_program_and_fails_the_trial_of_another(
    cli: Cli, toy_folder: Path
) -> None:
    task = toy_folder / "task.py"
    task.write_text(task.read_text().replace(SCORER, f"    output['no']\n{SCORER}"))
    done = cli("run", str(toy_folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the study's scorer raised KeyError on item a:" in done.stderr
    other = cli("run", str(toy_folder), "--set", "x=0.5", "--json")
    assert (other.returncode, json.loads(other.stdout)["status"]) == (1, "invalid")


def test_it_is_an_error_of_the_study_where_its_own_constant_cannot_be_scored(
    run: Run, toy_folder: Path
) -> None:
    with pytest.raises(toolkit.StudyError, match=r"constant 'no'.*raised KeyError on item"):
        run(toy_folder, "    if output['answer'] == 'no': {}['x']")


def test_metrics_that_raise_fail_the_trial_too(run: Run, toy_folder: Path) -> None:
    task = toy_folder / "task.py"
    metrics = "    def metrics(self, rows):\n        return {'n': float(rows[0].output['answer'] or 'no')}\n\n"
    task.write_text(task.read_text().replace("    def floors", f"{metrics}    def floors"))
    trials = cell_of(run(toy_folder, "", search_only=True), "answers").trials
    assert [trials[n].status for n in (1, 2, 3)] == ["invalid", "invalid", "ok"]
    first = "12 answers (the first: {'answer': ''} of item a:0)"
    assert f"the study's metrics raised ValueError on {first}: could not" in trials[1].detail
    assert "metrics 'n' gave nan, which is no finite number, for 12 answers" in trials[2].detail


def test_a_symmetric_rule_that_raises_leaves_the_official_score(run: Run, toy_folder: Path) -> None:
    task = toy_folder / "task.py"
    text = task.read_text().replace("best=1.0)", "best=1.0, symmetric=odd)")
    task.write_text(f"{text}\n\ndef odd(gold, output):\n    return [][0]\n")
    state = run(toy_folder, "")
    assert cell_of(state, "answers").trials[3].status == "ok"
    assert state.assessments["symmetric rule:baseline", "test"].status == "crashed"
    assert "raised IndexError" in state.assessments["symmetric rule:baseline", "test"].detail
    assert "autoresearch" not in tables.text(summarise(state))  # the report is made all the same


@pytest.mark.parametrize("score", [np.float32(0.5), np.float64(0.5), -0.5, True, 1e9, 0])
def test_any_finite_number_is_a_score(score: object) -> None:
    found = judge({"i": ("c", Gold(""))}, lambda gold, output: score).judge({"i": ""})
    assert type(found.score) is float
    assert found.rows == {"i": float(score)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "score",
    [float("inf"), 10**400, "0.5", 1j, np.float32("nan"), np.float32("inf"), [0.5]],
)
def test_what_is_no_score_is_said_with_the_item(score: object) -> None:
    rules = judge({"i": ("c", Gold(""))}, lambda gold, output: score)
    with pytest.raises(
        Unscored,
        match=r"study's scorer gave .*, (which is|beyond) .*, for item i, whose output is ''$",
    ):
        rules.judge({"i": ""})
