"""The evaluations that run: each is started, watched, ended and told of."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any

# beside this file, whose folder is run
import child  # type: ignore[import-not-found]
import clock  # type: ignore[import-not-found]
import command  # type: ignore[import-not-found]
import memory  # type: ignore[import-not-found]
import scratch  # type: ignore[import-not-found]

_TICKS = os.sysconf("SC_CLK_TCK")
MOST_THREADS = 256  # process numbers are the whole machine's


@dataclass
class Child:
    """A running evaluation. killed: why the server ended it, or empty.

    inherited_mb: memory of the server that it began with, where it is watched and not limited.
    keeper: it has a tree of its own to watch and to end. waited_s, waiting: seconds that it waited
    for the host to answer questions, and since when it does so now.
    """

    pid: int
    pidfd: int
    status: socket.socket
    began: float
    limits: dict[str, float]
    keeper: bool
    written: Any
    inherited_mb: float = 0.0
    killed: str = ""
    waited_s: float = 0.0
    waiting: float | None = None

    @property
    def taken_s(self) -> float:
        """Seconds since it began, without those that it waited for the host."""
        return (self.waiting or time.monotonic()) - self.began - self.waited_s


children: dict[int, Child] = {}  # by pidfd


def start(request: dict[str, Any], fds: list[int], confinement: Any) -> Child:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        if request["command"]:
            command.main(request, fds, parent, confinement)
        child.main(request, fds[:3], parent, confinement)
    status = socket.socket(fileno=fds[3])
    for fd in fds[:3]:  # the host sees the end of a pipe when the child alone held it
        os.close(fd)
    return Child(
        pid=pid,
        pidfd=os.pidfd_open(pid),
        status=status,
        began=time.monotonic(),
        limits=request["limits"],
        keeper=bool(request["command"]),
        written=scratch.Watch(request["scratch"], request["limits"]),
        inherited_mb=memory.resident_mb() if request["limits"].get("gpus") else 0.0,
    )


def enforce_deadlines() -> None:
    for one in children.values():
        if one.killed:
            continue
        taken_s, limits = one.taken_s, one.limits
        if taken_s > limits["longest_s"]:
            kill(one, "wall")
        if one.killed or one.keeper:  # a keeper knows what its whole tree has used
            continue
        cpu_s, threads = vitals(one.pid)
        if cpu_s > limits["cpu_s"]:
            kill(one, "cpu")
        elif taken_s > clock.allowed_s(limits, cpu_s):
            kill(one, "wall")
        elif threads > MOST_THREADS:
            kill(one, "threads")
        elif limits.get("gpus") and own_mb(one) > limits["memory_mb"]:
            kill(one, "memory")
        elif one.written.outgrown([one.pid]):
            kill(one, "scratch")


def heard(one: Child) -> None:
    """Take what the host says: that the program waits for it, that it goes on, or no more."""
    word = b""
    with contextlib.suppress(OSError):
        word = one.status.recv(1)
    if word == b"w":
        one.waiting = one.waiting or time.monotonic()
    elif word == b"g":
        if one.waiting is not None:
            one.waited_s += time.monotonic() - one.waiting
        one.waiting = None
    else:
        kill(one, "cancelled")


def own_mb(one: Child) -> float:
    """Memory of a child beside what it shares with the server."""
    return float(memory.resident_mb(one.pid)) - one.inherited_mb


def vitals(pid: int) -> tuple[float, int]:
    """(CPU seconds so far, threads)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # behind the last parenthesis: a program may call itself `) R 1`
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0, 0
    # user and system time, its own and of children it waited for
    return sum(map(int, fields[11:15])) / _TICKS, int(fields[17])


def kill(one: Child, why: str) -> None:
    one.killed = one.killed or why
    if one.keeper:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(one.pidfd, signal.SIGTERM)
        return
    try:
        os.killpg(one.pid, signal.SIGKILL)
    except ProcessLookupError:  # before its setsid
        signal.pidfd_send_signal(one.pidfd, signal.SIGKILL)


def reap(one: Child) -> None:
    """Kill what is left of the group, before wait4 frees the number; then tell the host."""
    kill(one, "")
    _, code, usage = os.wait4(one.pid, 0)
    sweep()
    if not one.killed and one.written.outgrown([], last=True):
        one.killed = "scratch"
    report = {
        "exit": os.WEXITSTATUS(code) if os.WIFEXITED(code) else None,
        "signal": os.WTERMSIG(code) if os.WIFSIGNALED(code) else None,
        "killed": one.killed,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mb": usage.ru_maxrss / 1024,
    }
    with contextlib.suppress(OSError):  # cancelled: nobody listens
        one.status.send(json.dumps(report).encode())
    one.status.close()
    os.close(one.pidfd)


def sweep() -> None:
    """End what left its group by setsid: orphans become the server's, which is a subreaper."""
    known = {one.pid for one in children.values()}
    while True:  # what an orphan had started becomes ours when it ends
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            orphans = set(map(int, file.read().split())) - known
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def end(one: Child, why: str) -> None:
    kill(one, why)
    reap(one)
