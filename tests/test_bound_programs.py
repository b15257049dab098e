"""Studies whose parameters are bound: loaded, run, compared, taken apart and exported."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bound_studies import MAIN, STUDY, write

from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.edits.anatomy import take_apart
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.finalize.series import series
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.patches import patch
from toolkit.records import Candidate
from toolkit.report import written
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.search.lab import Lab
from toolkit.study import study as study_files
from toolkit.study.space import Choice, Float, Int

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def bound_bench(tmp_path: Path, evaluator: LocalEvaluator) -> Bench:
    return Bench(study_files.load(write(tmp_path / "study")), evaluator)


def edited(bench: Bench, *changes: tuple[str, str]) -> str:
    text = bench.study.sources["program/main.py"]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return bench.study.pristine.edited("", {"program/main.py": text})


def test_defaults_are_read_from_the_code(bound_bench: Bench) -> None:
    assert bound_bench.study.space == {
        "DEPTH": Int(1, 12, 4),
        "RATE": Float(0.01, 1, 0.1, True),
        "mode": Choice(("slow", "fast"), "slow"),
        "bonus": Float(0, 1, 0.25),
    }


def test_values_are_written_into_the_program_that_runs(bound_bench: Bench) -> None:
    base = bound_bench.run(Candidate()).score
    assert base is not None
    best = bound_bench.run(Candidate({"DEPTH": 7, "RATE": 0.3}))
    assert best.score == pytest.approx(base + 0.15 + 0.2)
    fast = bound_bench.run(Candidate({"mode": "fast", "bonus": 1}))
    assert fast.score == pytest.approx(base + 1.0)
    usual = Candidate({"DEPTH": 4, "RATE": 0.1, "mode": "slow", "bonus": 0.25})
    assert bound_bench.files(usual) == bound_bench.files(Candidate())


def test_a_place_that_an_edit_removed_makes_the_trial_invalid_and_says_why(
    bound_bench: Bench,
) -> None:
    patch = edited(bound_bench, ("DEPTH = 4", "LAYERS = 4"), ("abs(DEPTH", "abs(LAYERS"))
    assert bound_bench.run(Candidate({"RATE": 0.3}, patch)).ok
    found = bound_bench.run(Candidate({"DEPTH": 5}, patch))
    assert found.status == "invalid"
    assert found.detail == (
        "parameter DEPTH is gone: program/main.py has no constant DEPTH any more"
    )


def test_values_that_an_edit_changed_are_the_edits(bound_bench: Bench) -> None:
    patch = edited(bound_bench, ("DEPTH = 4", "DEPTH = 9"))
    assert bound_bench.values(Candidate())["DEPTH"] == 4
    assert bound_bench.values(Candidate({}, patch))["DEPTH"] == 9
    assert bound_bench.values(Candidate({"DEPTH": 4}, patch))["DEPTH"] == 4
    assert b"DEPTH = 4 " in bound_bench.files(Candidate({"DEPTH": 4}, patch))["program/main.py"]


def test_dead_parameters_are_found_where_values_are_written(bound_bench: Bench) -> None:
    assert bound_bench.dead_parameters() == ["bonus"]  # the mode is slow


def test_written_defaults_give_the_same_outputs(bound_bench: Bench) -> None:
    assert bound_bench.rewritten() == ""


def test_a_program_that_written_defaults_change_is_told(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Its constant is an integer, and a range of floats writes 8.0 in its place."""
    one = 'BATCH = { float = [1, 16], at = "program/main.py:BATCH" }'
    other = MAIN.replace("BATCH / 1000", "len(range(BATCH))")
    bench = Bench(study_files.load(write(tmp_path / "a", one, main=other)), evaluator)
    assert "fails (crashed" in bench.rewritten()
    other = MAIN.replace("BATCH / 1000", "len(str(BATCH))")
    bench = Bench(study_files.load(write(tmp_path / "b", one, main=other)), evaluator)
    assert bench.rewritten().endswith("gives other outputs")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('X = { int = [5, 9], at = "program/main.py:DEPTH" }',
         r"X\.int: must be an integer in \[5, 9\], got 4 at program/main\.py, line 6; change"),
        ('X = { int = [0, 9], at = "program/main.py:RATE" }',
         r"X\.int: must be an integer in \[0, 9\], got 0\.1 at program/main\.py, line 7"),
        ('X = { int = [1, 9], default = 4, at = "program/main.py:DEPTH" }',
         r"X\.default: is read from the code, where it is 4 \(program/main\.py, line 6\)"),
        ('X = { int = [1, 9], at = "program/main.py:DEPTHS" }',
         r"X\.at: program/main\.py has no constant DEPTHS; did you mean 'DEPTH'"),
        ('X = { int = [1, 9], at = "main.py:DEPTH" }',
         r"X\.at: there is no file main\.py; did you mean 'program/main\.py'"),
        ('X = { int = [1, 9], at = "program/main.py:CONFIG" }',
         r"X\.at: program/main\.py, line 9: .* no plain value; write default"),
        ('X = { int = [1, 9], at = "DEPTH" }', r'X\.at: must be a place like "train\.py:DEPTH"'),
        ('X = { int = [1, 9], default = 2, at = "--depth" }',
         r"X\.at: --depth is an option, and a function takes none"),
        ('X = { int = [1, 9], at = "program/main.py:DEPTH" }\n'
         'Y = { int = [1, 5], at = "program/main.py:DEPTH" }', r"Y\.at: is the place of X, too"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_binding_is_told_at_load(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        study_files.load(write(tmp_path, line))


def test_a_default_that_cannot_be_read_is_written_in_the_study(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    main = MAIN.replace("DEPTH = 4", "DEPTH = int('4')")
    line = 'DEPTH = { int = [1, 9], default = 4, at = "program/main.py:DEPTH" }'
    bench = Bench(study_files.load(write(tmp_path, line, main=main)), evaluator)
    base, best = bench.run(Candidate()).score, bench.run(Candidate({"DEPTH": 7})).score
    assert base is not None
    assert best == pytest.approx(base + 0.15)


def test_a_program_after_its_start_has_the_defaults_of_the_start(tmp_path: Path) -> None:
    study = study_files.load(write(tmp_path))
    text = study.sources["program/main.py"].replace("DEPTH = 4", "DEPTH = 8")
    (tmp_path / "start.patch").write_text(study.pristine.edited("", {"program/main.py": text}))
    write(tmp_path, study=STUDY.replace("[parameters]", 'start = "start.patch"\n\n[parameters]'))
    assert study_files.load(tmp_path).space["DEPTH"].default == 8


def test_where_a_value_goes_is_part_of_the_study(tmp_path: Path) -> None:
    line = 'X = { int = [1, 9], at = "program/main.py:DEPTH" }'
    one = study_files.load(write(tmp_path / "a", line))
    other = study_files.load(write(tmp_path / "b", line.replace("main.py:DEPTH", "main.py:run#1")))
    assert (one.space["X"].default, other.space["X"].default) == (4, 1)
    assert one.digest != other.digest
    assert (
        one.digest
        != study_files.load(write(tmp_path / "a", "X = { int = [1, 9], default = 4 }")).digest
    )


class Edits:
    """Changes the constant and then sets it, back to what the study calls its default."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def run(self, lab: Lab) -> None:
        text = lab.sources["program/main.py"].replace("DEPTH = 4", "DEPTH = 12")
        text = text.replace("abs(DEPTH - 7)", "abs(DEPTH - 5)")
        first = lab.evaluate(lab.edit(Candidate(), {"program/main.py": text}))
        self.seen["after the edit"] = lab.params(first.candidate)["DEPTH"]
        lab.evaluate(Candidate({"DEPTH": 4}, first.candidate.patch, parent=first.number))


def compared(
    folder: Path, bench: Bench, cells: list[CellSpec], budget: float, **plan: Any
) -> tuple[State, list[str]]:
    told: list[str] = []

    class Listening(Observer):
        def note(self, text: str) -> None:
            told.append(text)

    with Ledger(folder, writer=True) as ledger:
        made = Plan(cells, Budget(budget), stall_s=60, **plan)
        return Comparison(bench, ledger, made, Listening()).run(), told


def test_a_value_over_a_changed_constant_is_a_part_of_its_own(
    tmp_path: Path, bound_bench: Bench
) -> None:
    """Left out because it equals the study's default, the champion would be another program."""
    searcher = Edits()
    cell = CellSpec("edits", "edits", lambda: searcher, {}, 0)
    state, _ = compared(tmp_path / "run", bound_bench, [cell], 2, search_only=True)
    assert searcher.seen["after the edit"] == 12
    found = state.cells[cell.key]
    champion = state.champion(found)
    assert champion.number == 2
    anatomy = take_apart(state, found)
    made = anatomy.candidate(anatomy.everything)
    assert [part.form for part in anatomy.parts] == ["edit", "parameter"]
    assert bound_bench.files(made) == bound_bench.files(champion.candidate)
    reviewed = series(state, found).steps[-1].after  # the values stand in its files
    assert reviewed.keys() >= {"program/main.py"}
    whole = bound_bench.files(made)
    assert {path: whole[path].decode() for path in reviewed} == reviewed


@pytest.mark.slow
def test_random_and_optuna_are_compared_and_exported_with_their_values(
    tmp_path: Path, bound_bench: Bench
) -> None:
    cells = [
        CellSpec("random", "random", RandomSearch, {}, 0),
        CellSpec("optuna", "optuna", OptunaSearch, {}, 0),
    ]
    state, told = compared(tmp_path / "run", bound_bench, cells, 8)
    assert state.findings["dead_parameters"] == ["bonus"]
    assert state.findings["bound_defaults"] == ""
    assert not any("default is written" in text for text in told)
    for cell in state.cells.values():
        champion = state.champion(cell).candidate
        assert champion.overrides
        whole = patch.apply(
            {path: text.decode() for path, text in bound_bench.study.files.items()},
            written.whole_patch(state, champion),
        )
        assert {p: t.encode() for p, t in whole.items()} == dict(bound_bench.files(champion))
        assert written.beside(state, champion) == []
    again, _ = compared(tmp_path / "run", bound_bench, cells, 8)
    assert {key: cell.started for key, cell in again.cells.items()} == {
        key: cell.started for key, cell in state.cells.items()
    }


def test_run_sets_a_bound_value_and_says_what_is_gone(cli: Cli, tmp_path: Path) -> None:
    study = str(write(tmp_path / "study"))
    found = json.loads(cli("run", study, "--set", "DEPTH=7", "--json").stdout)
    assert found["score"] == pytest.approx(1 - 0.2 - 0.008 + 0.005)
    told = cli("run", study, "--set", "DEPTH=13")
    assert told.returncode == 2
    assert "'DEPTH' must be an integer in [1, 12], got 13" in told.stderr


COMMAND = """import argparse, json, os, sys

p = argparse.ArgumentParser()
p.add_argument("--depth", type=int, default=4)
p.add_argument("--steep", action="store_true")
args = p.parse_args()
rate = float(os.environ.get("RATE", "0.1"))
height = 1 - abs(args.depth - 7) / 20 - abs(rate - 0.3) - args.steep / 10
job = json.load(sys.stdin)
json.dump([[height for _ in inputs] for _, inputs in job["calls"]], sys.stdout)
"""


def test_options_and_variables_reach_a_command(tmp_path: Path) -> None:
    parameters = (
        'depth = { int = [1, 12], at = "--depth" }\n'
        'steep = { flag = true, at = "--steep" }\n'
        'rate = { float = [0.01, 1], at = "env:RATE" }'
    )
    command = 'command = ["python", "program/main.py"]'
    text = STUDY.replace('entry = "program.main:run"', command)
    study = study_files.load(write(tmp_path, parameters, main=COMMAND, study=text))
    with LocalEvaluator(slots=1, command=True) as running:
        bench = Bench(study, running)
        base = bench.run(Candidate())
        assert base.score == pytest.approx(1 - 0.15 - 0.2), base.detail
        best = bench.run(Candidate({"depth": 7, "rate": 0.3}))
        assert best.score == pytest.approx(1.0), best.detail
        assert bench.run(Candidate({"steep": True})).score == pytest.approx(base.score - 0.1)
        assert bench.dead_parameters() == []
        assert bench.rewritten() == ""


def test_a_configuration_file_beside_the_task_belongs_to_a_program_that_is_bound_to_it(
    tmp_path: Path,
) -> None:
    """Files beside the task are else no part of a program whose path is the folder itself."""
    text = STUDY.replace('path = "program"', 'path = "."')
    mode = 'mode = { choices = ["slow", "fast"], at = "other.toml:mode" }'
    (tmp_path / "other.toml").write_text('mode = "fast"\n')
    study = study_files.load(write(tmp_path, mode, study=text))
    assert study.space["mode"].default == "fast"
    assert "other.toml" in study.files
    study = study_files.load(write(tmp_path, "X = { flag = true, default = true }", study=text))
    assert "other.toml" not in study.files


def test_a_study_shows_where_its_values_go(cli: Cli, tmp_path: Path) -> None:
    more = '[space]\nconstraints = ["DEPTH > RATE"]\n'
    shown = cli("studies", str(write(tmp_path / "study", more=more))).stdout
    assert 'at "program/main.py:DEPTH"' in shown
    assert "DEPTH > RATE" in shown
