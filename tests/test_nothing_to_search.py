"""Studies with little or nothing to search, and items of any form in prompts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sums
from broken_tasks import ITEMS, changed

import toolkit
from searchers.autoresearcher import Autoresearch
from searchers.autoresearcher.greedy import Greedy, shown_value
from searchers.autoresearcher.telling import asked
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.cli.cells import parse_searchers
from toolkit.compare import Comparison
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.plugins import installed
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.searcher import Outline, refusal
from toolkit.study import study as study_files
from toolkit.testing import search

Cli = Callable[..., subprocess.CompletedProcess[str]]


def bare(folder: Path) -> Path:
    """The toy study without parameters."""
    file, code = folder / "study.toml", folder / "toy_pipeline" / "curve.py"
    file.write_text(file.read_text().partition("[parameters]")[0])
    code.write_text("def height(parameters):\n    return 0.3\n")
    return folder


def test_tuners_have_nothing_to_do_in_a_study_without_parameters(
    cli: Cli, toy_folder: Path, tmp_path: Path
) -> None:
    done = cli("compare", str(bare(toy_folder)), "--searchers", "random,tpe=optuna")
    assert done.returncode == 2
    assert (
        "no searcher of this command has anything to do:\nrandom, tpe: the study declares no par"
        in done.stderr
    )
    assert not (tmp_path / "runs").exists()


def test_where_nobody_named_a_searcher_what_is_suggested_works_as_it_stands(tmp_path: Path) -> None:
    study = study_files.load(sums.write(tmp_path / "tuned", more="[defaults]\nseeds = 2"))
    with pytest.raises(toolkit.UserError, match="names no default searchers") as caught:
        parse_searchers(None, study)
    option, key = re.findall(r"--searchers (\S+)|(searchers = \[.*?\])", str(caught.value))
    typed = parse_searchers(option[0], study)
    assert typed == {"random": "random", "optuna": "optuna"}
    assert {*typed} <= {*installed().known("searcher")}
    assert "under [defaults]" in str(caught.value)
    file = study.folder / "study.toml"
    file.write_text(file.read_text().replace("[defaults]", f"[defaults]\n{key[1]}"))
    assert parse_searchers(None, study_files.load(file)) == typed
    untuned = study_files.load(sums.write(tmp_path / "bare", parameters=""))
    with pytest.raises(
        toolkit.UserError, match=r"declares no parameters.*--searchers autoresearch"
    ):
        parse_searchers(None, untuned)


@pytest.mark.parametrize(
    "searcher",
    [RandomSearch(), OptunaSearch(), Autoresearch(scope="parameters")],
    ids=lambda searcher: type(searcher).__name__,
)
def test_a_searcher_of_values_says_so_before_it_runs(searcher: toolkit.Searcher) -> None:
    flag = Outline({"flag": toolkit.Flag(False)}, {})
    assert "add a table [parameters]" in refusal(searcher, Outline({}, {}))
    assert refusal(searcher, flag) == ""
    assert refusal(Autoresearch(), Outline({}, {})) == ""


class Edits:
    """Has nothing to ask of a study."""

    def run(self, lab: toolkit.Lab) -> None:
        while True:
            text = lab.sources["toy_pipeline/main.py"].replace("0.8", "0.9")
            lab.evaluate(lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": text}))


def test_the_cells_that_have_something_to_do_go_on(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = Bench(study_files.load(bare(toy_folder)), evaluator)
    cells = [
        CellSpec("random", "random", RandomSearch, {}, 0),
        CellSpec("edits", "e", Edits, {}, 0),
    ]
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, Plan(cells, Budget(2))).run()
    ends: Mapping[str, Any] = {cell.alias: cell.ended for cell in state.cells.values()}
    assert ends["edits"]["status"] == "finished"
    assert ends["random"]["status"] == "failed"
    assert ends["random"]["detail"].startswith(
        "searcher 'random': the study declares no parameters"
    )
    assert "Traceback" not in ends["random"]["detail"]
    charged = {cell.alias: cell.charged for cell in state.cells.values()}
    assert charged == {"random": 0, "edits": 24}


def test_a_study_in_which_nothing_can_be_searched_is_refused(toy_folder: Path) -> None:
    file = bare(toy_folder) / "study.toml"
    file.write_text(file.read_text().replace('editable = ["toy_pipeline/*.py"]', "editable = []"))
    with pytest.raises(StudyError, match=r"code\.editable: names no file, and there are no \[para"):
        study_files.load(file)


def test_one_item_a_split_is_enough(toy_folder: Path, tmp_path: Path) -> None:
    changed(toy_folder, ("QUESTIONS = 4", "QUESTIONS = 1"))
    file = toy_folder / "study.toml"
    text = file.read_text().replace('search = ["a", "b", "c"]', 'search = ["a"]')
    file.write_text(text.replace('test = ["d", "e", "f"]', 'test = ["d"]'))
    options = {"pruner": "successive_halving"}
    cell = search(OptunaSearch, tmp_path / "run", budget=2, options=options, study=toy_folder)
    assert (cell.ended["status"], cell.charged) == ("finished", 2)


def test_a_model_is_shown_a_question_of_any_shape() -> None:
    shapes: Mapping[str, Any] = {
        "where?": {"text": "where?"},
        "where? (picture: a dog)": {"text": "where?", "caption": "a dog"},
        "bare": "bare",
        '{"text": "x", "options": ["a"]}': {"text": "x", "options": ["a"]},
        '{"rows": [1, 2]}': {"rows": [1, 2]},
        '{"text": 3}': {"text": 3},
        "[1, null]": [1, None],
        "null": None,
    }
    assert {text: asked(question) for text, question in shapes.items()} == {t: t for t in shapes}
    choice = toolkit.Choice((1, "1", "a"), 1)
    assert [shown_value(choice, value) for value in choice.values] == ["1", '"1"', "a"]


def test_a_prompt_is_written_for_questions_that_are_no_dictionaries(
    toy_folder: Path, tmp_path: Path
) -> None:
    changed(toy_folder, (ITEMS, ITEMS.replace('{"text": f"question {number}"}', "[number, None]")))
    prompts: list[str] = []

    class Reads:
        def run(self, lab: toolkit.Lab) -> None:
            greedy = Greedy(lab)
            prompts.append(greedy.prompt(greedy.seen()))

    search(Reads, tmp_path / "run", budget=1, study=toy_folder)
    assert "- [number] [0, null]\n" in prompts[0]
