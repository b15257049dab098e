"""Control arms: one option away, and named by the verdict where they are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import TOY
from made_runs import Made, Program
from planned import options

from toolkit.cli.cells import plan_cells
from toolkit.errors import UserError
from toolkit.ledger.state import State
from toolkit.llm.gateway import Channel
from toolkit.llm.inbox import InboxProvider
from toolkit.plugins import installed
from toolkit.report.summary import summarise
from toolkit.study import study as study_files

BASE = {f"t{n}": 0.1 + n / 100 for n in range(12)}
CONTROLS = {"scope": "parameters", "sees": "scores"}


def arms(folder: Path, searchers: str, *typed: str) -> dict[str, dict[str, Any]]:
    """{alias: its options} of the cells that --controls leads to, with a model that replies."""
    channel = Channel(InboxProvider(str(folder)))
    asked = options(searchers, *typed)
    cells = plan_cells(asked, study_files.load(TOY), installed(), channel)
    return {cell.alias: dict(cell.options) for cell in cells}


def test_controls_add_one_arm_for_each_respect(tmp_path: Path) -> None:
    assert arms(tmp_path, "autoresearch,random") == {
        "autoresearch": {},
        "autoresearch-parameters": {"scope": "parameters"},
        "autoresearch-scores": {"sees": "scores"},
        "random": {},
    }


def test_a_control_has_the_options_of_its_arm_and_its_own(tmp_path: Path) -> None:
    typed = ("mine.failures=4", "mine-parameters.failures=8")
    assert arms(tmp_path, "mine=autoresearch", *typed) == {
        "mine": {"failures": 4},
        "mine-parameters": {"failures": 8, "scope": "parameters"},
        "mine-scores": {"failures": 4, "sees": "scores"},
    }


def test_an_arm_that_is_held_back_already_gets_the_other_control_only(tmp_path: Path) -> None:
    assert arms(tmp_path, "autoresearch", "autoresearch.sees=scores") == {
        "autoresearch": {"sees": "scores"},
        "autoresearch-parameters": {"sees": "scores", "scope": "parameters"},
    }


def test_controls_are_on_record_with_the_cell(tmp_path: Path) -> None:
    channel = Channel(InboxProvider(str(tmp_path)))
    asked = options("autoresearch,random")
    cells = plan_cells(asked, study_files.load(TOY), installed(), channel)
    assert cells[0].row()["controls"] == CONTROLS
    assert "controls" not in cells[-1].row()


@pytest.mark.parametrize(
    ("searchers", "model", "told"),
    [
        ("random", True, "no searcher of this command has controls"),
        ("autoresearch", False, "this study's recording holds no replies for autoresearch-par"),
        ("autoresearch,autoresearch-scores=random", True, "which --searchers names already"),
    ],
)
def test_controls_that_cannot_be(tmp_path: Path, searchers: str, model: bool, told: str) -> None:
    channel = Channel(InboxProvider(str(tmp_path))) if model else None
    with pytest.raises(UserError, match=told):
        plan_cells(options(searchers), study_files.load(TOY), installed(), channel)


def test_waiting_is_counted_under_a_limit_only() -> None:
    with pytest.raises(UserError, match=r"--count-waiting .* add --max-seconds SECONDS"):
        options("random", count_waiting=True).check()


def led(*, controls: dict[str, str], **arms: float) -> State:
    """A run in which `llm` gains .3 on every item; every other arm gains what is said."""
    gains = {"llm": 0.3, **arms}
    searchers = {
        name: [[Program(0.2 + gain, {item: at + gain for item, at in BASE.items()})]]
        for name, gain in gains.items()
    }
    clusters = {item: f"c{n}" for n, item in enumerate(BASE)}
    state = Made(Program(0.2, BASE), searchers, clusters=clusters).state()
    for cell in state.cells.values():
        if cell.alias != "tuned":
            cell.searcher, cell.controls = "llm", controls
        if cell.alias in CONTROLS.values():
            option = next(name for name, value in CONTROLS.items() if value == cell.alias)
            cell.options = {option: cell.alias}
    return state


def test_the_verdict_names_the_controls_that_are_missing() -> None:
    verdict = summarise(led(controls=CONTROLS, tuned=0.01))["verdict"]
    assert (
        "Not separated in llm's lead: what it may change (no arm has scope=parameters) and what it "
        "was shown (0 gold rankings; no arm has sees=scores); add --controls."
    ) in verdict


def test_a_control_that_is_there_is_not_missing() -> None:
    verdict = summarise(led(controls=CONTROLS, tuned=0.01, scores=0.2))["verdict"]
    assert (
        "Not separated in llm's lead: what it may change (no arm has scope=parameters); add "
        "--controls."
    ) in verdict
    assert "Not separated in scores's lead" not in verdict
    whole = summarise(led(controls=CONTROLS, tuned=0.01, scores=0.2, parameters=0.1))["verdict"]
    assert "Not separated" not in whole


@pytest.mark.parametrize("state", [{"controls": CONTROLS}, {"controls": {}, "tuned": 0.01}])
def test_nothing_is_missing_beside_no_tuning_or_without_controls(state: dict[str, Any]) -> None:
    assert "Not separated" not in summarise(led(**state))["verdict"]


def test_a_lead_that_tuning_has_needs_no_controls() -> None:
    assert "Not separated" not in summarise(led(controls=CONTROLS, tuned=0.5))["verdict"]
