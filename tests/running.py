"""Comparisons that run in a process of their own, and how far their ledger says they are."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from toolkit.errors import UserError
from toolkit.ledger.ledger import Ledger


def finished(folder: Path) -> int:
    """Number of trials on record now; 0 before there is a ledger."""
    try:
        with Ledger(folder, writer=False) as ledger:
            return sum(event.kind == "finished" for event in ledger.events())
    except UserError:
        return 0


def wait_for_trials(folder: Path, trials: int, process: subprocess.Popen[str]) -> None:
    """Return once so many trials are on record, or once the process has ended."""
    while finished(folder) < trials and process.poll() is None:
        time.sleep(0.01)
