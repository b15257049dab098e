"""The evaluator that this machine can have."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .local import LocalEvaluator
from .unconfined import UnconfinedEvaluator


def open_machine(
    *,
    preload: Sequence[str] = (),
    slots: int = 1,
    hidden: Sequence[Path] = (),
    command: bool = False,
    confine: bool = True,
    python: str = "",
    readable: Sequence[Path] = (),
) -> LocalEvaluator | UnconfinedEvaluator:
    """The fork server on Linux; elsewhere plain subprocesses, at the level `none`.

    confine: without it plain subprocesses on Linux too. python: the interpreter of programs, ""
    for ours. readable: what they may read beside their own files.
    """
    if sys.platform == "linux" and confine:
        return LocalEvaluator(
            preload=preload, slots=slots, hidden=hidden, command=command, python=python,
            readable=readable,
        )  # fmt: skip
    return UnconfinedEvaluator(slots=slots, python=python)


def cores() -> int:
    """Number of CPUs that this process may use, where the system can tell."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
