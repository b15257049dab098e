"""Progress of a run, for whoever runs it, watches it from elsewhere, or replays it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import killing
import pytest
from conftest import TOY, environment
from made_runs import Made, Program
from rich.console import Console
from running import wait_for_trials

from toolkit.cli.board import Board, seconds
from toolkit.cli.display import Display
from toolkit.cli.following import Follower
from toolkit.cli.live import Pace
from toolkit.cli.replay import moments, play
from toolkit.cli.sparks import spark
from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Completion, Started
from toolkit.ledger.ledger import Event, Ledger
from toolkit.ledger.state import load
from toolkit.ledger.writer import has_writer
from toolkit.records import Candidate, Trial, Usage
from toolkit.report import brief
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study.objective import Objective
from toolkit.study.study import Study

TOOLKIT = [sys.executable, "-m", "toolkit.cli"]
Cli = Callable[..., subprocess.CompletedProcess[str]]
NEEDS_LOCKS = pytest.mark.skipif(
    not Path("/proc/locks").exists(), reason="the system does not list its locks"
)


def cell_with(*scores: float | None, key: str = "tpe-0") -> CellState:
    cell = CellState(key, key[:-2], "tpe", {}, 0, None)
    for number, score in enumerate(scores, start=1):
        cell.begin(Started(number, Candidate(), 1.0, 1, False))
        trial = Trial(
            number=number, candidate=Candidate(), share=1.0, score=score,
            status="crashed" if score is None else "ok", usage=Usage(wall_s=2.0),
        )  # fmt: skip
        cell.finish(trial, None)
    return cell


def board(budget: Budget, *cells: CellState, more: int = 0, now: float = 10.0) -> Board:
    names = {cell.key: cell.name for cell in cells} | {f"w{n}": f"w-{n}" for n in range(more)}
    times = iter([0.0] * (1 + len(cells)))
    found = Board("toy", names, budget, 1, Objective(), lambda: next(times, now))
    for cell in cells:
        found.begin(cell)
    return found


def drawn(shown: Board, width: int = 120, height: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(shown.table(width, height))
    return capture.get().splitlines()


def row(lines: list[str], name: str) -> list[str]:
    (found,) = [line.split() for line in lines if line.startswith(name)]
    return found


def test_a_line_of_blocks_shows_the_best_so_far_over_the_budget() -> None:
    curve = [(0.25, 0.1), (0.5, 0.2), (0.75, 0.5)]
    assert spark(curve, 0.75, (0.1, 0.5), 8) == " ▁▁▃▃█  "
    assert spark(curve, 1.0, (0.1, 0.5), 4) == "▁▃██"
    assert spark([], 0.5, (0.0, 0.0), 4) == "    "


def test_plain_lines_come_every_ten_seconds_at_most() -> None:
    now = iter([0.0, 3.0, 9.9, 10.0, 12.0, 31.0, 40.9])
    pace = Pace(lambda: next(now))
    assert [pace.is_due() for _ in range(7)] == [True, False, False, True, False, True, False]


def test_a_row_tells_trials_failures_seconds_and_dollars() -> None:
    cell = cell_with(0.2, None, 0.4)
    cell.answer(Completion("k", "s", "p", "r", "m", "p", 1, 1, 0.75, 1.0))
    lines = drawn(board(Budget(6, max_seconds=20, max_usd=2), cell))
    head = "cell best so far best trials failed s left $ left left"
    assert " ".join(lines[1].split()) == head
    told = row(lines, "tpe-0")
    assert told[2:] == ["0.400", "3/6", "1", "14", "$1.25", "?"]
    assert lines[0] == "toy: 3 of 6 trials, 0:10 since it began"


def test_the_time_that_is_left_follows_from_the_pace() -> None:
    cell = cell_with()
    shown = board(Budget(10), cell)
    cell.begin(Started(1, Candidate(), 1.0, 1, False))
    cell.begin(Started(2, Candidate(), 1.0, 1, False))
    assert row(drawn(shown), "tpe-0")[-2:] == ["40", "s"]
    assert shown.line() == (
        "2 of 10 trials, 0 failed, no score yet, 0 of 1 cell done, about 40 s left; running: tpe-0 "
        "2/10"
    )
    assert [seconds(amount) for amount in (89, 600, 7200)] == ["89 s", "10 min", "2.0 h"]


def test_a_small_screen_shows_the_cells_that_run() -> None:
    done, running = cell_with(0.1, key="tpe-0"), cell_with(0.2, key="cma-0")
    shown = board(Budget(2), done, running, more=30)
    shown.end(done)
    lines = drawn(shown, height=8)
    assert [line.split()[0] for line in lines[2:]] == ["cma-0", "tpe-0", "and"]
    assert lines[-1].strip() == "and 30 more"
    assert max(map(len, drawn(shown, width=40))) <= 40


def test_a_cell_that_failed_is_told_at_once(
    toy: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan([CellSpec("a", "a", object, {}, 0), CellSpec("b", "b", object, {}, 0)], Budget(3))
    display = Display(tmp_path, plan, toy, "confined", 1)
    for spec in plan.cells:
        cell = CellState(spec.key, spec.alias, spec.searcher, {}, 0, None)
        display.begun(cell)
        cell.ended = {"status": "failed", "detail": f"no luck for {spec.alias}\ntraceback"}
        display.ended(cell)
    told = capsys.readouterr().err
    assert "a-0 failed: no luck for a\n" in told
    assert "b-0 failed: no luck for b\n" in told
    assert "traceback" not in told


def test_a_cell_of_an_earlier_command_is_shown_as_done(toy: Study, tmp_path: Path) -> None:
    plan = Plan([CellSpec("a", "a", object, {}, 0)], Budget(2))
    cell = cell_with(0.1, 0.3)
    cell.key = plan.cells[0].key
    cell.ended = {"status": "finished", "budget": 2, "max_seconds": None}
    display = Display(tmp_path, plan, toy, "confined", 1)
    display.recall({cell.key: cell})
    assert display.board.is_over
    assert row(drawn(display.board), "tpe-0")[-1] == "done"


def run_of(folder: Path) -> Path:
    programs = [Program(0.2), Program(0.4), Program(0.3)]
    made = Made(Program(0.1), {"one": [programs], "two": [programs[:1]]}, claim="exact")
    made.write(folder)
    return folder


def test_a_follower_takes_what_is_new(tmp_path: Path) -> None:
    with Ledger(run_of(tmp_path), writer=False) as ledger:
        follower = Follower(ledger, lambda: 0.0)
        events = list(ledger.events())
        for event in events[:5]:
            follower.take(event)
        assert follower.read() == events[5:]
        assert follower.read() == []
        assert follower.board
        assert follower.board.line() == (
            "4 of 6 trials, 0 failed, best 0.400 (one-0), 2 of 2 cells done"
        )


def test_a_follower_begins_anew_with_a_run_that_was_replaced(tmp_path: Path) -> None:
    with Ledger(run_of(tmp_path), writer=True) as ledger:
        follower = Follower(ledger, lambda: 0.0)
        follower.read()
        study = {**follower.state.study, "digest": "1" * 64, "name": "changed"}
        ledger.clear()
        ledger.append("study", study)
        follower.read()
        assert (follower.state.cells, follower.board) == ({}, None)


def test_a_replay_cuts_pauses_and_takes_the_time_that_was_asked_for(tmp_path: Path) -> None:
    def at(seconds: float, kind: str = "requested") -> Event:
        return Event(1, "one-0", kind, None, seconds)

    events = [at(0.0), at(10.0), at(9000.0), at(9010.0, "measured")]
    assert moments(events) == [0.0, 10.0, 70.0, 71.0]
    with Ledger(run_of(tmp_path), writer=False) as ledger:
        follower, slept = Follower(ledger, lambda: 0.0), [0.0]
        known = [Event(e.seq, e.cell, e.kind, e.data, 9.0 * e.seq) for e in ledger.events()]
        play(follower, known, 2.0, slept.append)
        assert sum(slept) == pytest.approx(2.0, abs=0.06)
        assert follower.last == known[-1]


@NEEDS_LOCKS
def test_a_writer_is_seen_without_its_lock_being_touched(tmp_path: Path) -> None:
    assert has_writer(tmp_path) is False
    with Ledger(tmp_path, writer=True):
        assert has_writer(tmp_path) is True
    assert has_writer(tmp_path) is False
    assert has_writer(tmp_path, tmp_path / "no locks here") is None


def screen_of(folder: Path) -> str:
    with Ledger(folder, writer=False) as ledger:
        return brief.text(summarise(load(ledger)), run=Path("run"))


@pytest.mark.parametrize("command", ["watch", "replay"])
def test_a_finished_run_is_shown_and_stays_as_it_is(command: str, tmp_path: Path, cli: Cli) -> None:
    run = run_of(tmp_path / "run")
    (run / "summary.json").write_text("{}")
    before = (run / "ledger.sqlite").read_bytes()
    done = cli(command, "run")
    assert (done.returncode, done.stdout) == (0, screen_of(run))
    assert done.stderr.splitlines()[-1] == (
        "4 of 6 trials, 0 failed, best 0.400 (one-0), 2 of 2 cells done"
    )
    assert (run / "ledger.sqlite").read_bytes() == before


@NEEDS_LOCKS
def test_a_run_that_nobody_writes_is_not_waited_for(tmp_path: Path, cli: Cli) -> None:
    run = run_of(tmp_path / "run")
    done = cli("watch", "run")
    assert done.returncode == 0
    assert "no process of this machine writes run: its compare command resumes it" in done.stderr
    assert done.stdout == screen_of(run)


def on_a_terminal(command: list[str], columns: int) -> str:
    """Text that a command writes to a terminal of so many columns."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment(TERM="xterm-256color", COLUMNS=str(columns), LINES="40"))
        os.execv(command[0], command)
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # the other side is closed
        pass
    finally:
        os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0, written.decode()
    return written.decode()


@pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.slow)])
def test_a_terminal_has_a_row_for_each_cell_while_it_goes_on(columns: int, tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    shown = on_a_terminal([*TOOLKIT, "replay", str(run), "--seconds", "0.3"], columns)
    assert "best so far" in shown
    assert "one-0" in shown
    assert "█" in shown
    assert "toolkit report" in shown


@pytest.mark.slow
def test_a_run_is_watched_from_its_beginning_to_its_report(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "run"
    command = [
        *TOOLKIT, "compare", str(TOY), "--budget", "400", "--searchers", "random", "--slots", "1",
        "--after", "none", "--out", str(folder),
    ]  # fmt: skip
    process = killing.start(command, environment())
    wait_for_trials(folder, 1, process)
    done = cli("watch", str(folder))
    assert process.wait(60) == 0
    assert done.returncode == 0, done.stderr
    assert "400 of 400 trials" in done.stderr
    assert cli("report", str(folder)).stdout == done.stdout
