"""Lacks of the data, and levels of floors beside the objective, stand with every result."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.errors import StudyError
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
LACK = "no sound: every word is read off a transcript"


@pytest.fixture
def silent(toy_folder: Path) -> Path:
    """A study whose data lack something."""
    file = toy_folder / "task.py"
    file.write_text(file.read_text() + f"\n\nToy.lacks = [{LACK!r}]\n")
    return toy_folder


@pytest.mark.slow
def test_it_is_in_the_terminal_the_table_the_page_and_the_summary(
    cli: Cli, silent: Path, tmp_path: Path
) -> None:
    done = cli("compare", str(silent), "--budget", "2", "--searchers", "random", "--seeds", "1",
               "--out", "run", "--after", "light", "--no-plots")  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = tmp_path / "run"
    assert f"toy: {LACK}\n" in done.stderr  # before anything is spent
    assert f"{LACK}\n" in done.stdout
    assert f"\n{LACK}\n" in (run / "table.txt").read_text().replace(" \n", "\n").replace("  ", "")
    summary = json.loads((run / "summary.json").read_text())
    assert summary["lacks"] == [LACK]
    assert f'<p class="note">{LACK}</p>' in (run / "report.html").read_text()
    assert summary["floors"]["half"]["beside"] == {"search": {"extra": 0.5}, "test": {"extra": 0.5}}
    told = "beside the objective, best floor on test: extra 0.500 (half)"
    assert told in (run / "table.txt").read_text()
    assert told in (run / "report.html").read_text()
    again = cli("report", "run", "--json")
    assert json.loads(again.stdout)["lacks"] == [LACK]


def test_a_run_and_a_score_say_it_too(cli: Cli, silent: Path, tmp_path: Path) -> None:
    done = cli("run", str(silent), "--json", "--outputs", "rows.jsonl")
    assert json.loads(done.stdout)["lacks"] == [LACK]
    assert LACK in done.stderr
    scored = cli("score", str(silent), "rows.jsonl")
    assert scored.returncode == 0
    assert LACK in scored.stderr
    assert LACK in cli("studies", str(silent)).stderr


def test_a_study_whose_data_lack_nothing_says_nothing(cli: Cli, toy_folder: Path) -> None:
    done = cli("run", str(toy_folder), "--json")
    assert "lacks" not in json.loads(done.stdout)
    assert done.stderr == ""


@pytest.mark.parametrize("given", ["'captions only'", "3", "[1]", "lambda self: []"])
def test_lacks_is_a_list_of_sentences(given: str, toy_folder: Path) -> None:
    file = toy_folder / "task.py"
    file.write_text(file.read_text() + f"\n\nToy.lacks = {given}\n")
    with pytest.raises(StudyError, match=r"Toy\.lacks is .*; write `lacks = \[sentences\]`"):
        study_files.load(toy_folder).task()


def test_what_a_task_reads_beside_its_files_is_in_the_digest(toy_folder: Path) -> None:
    file, other = toy_folder / "task.py", toy_folder / "held" / "n.csv"
    before = study_files.load(toy_folder).digest
    told = "\n\nToy.found_here = classmethod(lambda cls, folder: HELD)\n"
    held = "HELD = {'n': (Path(__file__).parent / 'held' / 'n.csv').read_text()}\n"
    file.write_text(file.read_text().replace("CLUSTERS =", f"{held}CLUSTERS =", 1) + told)
    other.parent.mkdir()
    found = {before}
    for number in range(2):
        other.write_text(str(number))
        found.add(study_files.load(toy_folder).digest)
    assert len(found) == 3
