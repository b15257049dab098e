"""Interpreter that programs run in: the toolkit's own, or that of another environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ..errors import UserError

LEAST = (3, 9)  # os.pidfd_open and signal.pidfd_send_signal, which the sandbox needs
_SAFE_PATH = (3, 11)  # the first that knows -P
_PROBE_S = 60
_PROBE = "import sys; print(*sys.version_info[:2])"


def start(python: str) -> Sequence[str]:
    """Words that start an interpreter without the user's own folders; "" is the toolkit's.

    Raises UserError where it is no Python, or too old a one.
    """
    if not python:
        return [sys.executable, "-s", "-P"]
    return [python, "-s", *(["-P"] if version(python) >= _SAFE_PATH else [])]


def environment(standard: Mapping[str, str], python: str) -> Mapping[str, str]:
    """Environment of programs, in which the tools of their interpreter are found first."""
    if not python:
        return standard
    return {**standard, "PATH": f"{Path(python).parent}:{standard['PATH']}"}


def version(python: str) -> tuple[int, int]:
    """(major, minor) of an interpreter. Raises UserError where it is no Python, or too old."""
    try:
        found = _version(python, Path(python).stat().st_mtime_ns)
    except OSError as error:
        raise UserError(
            f"[code] python: {python} cannot be started ({error.strerror}); name the interpreter "
            "of the program's environment, such as the .venv/bin/python of `python -m venv .venv`"
        ) from error
    if found is None:
        raise UserError(
            f"[code] python: {python} is no Python interpreter; name one, such as .venv/bin/python"
        )
    if found < LEAST:
        raise UserError(
            f"[code] python: {python} is Python {found[0]}.{found[1]}, and programs run in Python "
            f"{LEAST[0]}.{LEAST[1]} or later; make its environment anew with a later one"
        )
    return found


@lru_cache
def _version(python: str, changed: int) -> tuple[int, int] | None:
    """The same; None for a program that does not answer as Python does. Raises OSError."""
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", _PROBE], capture_output=True, timeout=_PROBE_S,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        major, minor = map(int, done.stdout.split())
    except (ValueError, subprocess.TimeoutExpired):
        return None
    return major, minor
