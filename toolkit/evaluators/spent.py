"""CPU time of what runs in a session of its own, where no fork server keeps count."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
from pathlib import Path


def spent_s(session: int) -> float:
    """CPU seconds of a session's leader and of all that is still in its session.

    Infinite where the system does not tell: then nobody is ended for having used too little.
    """
    try:
        return _by_proc(session) if sys.platform == "linux" else _by_ps(session)
    except (OSError, ValueError, subprocess.SubprocessError):
        return math.inf


def _by_proc(session: int) -> float:
    ticks = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile
                stat = Path("/proc", name, "stat").read_bytes()
                fields = list(map(int, stat.rpartition(b")")[2].split()[1:]))
                if fields[2] == session:
                    ticks += sum(fields[10:14])  # its own, and that of children it waited for
    return ticks / os.sysconf("SC_CLK_TCK")


def _by_ps(group: int) -> float:
    """CPU seconds of a process group; a session's leader has a group of its own."""
    command = ["ps", "-A", "-S", "-o", "pgid=,time="]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    rows = [line.split() for line in told.splitlines()]
    return math.fsum(seconds(row[1]) for row in rows if row and int(row[0]) == group)


def seconds(text: str) -> float:
    """Seconds of `[days-][hours:]minutes:seconds`, as ps writes them."""
    days, _, clock = text.rpartition("-")
    found = 0.0
    for part in clock.split(":"):
        found = 60 * found + float(part)
    return found + 86400 * int(days or 0)
