"""Values that are equal in Python and different to a program: 1, 1.0, True and the text "1"."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

import toolkit
from searchers.autoresearcher import Autoresearch
from searchers.optuna_search import OptunaSearch, decoded, encoded
from toolkit.attribution.importance import importance
from toolkit.bench.bench import Bench
from toolkit.cli.run import parse_value
from toolkit.compare import Comparison
from toolkit.edits.anatomy import normal, take_apart
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.llm.gateway import Channel
from toolkit.llm.prices import Prices
from toolkit.records import Candidate, Trial, canonical, same
from toolkit.report.parts import part_name
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.options import build
from toolkit.study import study as study_files
from toolkit.study.space import Choice, Flag, Float, Int, settings
from toolkit.testing import search

ALIKE = (1.0, 1, True, "1", 0, 0.0, -0.0, False, "0", [1], [True], [1.0], {"a": 1}, {"a": True})
DECLARED = 'shape = { choices = [1.0, 1, "sqrt", true], default = 1.0 }'
# the program is at its best where shape is true, and not where it is 1 or 1.0
ONLY_TRUE = 'parameters["shape"] is True'


@pytest.fixture
def choosy(toy_folder: Path) -> Path:
    """The toy study with a choice whose values Python takes for one."""
    file, code = toy_folder / "study.toml", toy_folder / "toy_pipeline" / "curve.py"
    text = file.read_text()
    assert 'shape = { choices = ["flat", "peaked"], default = "flat" }' in text
    file.write_text(
        text.replace('shape = { choices = ["flat", "peaked"], default = "flat" }', DECLARED)
    )
    code.write_text(code.read_text().replace('parameters["shape"] == "peaked"', ONLY_TRUE))
    return toy_folder


def run(folder: Path, evaluator: LocalEvaluator, cell: CellSpec, budget: int, where: Path) -> State:
    bench = Bench(study_files.load(folder), evaluator)
    with Ledger(where, writer=True) as ledger:
        channel = Channel(Says(), None, Prices({}), None, None) if cell.uses_llm else None
        return Comparison(bench, ledger, Plan([cell], Budget(budget), channel=channel)).run()


class Says(toolkit.Provider):
    """Gives one series of edits again and again."""

    name, price_free = "says", True

    def complete(self, request: toolkit.Request) -> toolkit.Reply:
        edit = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: another value\nSET: shape = {}\n"
        reply = "\n".join(edit.format(value) for value in ("1.0", "1", "true"))
        return toolkit.Reply(reply, model="says", tokens_in=0, tokens_out=0)


def test_values_are_the_same_where_their_json_is() -> None:
    for one, other in itertools.product(ALIKE, repeat=2):
        assert same(one, other) == (one is other), (one, other)
    assert same((1, "a"), [1, "a"])  # both are handed over as one list
    assert not same(math.nan, math.nan)
    assert not same(object(), object())


def test_a_choice_tells_its_values_apart() -> None:
    choice, rng = Choice(ALIKE, 1.0), random.Random(0)
    for place, value in enumerate(ALIKE):
        assert choice.index(value) == place
        drawn = {canonical(choice.nudge(value, 0.5, rng)) for _ in range(300)}
        assert drawn == {canonical(other) for other in ALIKE} - {canonical(value)}
    for stranger in (2, "true", [0], math.nan, None):
        with pytest.raises(ValueError, match="must be one of"):
            Choice(ALIKE, 1.0).check(stranger)


def test_a_float_is_handed_over_as_a_float_however_it_was_written() -> None:
    space = {"x": Float(0, 2, 0.5), "n": Int(0, 2, 1), "c": Choice((1, 1.0), 1)}
    assert same(settings(space, {"x": 1, "n": 1, "c": 1}), {"x": 1.0, "n": 1, "c": 1})
    assert same(settings(space, {"x": True})["x"], True)  # refused elsewhere, and not made a number


def test_candidates_are_equal_where_their_programs_are() -> None:
    one, true = Candidate({"shape": 1}), Candidate({"shape": True})
    assert one == Candidate({"shape": 1}) != true
    assert len({one, true, Candidate({"shape": 1.0}), Candidate({"shape": 1})}) == 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{ choices = [1, true, 1], default = 1 }', "choices: holds 1 twice"),
        ('{ choices = [[1], [1]], default = [1] }', r"choices: holds \[1\] twice"),
        ("{ choices = [1, nan], default = 1 }", "choices: holds nan; a choice is"),
        ("{ choices = [1, [inf]], default = 1 }", r"choices: holds \[inf\]"),
        ("{ choices = [1, 2026-01-01], default = 1 }", "choices: holds datetime.date"),
        ("{ choices = [1, 2], default = 1.0 }", "default: must be one of 1, 2, got 1.0"),
        ("{ choices = [1, 2], default = true }", "default: must be one of 1, 2, got True"),
        ("{ float = [0, 1], default = false }", "default: must be a number"),
        ("{ float = [0, 1], default = nan }", "default: must be a number"),
        ("{ float = [false, true], default = 0.5 }", "float: needs"),
        ("{ int = [false, 3], default = 1 }", "int: needs"),
    ],
)  # fmt: skip
def test_a_study_file_is_told_what_no_choice_can_hold(
    line: str, problem: str, toy_folder: Path
) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[parameters]", f"[parameters]\nodd = {line}"))
    with pytest.raises(StudyError, match=f"parameters.odd.{problem}"):
        study_files.load(file)


def test_optuna_learns_which_of_the_values_it_was(choosy: Path, tmp_path: Path) -> None:
    code = choosy / "toy_pipeline" / "curve.py"
    code.write_text(f"def height(parameters):\n    return 0.9 if {ONLY_TRUE} else 0.1\n")
    cell = search(OptunaSearch, tmp_path / "run", budget=18, study=choosy)
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    drawn = [canonical(cell.trials[n].candidate.overrides["shape"]) for n in sorted(cell.trials)]
    assert set(drawn) == {"1.0", "1", '"sqrt"', "true"}
    assert drawn[9:].count("true") > 5  # of 9: by then it has seen that true is best


def test_a_choice_goes_to_optuna_as_its_place_and_comes_back_as_itself() -> None:
    choice = Choice(ALIKE, 1.0)
    places = [encoded(choice, value) for value in ALIKE]
    assert places == list(range(len(ALIKE)))
    assert same([decoded(choice, place) for place in places], list(ALIKE))


def test_importance_sees_the_value_that_moves_the_score() -> None:
    space = {"kind": Choice((1, 1.0, True), 1), "idle": Flag(False), "noise": Float(0, 1, 0.5)}
    rng = random.Random(1)
    trials = []
    for number in range(1, 61):
        values = {name: param.sample(rng) for name, param in space.items()}
        trials.append(
            Trial(
                number=number,
                candidate=Candidate(values),
                share=1.0,
                status="ok",
                score=float(values["kind"] is True),
            )
        )
    trials = [replace(t, score=(t.score or 0) + n / 1000) for n, t in enumerate(trials)]
    found = importance(
        space, Trial(number=0, candidate=Candidate(), share=1.0, status="ok", score=0.0), trials, 0
    )
    assert found
    assert found["fanova"]["kind"] > 0.9


def test_a_model_may_set_one_of_several_values_that_python_takes_for_one(
    choosy: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    cell = CellSpec("model", "model", Autoresearch, {}, 0, "says", uses_llm=True)
    state = run(choosy, evaluator, cell, 3, tmp_path / "run")
    trials = state.cells[cell.key].trials
    assert [trial.status for trial in trials.values()] == ["invalid", "ok", "ok"]
    assert "leaves the program as it is" in trials[1].detail  # 1.0 is what it has already
    assert same([trials[n].candidate.overrides["shape"] for n in (2, 3)], [1, True])
    assert trials[3].score > trials[2].score == state.baseline.score


def test_the_value_that_made_the_gain_is_a_part_of_the_champion(
    choosy: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    class Once:
        def run(self, lab: Any) -> None:
            lab.evaluate(Candidate({"shape": True, "x": 1, "steps": 2, "unused": False}))

    cell = CellSpec("once", "once", Once, {}, 0)
    state = run(choosy, evaluator, cell, 1, tmp_path / "run")
    anatomy = take_apart(state, state.cells[cell.key])
    assert same([dict(part.overrides) for part in anatomy.parts], [{"x": 1.0}, {"shape": True}])
    (account,) = state.accounts.values()
    gains = {row["part"]: row["value"]["mean"] for row in account["parts"]}
    assert gains["shape"] > 0.05
    defaults = state.study["defaults"]
    assert normal(Candidate({"shape": 1}), defaults).overrides == {"shape": 1}
    assert normal(Candidate({"shape": 1.0}), defaults).overrides == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("1.0", 1.0), ("true", True), ("True", True), ('"1"', "1"), ("[1]", [1]),
     ("[true]", [True]), ("sqrt", "sqrt"), ('"sqrt"', "sqrt"), ("7", "7"), ("nan", "nan")],
)  # fmt: skip
def test_a_choice_is_typed_as_it_stands_in_the_study(text: str, value: object) -> None:
    choice = Choice((True, "1", 1.0, 1, [True], [1], "sqrt", "7", "nan"), 1)
    assert same(parse_value(choice, text), value)


def test_an_option_may_be_one_of_several_values_that_python_takes_for_one() -> None:
    def factory(*, features: Literal[1, 1.0, True, "sqrt"] = 1.0) -> None:  # type: ignore[valid-type]
        """Takes one option."""

    for text, value in {"1": 1, "1.0": 1.0, "true": True, "True": True, "sqrt": "sqrt"}.items():
        assert same(build(factory, "s", {"features": text})["features"], value)


def test_a_table_shows_which_value_it_was() -> None:
    row = {"form": "parameter", "part": "shape"}
    shown = [
        part_name({**row, "sets": {"shape": value}}) for value in (1, 1.0, True, "1", "a", 0.1234)
    ]
    assert shown == ["shape=1", "shape=1.0", "shape=true", 'shape="1"', "shape=a", "shape=0.123"]
