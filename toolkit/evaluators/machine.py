"""The evaluator that this machine can have."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cards
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
    gpus: int = 0,
) -> LocalEvaluator | UnconfinedEvaluator:
    """The fork server on Linux; elsewhere plain subprocesses, at the level `none`.

    confine: without it plain subprocesses on Linux too. python: the interpreter of programs, ""
    for ours. readable: what they may read beside their own files. gpus: cards that each
    evaluation has for itself, so that no more run at a time than there are cards for.
    Raises UserError where there are not enough cards for one.
    """
    found = cards.present() if gpus else ()
    if gpus:
        slots = min(slots, cards.enough(gpus, found))
    if sys.platform == "linux" and confine:
        return LocalEvaluator(
            preload=preload, slots=slots, hidden=hidden, command=command, python=python,
            readable=readable, cards=found,
        )  # fmt: skip
    return UnconfinedEvaluator(slots=slots, python=python, cards=found)


def cores() -> int:
    """Number of CPUs that this process may use, where the system can tell."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
