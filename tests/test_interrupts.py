"""Ctrl-C, a full disk, a failing host: a stopped run writes no false facts, and resumes."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import TOY, environment
from running import finished, wait_for_trials

from toolkit.ledger.ledger import FILENAME, Ledger
from toolkit.ledger.state import load

BUDGET = 40


def command(folder: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", str(BUDGET),
        "--searchers", "random,optuna", "--slots", "2", "--out", str(folder), *more,
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_then_the_same_command(tmp_path: Path, presses: int) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "stopped"
    subprocess.run(command(whole), env=environment(), check=True, capture_output=True)
    process = subprocess.Popen(
        command(folder), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    wait_for_trials(folder, 10, process)
    for _ in range(presses):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.1)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert "Aborted" not in told
    assert "the same command resumes" in told
    with Ledger(folder, writer=False) as ledger:
        stopped = load(ledger)
    assert 10 <= sum(len(cell.trials) for cell in stopped.cells.values()) < 2 * BUDGET
    for cell in stopped.cells.values():
        assert {trial.status for trial in cell.trials.values()} <= {"ok"}
        assert cell.ended is None or cell.ended["status"] == "finished"
    subprocess.run(command(folder), env=environment(), check=True, capture_output=True)
    with Ledger(whole, writer=False) as one, Ledger(folder, writer=False) as two:
        expected, found = load(one), load(two)
    for key, cell in expected.cells.items():
        mine = found.cells[key]
        assert {n: t.score for n, t in mine.trials.items()} == {
            n: t.score for n, t in cell.trials.items()
        }


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_before_the_first_trial(tmp_path: Path, sent: signal.Signals) -> None:
    """To all of its process group, as a terminal does, while the sandbox's server starts."""
    folder = tmp_path / "stopped"
    process = subprocess.Popen(
        command(folder), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    while not (folder / FILENAME).exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, sent)
    _, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    if sent == signal.SIGINT:
        assert process.returncode == 130, told
        assert told.strip().endswith("nothing recorded is lost, the same command resumes")
    else:
        assert process.returncode == -sent


AT_A_CALL = """
import os, signal, sys
name, file, left = os.environ["STOP_AT"].split()
left = int(left)
def watch(frame, event, _):
    global left
    if event != "call" or signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        return
    if name in ("any", frame.f_code.co_name) and file in ("any", frame.f_code.co_filename):
        left -= 1
        if not left:
            sys.setprofile(None)
            os.kill(os.getpid(), int(os.environ["STOP_BY"]))
if left:
    sys.setprofile(watch)
"""


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("any any 1", signal.SIGINT),
        ("any any 20000", signal.SIGINT),
        # where code that was made of a text runs, as of a dataclass: there a plain
        # KeyboardInterrupt marks the interpreter, which then ends by the signal itself
        ("any <string> 30", signal.SIGINT),
        # in a callback of the import system, which swallows what is raised in it
        ("cb any 10", signal.SIGINT),
        ("any any 200", signal.SIGTERM),
        pytest.param("any any 80000", signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_a_signal_at_any_early_moment(tmp_path: Path, moment: str, sent: signal.Signals) -> None:
    """At the nth call of a function by this name in this file, once the handler stands."""
    (tmp_path / "sitecustomize.py").write_text(AT_A_CALL)
    variables = {"STOP_AT": moment, "STOP_BY": str(int(sent))}
    done = subprocess.run(
        command(tmp_path / "run"), env=environment(tmp_path, **variables), capture_output=True,
        text=True, check=False, start_new_session=True,
    )  # fmt: skip
    told = "interrupted" if sent == signal.SIGINT else f"ended by {sent.name}"
    assert done.returncode == (130 if sent == signal.SIGINT else -sent), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith(told)


@pytest.mark.slow
@pytest.mark.parametrize("calls", [2, 20, 2_000, 5_000, 10_000, 40_000, 120_000, 160_000, 200_000])
def test_a_signal_at_many_moments(tmp_path: Path, calls: int) -> None:
    test_a_signal_at_any_early_moment(tmp_path, f"any any {calls}", signal.SIGINT)


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """As for `nohup`, and for what a script starts in the background."""
    code = (
        "import os, signal; from toolkit import interrupts; interrupts.install()\n"
        "for one in (signal.SIGINT, signal.SIGHUP): os.kill(os.getpid(), one)\n"
        "print('went on')"
    )
    typed = f"trap '' INT HUP; exec {sys.executable} -c \"$CODE\""
    done = subprocess.run(
        ["sh", "-c", typed], env=environment(CODE=code), capture_output=True, text=True, check=False
    )
    assert done.stdout == "went on\n", done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["studies"], ["plugins", "--json"]])
def test_a_full_disk_behind_stdout_is_one_line(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "toolkit.cli", *arguments], env=environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"


@pytest.mark.slow
def test_a_real_terminal_shows_a_live_table(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(tmp_path / "run", "--budget", "12"),
        env=environment(TERM="xterm", COLUMNS="100"),
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:
            break
        if not block:
            break
        shown += block
    assert process.wait() == 0, shown.decode()
    assert b"random-0" in shown
    assert b"baseline" in shown


@pytest.mark.slow
@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_a_dumb_terminal_and_a_pipe_get_plain_lines(tmp_path: Path, term: str) -> None:
    done = subprocess.run(
        command(tmp_path / "run"), env=environment(TERM=term), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr
    assert " of 80 trials, 0 failed, best " in done.stderr


@pytest.mark.slow
def test_nobody_reads_the_progress_any_more(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path / "run", "--budget", "12"), env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.close()
    process.wait(timeout=60)
    assert finished(tmp_path / "run") == 2 * 12
