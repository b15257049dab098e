"""Requirements between parameters: read safely, told at load, obeyed by searchers uncharged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bound_studies import write
from scripted import MODEL, Answer, ScriptedServer

import toolkit
from searchers.autoresearcher import Autoresearch
from searchers.optuna_search import PATIENCE, OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.gateway import Channel
from toolkit.llm.openai import OpenAiProvider
from toolkit.records import Candidate
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.requirement import Requirement
from toolkit.testing import BOUNDED, TOY, forget, path, search

NAMES = ["TOTAL", "BATCH", "SEQ", "kind", "sizes", "on"]
VALUES = {"TOTAL": 64, "BATCH": 8, "SEQ": 4, "kind": "rbf", "sizes": [1, 2], "on": True}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("TOTAL % (BATCH * SEQ) == 0", True),
        ("TOTAL // BATCH - SEQ > 4", False),
        ("1 < SEQ <= BATCH < TOTAL", True),
        ("BATCH ** 2 == TOTAL and not SEQ / 2 == 3", True),
        ("kind in ('rbf', 'poly') or TOTAL == 0", True),
        ("kind not in ['rbf']", False),
        ("len(sizes) == 2", True),
        ("max(BATCH, SEQ) - min(BATCH, SEQ) == abs(-4)", True),
        ("on", True),
        ("TOTAL % (SEQ - 4) == 0", False),
        ("BATCH ** TOTAL ** TOTAL > 1", False),
        ("kind < 3", False),
    ],
)
def test_an_expression_is_kept_or_broken(text: str, kept: bool) -> None:
    found = Requirement.parse(text, NAMES).broken(VALUES)
    assert (found == "") is kept
    if not kept:
        assert found.startswith(f"it breaks the requirement {text}")


def test_a_broken_one_shows_its_values_and_why() -> None:
    found = Requirement.parse("TOTAL % (SEQ - 4) == 0", NAMES).broken(VALUES)
    assert found == (
        "it breaks the requirement TOTAL % (SEQ - 4) == 0 cannot be computed (integer modulo by "
        "zero): TOTAL = 64, SEQ = 4"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TOTL == 1", r"no parameter 'TOTL'; did you mean 'TOTAL'\?"),
        ("TOTAL ==", "is no expression"),
        ("TOTAL = 3", "is no expression"),
        ("1 == 1", "names no parameter"),
        ("open('x') == TOTAL", r"open\(…\) is not allowed; allowed are"),
        ("__import__('os').system('x') == TOTAL", "is not allowed"),
        ("TOTAL.bit_length() > 1", "is not allowed"),
        ("[TOTAL for x in [1]]", "is not allowed"),
        ("(lambda: TOTAL)()", "is not allowed"),
        ("TOTAL == b'x'", "is not allowed"),
        ("max(TOTAL, key=BATCH)", "is not allowed"),
    ],
)
def test_nothing_but_arithmetic_of_parameters_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Requirement.parse(text, NAMES)


RANGES = "A = { int = [1, 9], default = 4 }\nB = { int = [1, 9], default = 2 }\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('["A < C"]', r"space\.constraints: 'A < C': there is no parameter 'C'"),
        ('["A <"]', r"space\.constraints: 'A <': .* is no expression"),
        ('["A < B"]', r"the unchanged program breaks one: .*A < B: A = 4, B = 2"),
        ('["A == 4", "B == 2", "A * B == 8", "A / 4 + B / 2 == 2 and A / B == 2 and A + X == 4.5"]',
         r"none of 10,000 random settings keeps A == 4 and B == 2"),
        ('"A > B"', r"space\.constraints: must be a list of texts"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_requirement_is_told_at_load(
    tmp_path: Path, line: str, message: str
) -> None:
    more = f"X = {{ float = [0, 1], default = 0.5 }}\n[space]\nconstraints = {line}\n"
    with pytest.raises(StudyError, match=message):
        study_files.load(write(tmp_path, RANGES, more))


def test_an_unknown_key_of_the_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"space\.constraint: is not a known key; did you mean"):
        study_files.load(write(tmp_path, RANGES, '[space]\nconstraint = ["A > B"]\n'))


def test_requirements_are_part_of_the_study_and_of_its_description(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    free = study_files.load(write(tmp_path / "a", RANGES))
    held = study_files.load(write(tmp_path / "b", RANGES, '[space]\nconstraints = ["A > B"]\n'))
    assert free.digest != held.digest
    assert Bench(held, evaluator).description()["requires"] == ["A > B"]
    assert "requires" not in Bench(free, evaluator).description()


class Stubborn:
    """Asks nobody, and submits what breaks a requirement."""

    told = ""

    def run(self, lab: toolkit.Lab) -> None:
        values = {"x": 0.9, "y": 0.9}
        type(self).told = lab.infeasible(values)
        assert lab.infeasible({"x": 0.1}) == ""
        lab.evaluate(Candidate(values))
        lab.evaluate(Candidate({"steps": 4}))


def test_what_is_submitted_all_the_same_is_charged_and_says_why(tmp_path: Path) -> None:
    cell = search(Stubborn, tmp_path / "run", budget=2, study=BOUNDED)
    first, second = cell.trials[1], cell.trials[2]
    assert first.status == "invalid"
    assert first.detail == Stubborn.told
    assert first.detail == "it breaks the requirement x + y <= 0.8: x = 0.9, y = 0.9"
    assert second.ok


def kept(cell: CellState, budget: int) -> bool:
    space = study_files.load(TOY).space
    defaults = {name: param.default for name, param in space.items()}
    values = [{**defaults, **trial.candidate.overrides} for trial in cell.trials.values()]
    assert len(values) == budget
    return all(one["x"] + one["y"] <= 0.8 and one["steps"] % 2 == 0 for one in values)


@pytest.mark.parametrize(
    ("factory", "options"),
    [
        (RandomSearch, {}),
        (OptunaSearch, {}),
        pytest.param(OptunaSearch, {"sampler": "qmc"}, marks=pytest.mark.slow),
    ],
)
def test_a_searcher_keeps_to_them_uncharged_and_replays_the_same(
    tmp_path: Path, factory: Any, options: dict[str, Any]
) -> None:
    whole = search(factory, tmp_path / "run", budget=8, study=BOUNDED, options=options)
    assert whole.ended is not None
    assert whole.ended["status"] == "finished"
    assert kept(whole, 8)
    forget(tmp_path / "run", 7)
    again = search(factory, tmp_path / "run", budget=8, study=BOUNDED, options=options)
    assert path(again) == path(whole)
    assert again.ended is not None
    assert not again.ended["diverged"]


class Fixed(toolkit.AskTell):
    """Proposes one setting for ever, which breaks a requirement."""

    skipped = 0

    def ask(self) -> Candidate:
        return Candidate({"x": 1.0, "y": 1.0})

    def skip(self, candidate: Candidate) -> None:
        type(self).skipped += 1


def test_a_searcher_that_proposes_nothing_else_is_ended_in_words(tmp_path: Path) -> None:
    cell = search(Fixed, tmp_path / "run", budget=2, study=BOUNDED)
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    assert "1,000 proposals in a row broke a requirement of [space]" in cell.ended["detail"]
    assert "x = 1.0, y = 1.0; widen the ranges" in cell.ended["detail"]
    assert Fixed.skipped == 1000
    assert not cell.trials


class Stuck(OptunaSearch):
    """A sampler that stays where nothing may be run."""

    asked = 0

    def _sampler(self, seed: int) -> Any:
        inner = super()._sampler(seed)
        samplers = self._optuna.samplers

        class Staying(samplers.BaseSampler):  # type: ignore[misc, name-defined]
            def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
                return {}

            def sample_relative(self, study: Any, trial: Any, space: Any) -> dict[str, Any]:
                return {}

            def sample_independent(self, study: Any, trial: Any, name: str, known: Any) -> Any:
                if name in {"x", "y"}:
                    return 1.0
                return inner.sample_independent(study, trial, name, known)

        return Staying()

    def skip(self, candidate: Candidate) -> None:
        type(self).asked += 1
        super().skip(candidate)


def test_optuna_leaves_a_corner_where_nothing_may_be_run(tmp_path: Path) -> None:
    cell = search(Stuck, tmp_path / "run", budget=3, study=BOUNDED)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert kept(cell, 3)
    assert 3 * PATIENCE <= Stuck.asked < 1000


REFUSED = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: more\nSET: x = 0.9\n"
"""x + y is 0.95 then"""
FITTING = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: the peak\nSET: x = 0.3\n"


def edited(folder: Path, budget: float, study: Path = BOUNDED) -> CellState:
    """One cell of the code editor on the toy study, asking the scripted server."""
    found = study_files.load(study)
    channel = Channel(OpenAiProvider(MODEL), sleep=lambda seconds: None)
    cell = CellSpec("a", "autoresearch", Autoresearch, {}, 0, channel.provider.name, True)
    plan = Plan([cell], Budget(budget), 1, 60, channel, search_only=True)
    with Ledger(folder, writer=True) as ledger, LocalEvaluator(slots=1) as running:
        return Comparison(Bench(found, running), ledger, plan).run().cells[cell.key]


def test_an_edit_that_breaks_one_is_told_and_not_charged(
    serve: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    server = serve(Answer(REFUSED + FITTING))
    cell = edited(tmp_path / "run", 1)
    assert [trial.candidate.overrides for trial in cell.trials.values()] == [{"x": 0.3}]
    assert "Values of parameters must keep x + y <= 0.8 and steps % 2 == 0" in server.prompts[0]
    serve(Answer(REFUSED))
    again = edited(tmp_path / "other", 1)
    assert [trial.status for trial in again.trials.values()] == ["invalid"]
    assert len(again.completions) == 11  # ten are free in a row


def test_a_study_without_requirements_has_the_prompt_that_it_had(
    serve: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    server = serve(Answer(FITTING))
    edited(tmp_path / "run", 1, TOY)
    assert "must keep" not in server.prompts[0]
    assert "(a value).\n- Every edit is charged" in server.prompts[0]


@pytest.mark.slow
@pytest.mark.parametrize("factory", [RandomSearch, OptunaSearch])
def test_requirements_that_hardly_anything_keeps_give_no_endless_attempts(
    tmp_path: Path, toy_folder: Path, factory: Any
) -> None:
    """One setting in some thousands keeps it: the study loads, and the search comes to an end."""
    file = toy_folder / "study.toml"
    file.write_text(f'{file.read_text()}\n[space]\nconstraints = ["abs(x - 0.1) < 0.0001"]\n')
    cell = search(factory, tmp_path / "run", budget=3, study=toy_folder)
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    assert "1,000 proposals in a row broke a requirement" in cell.ended["detail"]
    assert len(cell.trials) < 3
