"""The evaluator that this machine can have."""

from __future__ import annotations

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
) -> LocalEvaluator | UnconfinedEvaluator:
    """The fork server on Linux; elsewhere plain subprocesses, at the level `none`."""
    if sys.platform == "linux":
        return LocalEvaluator(preload=preload, slots=slots, hidden=hidden, command=command)
    return UnconfinedEvaluator(slots=slots)
