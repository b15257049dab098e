"""Processes below this one, which is a subreaper: those that it started, and those adopted."""

from __future__ import annotations

import contextlib
import os
import signal
import time


def pids() -> list[int]:
    """Numbers of the processes below this one."""
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        with contextlib.suppress(OSError):
            one = waiting.pop()
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as file:
                    new = list(map(int, file.read().split()))
                found += new
                waiting += new
    return found


def kill(*, scoped: bool) -> None:
    """One blow at all of them. scoped: signals of this process to -1 reach nobody else."""
    if scoped:  # at one stroke, however fast they fork
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
        return
    for pid in pids():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def none_left() -> bool:
    """True if nobody is left, also no zombie: an orphan is this process's child."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    time.sleep(0.001)
    return False


def may_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
