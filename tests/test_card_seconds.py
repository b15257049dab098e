"""Seconds of cards: metered by the host, and told only where a study asks for cards."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from card_jobs import FULL, TERMINAL

from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Usage
from toolkit.study import study as study_files
from toolkit.study.study import Study

Cli = Callable[..., subprocess.CompletedProcess[str]]


LENT = """
import toolkit
from toolkit.evaluators.cards import Card
from toolkit.evaluators.local import LocalEvaluator

@toolkit.hookimpl
def register_evaluators(register):
    full = Card(0, "GPU-a", "full", "/dev/full")
    register("lent", lambda *, slots=None, gpus=0: LocalEvaluator(slots=1, cards=[full] * gpus))
"""


def asking(folder: Path, number: int, objective: str = "") -> Path:
    """The toy study, whose evaluations hold so many cards."""
    file = folder / "study.toml"
    text = file.read_text().replace("[limits]\n", f"{objective}[limits]\ngpus = {number}\n")
    file.write_text(text)
    return file


@pytest.mark.parametrize("number", [1, 2])
def test_seconds_of_cards_are_those_for_which_they_were_held(toy_folder: Path, number: int) -> None:
    study = study_files.load(asking(toy_folder, number))
    with LocalEvaluator(cards=[FULL, TERMINAL]) as evaluator:
        found = Bench(study, evaluator).run(Candidate(), "search", by=HOST)
    assert found.ok, found.detail
    assert found.usage.gpu_s == number * found.usage.wall_s > 0


def test_seconds_of_cards_stand_on_no_record_without_cards(toy: Study) -> None:
    with LocalEvaluator(cards=[FULL]) as evaluator:
        found = Bench(toy, evaluator).run(Candidate(), "search", by=HOST)
    assert found.usage.gpu_s == 0
    assert "gpu_s" not in found.usage.to_json()
    held = found.usage.with_cards(2)
    assert Usage.from_json(held.to_json()) == held
    assert (held + held + found.usage).gpu_s == 4 * found.usage.wall_s


def test_run_and_the_table_show_seconds_of_cards_where_there_are_any(
    toy_folder: Path, cli: Cli, install: Callable[..., Path]
) -> None:
    path = install("lent-evaluator", LENT)
    options = ("--evaluator", "lent")
    assert "time on cards" not in cli("run", str(toy_folder), *options, path=path).stdout
    asking(toy_folder, 1)
    assert "time on cards" in cli("run", str(toy_folder), *options, path=path).stdout
    search = ("--budget", "2", "--searchers", "random", "--after", "none", "--no-plots")
    done = cli("compare", str(toy_folder), *search, *options, "--out", "run", path=path)
    assert done.returncode == 0, done.stderr
    assert "card s" in (toy_folder.parent / "run" / "table.txt").read_text()
    (cell,) = json.loads((toy_folder.parent / "run" / "summary.json").read_text())["cells"]
    assert cell["usage"]["gpu_s"] == cell["usage"]["wall_s"] > 0


def test_an_objective_of_seconds_of_cards_needs_cards(toy_folder: Path) -> None:
    measured = """[objective]\nevidence = "measured"\nmetric = "gpu_s"\n\n"""
    replicates = 'search = ["a", "b", "c"]\ntest = "replicates"'
    file = asking(toy_folder, 0, measured)
    text = file.read_text().replace('search = ["a", "b", "c"]\ntest = ["d", "e", "f"]', replicates)
    file.write_text(text)
    with pytest.raises(StudyError, match=r"names gpu_s, .* write gpus = 1 under \[limits\]"):
        study_files.load(file)
    file.write_text(text.replace("gpus = 0", "gpus = 1"))
    study = study_files.load(file)
    with LocalEvaluator(cards=[FULL]) as evaluator:
        found = Bench(study, evaluator).run(Candidate(), "search", by=HOST)
    assert found.score == pytest.approx(-found.usage.gpu_s / len(found.replicates or [0]), rel=0.5)
