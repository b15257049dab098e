"""Comparisons whose host is killed at some moment, and what their ledger says then."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolkit.errors import UserError
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load


def state_of(folder: Path) -> State:
    with Ledger(folder, writer=False) as ledger:
        return load(ledger)


def start(command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A comparison in a session of its own."""
    return subprocess.Popen(
        command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def finish(command: Sequence[str], variables: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr


def kill(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kill a host, and only the host.

    Not while a trial runs for the second time: its second loss would be its end, by design, and
    an unkilled run has no such trial to compare with.
    """
    while process.poll() is None:
        os.kill(process.pid, signal.SIGSTOP)
        if not runs_again(folder):
            break
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.02)
    process.kill()
    process.wait()


def runs_again(folder: Path) -> bool:
    """A trial that a kill cut off is under way again."""
    if not (folder / "ledger.sqlite").is_file():
        return False
    try:
        cells = state_of(folder).cells.values()
    except UserError:  # stopped in the middle of opening it
        return True
    return any(
        begun.attempts > 1 and number not in cell.trials
        for cell in cells
        for number, begun in cell.started.items()
    )
