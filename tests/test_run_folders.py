"""Run folders: where they lie, who writes there, and what the next command says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY, environment

from toolkit.cli.comparison import ways_on

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_out_is_the_run_folder_itself(cli: Cli, tmp_path: Path) -> None:
    done = cli("compare", str(TOY), "--budget", "2", "--out", "here")
    assert done.returncode == 0
    assert (tmp_path / "here" / "ledger.sqlite").is_file()
    assert cli("report", "here").returncode == 0


@pytest.mark.slow
def test_a_finished_run_and_a_changed_study_say_so(
    cli: Cli, tmp_path: Path, toy_folder: Path
) -> None:
    command = ["compare", str(toy_folder), "--budget", "2"]
    first = cli(*command)
    assert "nothing left" not in first.stderr
    assert "report: summary, table, page\n" in first.stderr
    assert "has changed" not in first.stderr
    (before,) = (tmp_path / "runs").iterdir()
    (before / "plots").mkdir()
    again = cli(*command)
    assert "nothing left to run: every cell has ended at a budget of 2 trials" in again.stderr
    assert f"`toolkit plot {before.relative_to(tmp_path)}` draws anew" in again.stderr
    (toy_folder / "champion-random-0.json").write_text("{}")
    changed = cli(*command)
    assert f"has changed since {before.relative_to(tmp_path)}: this is a new run" in changed.stderr
    assert len(list((tmp_path / "runs").iterdir())) == 2


@pytest.mark.slow
def test_another_studys_folder_is_told_before_its_budget(cli: Cli, toy_folder: Path) -> None:
    cli("compare", str(toy_folder), "--budget", "4", "--out", "here")
    (toy_folder / "study.toml").write_text(
        (toy_folder / "study.toml").read_text().replace("seed = 7", "seed = 8")
    )
    done = cli("compare", str(toy_folder), "--budget", "2", "--out", "here")
    assert done.returncode == 2
    assert "holds a run of another study" in done.stderr


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "toy_pipeline" / "main.py"
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.slow
def test_a_run_that_came_to_nothing_gives_up_its_folder(
    cli: Cli, tmp_path: Path, toy_folder: Path
) -> None:
    """Mend the code and type the same command again, as the first one says."""
    command = ["compare", str(toy_folder), "--budget", "2", "--out", "here"]
    edit(toy_folder, "SCALE = 0.8", "SCALE = 1 / 0")
    failed = cli(*command)
    assert failed.returncode == 2
    assert "type the same command again" in failed.stderr
    edit(toy_folder, "SCALE = 1 / 0", "SCALE = 0.8")
    done = cli(*command, "--json")
    assert done.returncode == 0, done.stderr
    told = "the run of toy in here had no finished trial and the study has changed: this run takes"
    assert told in done.stderr
    assert json.loads(done.stdout)["cells"][0]["trials"] == 2
    assert told not in cli(*command).stderr


@pytest.mark.slow
def test_a_folder_of_another_version_says_both_ways_on(
    cli: Cli, tmp_path: Path, toy_folder: Path
) -> None:
    folder = tmp_path / "a run"
    (tmp_path / "a run-2").mkdir()
    command = ["compare", str(toy_folder), "--budget", "2", "--out", str(folder)]
    cli(*command)
    edit(toy_folder, "SCALE = 0.8", "SCALE = 0.9")
    refused = cli(*command)
    assert refused.returncode == 2
    assert "holds a run of another study, or of an earlier version of this one" in refused.stderr
    keep, drop, back = refused.stderr.splitlines()[-3:]
    for line in (keep, drop):
        typed = line.partition(": ")[2].replace("toolkit ", f"{sys.executable} -m toolkit.cli ")
        done = subprocess.run(
            typed, shell=True, env=environment(), cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "a run-3" / "ledger.sqlite").is_file()
    edit(toy_folder, "SCALE = 0.9", "SCALE = 0.8")
    assert back.startswith("to go on with it, take the change back: toolkit compare ")
    assert "holds a run" in cli(*command).stderr  # it was dropped for the other version


def test_the_ways_on_name_a_free_folder_also_beside_the_present_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run-2").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    typed = ["compare", "s", "--out", "."]
    assert f"toolkit compare s --out {tmp_path / 'run-3'}" in ways_on(Path(), typed)
    assert f"--out {tmp_path}-2" in ways_on(Path(".."), typed)


@pytest.mark.slow
def test_a_study_in_place_of_a_run_is_told_with_the_run_to_type(
    cli: Cli, tmp_path: Path, toy_folder: Path
) -> None:
    none = cli("report", str(toy_folder))
    assert none.returncode == 2
    assert (
        f"there is none of it below runs: `toolkit compare {toy_folder}` makes one" in none.stderr
    )
    for name in ("toy-1111", "toy-2222"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "ledger.sqlite").write_text("")
    os.utime(tmp_path / "runs" / "toy-1111" / "ledger.sqlite", (0, 0))
    for command in ("report", "plot"):
        told = cli(command, str(toy_folder))
        assert told.returncode == 2
        says = f"type `toolkit {command} toy-2222` for its latest run (of 2 there)"
        assert says in told.stderr
