"""Cells that search for what a view sees because their own options ask for it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from planned import options
from staged_runs import STOP, Scripted, staged
from viewed_studies import VIEWS, lay

from searchers.autoresearcher import Autoresearch
from toolkit.assessments.views import require
from toolkit.bench.bench import Bench
from toolkit.cli.cells import plan_cells
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.llm.gateway import Channel
from toolkit.plugins import installed
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.program import by_view
from toolkit.study import study as study_files


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("honest", True, "true"),
        ("guard", False, "false"),
        ("repairs", 1, "1"),
        ("replicate", False, "false"),
        ("prune", False, "false"),
        ("prompt_tokens", 8000, "8000"),
    ],
)
def test_what_only_the_staged_loop_heeds_is_refused_without_it(
    option: str, value: bool | int, told: str
) -> None:
    given: dict[str, Any] = {option: value}
    with pytest.raises(UserError) as refused:
        Autoresearch(**given)
    assert str(refused.value) == (
        f"autoresearch.{option}={told} is an option of the staged loop: add "
        "-o autoresearch.loop=stages, or leave it out"
    )
    assert getattr(Autoresearch(loop="stages", **given).options, option) == value


def test_an_honest_staged_loop_searches_for_the_symmetric_view() -> None:
    assert Autoresearch(loop="stages", honest=True).searches_for == "symmetric"
    assert Autoresearch(loop="stages").searches_for == ""


def test_an_honest_model_is_told_that_gains_which_suit_the_scorer_do_not_count(
    bench: Bench, tmp_path: Path
) -> None:
    told = "An edit that only suits the scorer does not count"
    assert told in staged(bench, tmp_path / "run", [STOP], honest=True).prompts[0]


def test_a_model_that_nobody_asked_to_be_honest_is_not_told(bench: Bench, tmp_path: Path) -> None:
    assert (
        "An edit that only suits the scorer"
        not in staged(bench, tmp_path / "run", [STOP]).prompts[0]
    )


SYMMETRIC = 'views={"recall": recall, "symmetric": begins}'
HONEST = ("autoresearch.loop=stages", "autoresearch.honest=true")


def test_a_searcher_for_a_view_is_told_the_main_rule_as_one_that_may_differ() -> None:
    assert by_view("Token F1.", "") == "Token F1."
    assert by_view("", "symmetric") == ""
    told = by_view("Token F1.", "symmetric")
    assert told.startswith("The scores that you see are by another rule of the study, which it ")
    assert "calls symmetric." in told and told.endswith("which is this:\n\nToken F1.")


def honest(bench: Bench, *more: str) -> CellSpec:
    """The cell that a command plans with these options."""
    asked = options("autoresearch", *HONEST, *more, controls=False)
    (cell,) = plan_cells(asked, bench.study, installed(), None)
    return cell


def quotes(tmp_path: Path, evaluator: LocalEvaluator, views: str = VIEWS) -> Bench:
    return Bench(study_files.load(lay(tmp_path / "quotes", views=views)), evaluator)


def test_an_honest_cell_is_scored_by_the_symmetric_rule_of_the_study(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = quotes(tmp_path, evaluator, SYMMETRIC)
    cell = honest(bench)
    assert cell.objective == cell.row()["objective"] == "symmetric"
    require(bench, [cell])
    assert honest(bench, "autoresearch.objective=symmetric").key == cell.key


def test_an_honest_model_is_told_which_rule_scores_and_what_is_known_of_it(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = quotes(tmp_path, evaluator, SYMMETRIC)
    model = Scripted([STOP, STOP])
    spec = replace(honest(bench), model=model.name)
    plan = Plan([spec], Budget(2), 1, 60, Channel(model), search_only=True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        Comparison(bench, ledger, plan).run()
    told = model.prompts[0]
    assert "The number to improve is the score by the rule `symmetric`; higher is better." in told
    assert (
        "The study does not say in words how this rule counts, but its name suggests that parts "
        "which nobody asked for count against the output." in told
    )
    assert not re.search("the symmetric|symmetric (rises|now)", told)
    assert "It is kept if the score rises" in told


def test_an_honest_cell_says_which_views_a_study_has_that_lacks_the_symmetric_one(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = quotes(tmp_path, evaluator)
    with pytest.raises(UserError) as refused:
        require(bench, [honest(bench)])
    told = str(refused.value)
    assert "searcher 'autoresearch', whose options ask for scores by the view 'symmetric'" in told
    assert "declares recall, begins, and not that one" in told


def test_the_view_that_a_command_names_goes_before_the_one_that_options_ask_for(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = quotes(tmp_path, evaluator)
    assert honest(bench, "autoresearch.objective=recall").objective == "recall"
    assert honest(bench, "autoresearch.objective=F1").objective == ""
