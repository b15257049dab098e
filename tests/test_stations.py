"""Stations of a run: a searcher that starts a process of its own behind the walls of its cell."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from processes import showing, wait_for

from toolkit.bench.bench import Bench
from toolkit.cli.comparison import _check_walls
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.outside import leftovers, tryout, walls
from toolkit.places import Place
from toolkit.records import Candidate
from toolkit.search import stations
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.search.lab import Lab
from toolkit.search.stations import _environments, _histories, _interpreter
from toolkit.study.study import Study

needs_landlock = pytest.mark.skipif(not walls.abi(), reason="this machine has no Landlock")


class Outsider:
    """A searcher that asks a process outside, and keeps what it answered."""

    def __init__(self, command: str = "true", told: dict[str, str] | None = None) -> None:
        self.command, self.told = command, {} if told is None else told

    def run(self, lab: Lab) -> None:
        station = lab.station
        assert station
        self.told["reach"], self.told["folder"] = station.reach, str(station.folder)
        workspace = station.folder / "workspace"
        workspace.mkdir()
        process = station.start(
            ["/bin/sh", "-c", self.command], cwd=workspace, environment=dict(os.environ),
            writable=[workspace], output=station.folder / "output",
        )  # fmt: skip
        if "leave" not in self.told:
            wait_for(lambda: process.poll() is not None)
            process.end()
        self.told["said"] = process.tail(10_000)
        lab.evaluate(Candidate())


def searched(bench: Bench, folder: Path, searcher: Outsider, *, weak: bool = False) -> State:
    cells = [CellSpec("outside", "outside", lambda: searcher, {}, 0)]
    plan = Plan(cells, Budget(1), search_only=True, weak=weak)
    with Ledger(folder, writer=True) as ledger:
        return Comparison(bench, ledger, plan).run()


@needs_landlock
def test_a_cell_has_a_station_in_its_run_that_sees_nothing_of_either(
    bench: Bench, tmp_path: Path
) -> None:
    task, run = bench.study.folder / "task.py", tmp_path / "runs/one"
    searcher = Outsider(f"cat {task} {run}/ledger.sqlite ../output; pwd; ls {run}")
    state = searched(bench, run, searcher)
    (cell,) = state.cells.values()
    assert cell.ended and cell.ended["status"] == "finished", cell.ended
    assert searcher.told["reach"] == "data hidden"
    assert searcher.told["folder"] == str(run / "agents" / cell.key)
    said = searcher.told["said"].splitlines()
    refused = ("No such file", "Permission denied", "cannot open")
    assert sum(any(text in line for text in refused) for line in said) >= 3
    assert f"{run}/agents/{cell.key}/workspace" in said
    assert Path(searcher.told["folder"]).stat().st_mode & 0o777 == 0o700


def test_allow_weak_takes_the_walls_away(bench: Bench, tmp_path: Path) -> None:
    searcher = Outsider(f"cat {bench.study.folder}/task.py")
    searched(bench, tmp_path / "run", searcher, weak=True)
    assert searcher.told["reach"] == "could read the data"
    assert (bench.study.folder / "task.py").read_text().strip() == searcher.told["said"].strip()


def test_a_process_that_its_searcher_left_behind_ends_with_the_cell(
    bench: Bench, tmp_path: Path
) -> None:
    nap = f"86396.{os.getpid()}"
    searched(bench, tmp_path / "run", Outsider(f"sleep {nap}", {"leave": "yes"}))
    assert showing(nap) == []


def test_a_run_that_goes_on_ends_what_an_earlier_command_left(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "run/agents/outside-0-12345678"
    folder.mkdir(parents=True)
    (folder / "mark").write_text("0123456789abcdef")
    nap = f"86395.{os.getpid()}"
    environment = {**os.environ, leftovers.MARK: "0123456789abcdef"}
    notes: list[str] = []
    observer = Observer()
    observer.note = notes.append  # type: ignore[method-assign]
    with subprocess.Popen(["sleep", nap], env=environment) as left:
        plan = Plan([CellSpec("o", "o", Outsider, {}, 0)], Budget(1), search_only=True)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            Comparison(bench, ledger, plan, observer).run()
        assert left.wait(5) == -9
    assert "ended 1 process that an agent of an earlier command had left running" in notes


def test_a_mark_is_no_part_of_another(tmp_path: Path) -> None:
    nap = f"86394.{os.getpid()}"
    environment = {**os.environ, leftovers.MARK: "abcdef", "OTHER": f"{leftovers.MARK}=abc"}
    with subprocess.Popen(["sleep", nap], env=environment) as other:
        assert leftovers.end({"abc"}) == 0
        assert leftovers.end(set()) == 0
        assert leftovers.end({"abcdef"}) == 1
        assert other.wait(5) == -9


def test_history_is_found_for_linked_work_trees(tmp_path: Path) -> None:
    main, linked = tmp_path / "main", tmp_path / "linked"
    subprocess.run(["git", "init", "-q", str(main)], check=True)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    commit = ["git", *identity, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=main, check=True)
    subprocess.run(["git", "worktree", "add", "-q", str(linked)], cwd=main, check=True)
    (linked / "study").mkdir()
    assert {main / ".git", linked / ".git"} < set(_histories(linked / "study"))


def test_environments_are_open_and_folders_that_hold_one_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link `bin/python` in somebody's home folder makes no environment of it."""
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/lib/python3.11").mkdir(parents=True)
    (tmp_path / "other/bin").mkdir(parents=True)
    (tmp_path / "other/pyvenv.cfg").touch()
    monkeypatch.setenv("PATH", f"/bin:{tmp_path}/bin:{tmp_path}/other/bin")
    (tmp_path / "bin").mkdir()
    for folder in ("venv/bin", "bin"):
        (tmp_path / folder / "python").symlink_to(sys.executable)
    assert tmp_path / "venv" in _interpreter(str(tmp_path / "venv/bin/python"))
    assert tmp_path / "other" in _environments()
    found = {*_interpreter(str(tmp_path / "bin/python")), *_environments()}
    assert found.isdisjoint({tmp_path, Path("/"), Path.home()})


@needs_landlock
def test_the_doctor_tries_the_walls() -> None:
    found = tryout.found(walls.abi())
    assert (found["reach"], found["problem"]) == ("data hidden", "")


class LiveSpec(CellSpec):
    """A cell whose searcher says that it is live."""

    def row(self) -> dict[str, Any]:
        return {**super().row(), "live": True}


def test_without_landlock_an_agent_needs_a_word() -> None:
    with pytest.raises(UserError, match=r"no Landlock .*--allow-weak"):
        walls.require(0)
    walls.require(1)
    assert "--allow-weak" in tryout.found(0)["open"]


@needs_landlock
def test_an_agent_beside_ray_needs_a_word() -> None:
    """Whoever reaches a cluster's port has it run what he likes."""
    cells = [LiveSpec("agent", "agent", Outsider, {}, 0)]
    with pytest.raises(UserError, match="--evaluator ray may run what any process"):
        _check_walls(cells, Place("ray"))
    _check_walls(cells, Place("ray", allow_weak=True))
    _check_walls(cells, Place("local"))
    _check_walls([CellSpec("random", "random", Outsider, {}, 0)], Place("ray"))


def test_the_file_of_a_task_is_hidden_wherever_it_lies(toy: Study, tmp_path: Path) -> None:
    moved = dataclasses.replace(toy, folder=tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    hidden = stations.walls(stations.Premises.of(moved), tmp_path / "runs/one").hidden
    assert {toy.folder / "task.py", tmp_path / "elsewhere", toy.tree} <= set(hidden)


def test_later_runs_are_hidden_where_a_folder_holds_nothing_else(
    toy: Study, tmp_path: Path
) -> None:
    one, other = tmp_path / "runs/one", tmp_path / "runs/other"
    for run in (one, other):
        run.mkdir(parents=True)
        (run / "ledger.sqlite").touch()
    assert tmp_path / "runs" in stations.walls(stations.Premises.of(toy), one).hidden
    (tmp_path / "runs/notes").touch()
    assert tmp_path / "runs" not in stations.walls(stations.Premises.of(toy), one).hidden
    assert other in stations.walls(stations.Premises.of(toy), one).hidden
