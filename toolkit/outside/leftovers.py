"""Processes that an earlier command left behind: they bear its mark in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator, Set
from pathlib import Path

MARK = "TOOLKIT_AGENT"
MOST_S = 10.0


def end(marks: Collection[str]) -> int:
    """Kill all processes with one of these marks, until none is left. Returns how many they were.

    The net below the net: a keeper ends all that it keeps, unless somebody kills the keeper as well
    as the host. A process that has put its own environment in the place of ours is not found.
    """
    wanted = {f"{MARK}={mark}".encode() for mark in marks}
    killed: set[int] = set()
    until = time.monotonic() + MOST_S
    while wanted and (found := list(_marked(wanted))) and time.monotonic() < until:
        for pid in found:
            if _kill(pid, wanted):
                killed.add(pid)
        time.sleep(0.01)
    return len(killed)


def _marked(wanted: Set[bytes]) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*"):
        if int(path.name) != os.getpid() and _bears(path, wanted):
            yield int(path.name)


def _bears(path: Path, wanted: Set[bytes]) -> bool:
    with contextlib.suppress(OSError):
        if not wanted.isdisjoint((path / "environ").read_bytes().split(b"\0")):
            return True
    return False


def _kill(pid: int, wanted: Set[bytes]) -> bool:
    """Kill a process if it still is the one that was meant: its number may be another's by now."""
    with contextlib.suppress(OSError):
        number = os.pidfd_open(pid)
        try:
            if _bears(Path(f"/proc/{pid}"), wanted):
                signal.pidfd_send_signal(number, signal.SIGKILL)
                return True
        finally:
            os.close(number)
    return False
