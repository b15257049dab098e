"""A command's processes: counted, watched and ended by the keeper, whose orphans they become."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import select
import signal
import struct
import time
from dataclasses import dataclass, field
from typing import Any

# beside this file, whose folder is run
import clock  # type: ignore[import-not-found]
import descendants  # type: ignore[import-not-found]
import scratch  # type: ignore[import-not-found]
from unwaited import Unwaited  # type: ignore[import-not-found]

MOST_PROCESSES, MOST_THREADS = 32, 256
POLL_MS = 20
RECOUNT_S = 0.005  # a storm of questions must not keep the keeper from its watch
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# struct seccomp_notif and seccomp_notif_resp of include/uapi/linux/seccomp.h
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_QUESTION_BYTES = 80
_CALL = 16  # where a question has the number of the call
_CONTINUE = 1


@dataclass
class Process:
    """Process as /proc shows it. cpu_s is its own, reaped_s that of children it waited for."""

    pid: int
    began: int
    cpu_s: float
    reaped_s: float
    threads: int
    rss: int


@dataclass
class Processes:
    """Tree of all processes that a command started. scoped: signals to -1 reach only them.

    sigaction: number of the call that is asked for where it gives SIGCHLD another action.
    """

    pid: int
    request: dict[str, Any]
    scoped: bool
    sigaction: int = -1
    killed: str = ""
    code: int | None = None
    alive: int = 1
    granted: int = 0
    recount_at: float = 0.0
    seen: dict[tuple[int, int], float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.unwaited = Unwaited(self.began)
        self.written = scratch.Watch(self.request["scratch"], self.request["limits"])

    def watch(self, wake: int, listener: int | None) -> None:
        """Watch the tree until the command itself ends, or the tree has had enough."""
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        if listener is not None:
            poll.register(listener, select.POLLIN)
        look_at = 0.0
        while self.code is None and not self.killed:
            for fd, event in poll.poll(POLL_MS):
                if fd == wake:
                    if signal.SIGTERM in os.read(wake, 4096):  # a byte a signal
                        self.end()
                        os._exit(0)  # the server knows why, and says it
                elif event & select.POLLIN:
                    self.answer(fd)
                else:  # all who could ask have ended
                    poll.unregister(fd)
            self.reap()
            if time.monotonic() >= look_at:
                self.look()
                look_at = time.monotonic() + POLL_MS / 1000

    def answer(self, listener: int) -> None:
        """Let a process be started, or say that there are enough."""
        question = bytearray(_QUESTION_BYTES)  # of zeros: the kernel takes no other
        try:
            fcntl.ioctl(listener, _RECEIVE, question)
        except OSError:  # who asked is gone
            return
        if struct.unpack_from("=i", question, _CALL)[0] == self.sigaction:
            self.unwaited.possible = True
            self.reply(listener, question)
            return
        if self.alive + self.granted >= MOST_PROCESSES and time.monotonic() > self.recount_at:
            self.reap()
            self.alive, self.granted = len(descendants.pids()), 0
            self.recount_at = time.monotonic() + RECOUNT_S
        enough = self.alive + self.granted >= MOST_PROCESSES
        self.granted += not enough
        self.unwaited.started += not enough
        self.reply(listener, question, refused=enough)

    def reply(self, listener: int, question: bytearray, *, refused: bool = False) -> None:
        # let pass, the call is made by the kernel with arguments that may have changed since; none
        # of them was looked at here
        (number,) = struct.unpack_from("=Q", question)
        verdict = (-errno.EAGAIN, 0) if refused else (0, _CONTINUE)
        with contextlib.suppress(OSError):
            fcntl.ioctl(listener, _ANSWER, struct.pack("=QqiI", number, 0, *verdict))

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self.code = ended[1]

    def look(self) -> None:
        limits, processes = self.request["limits"], self.processes()
        self.alive, self.granted = len(processes), 0
        self.seen.update({(one.pid, one.began): one.cpu_s for one in processes})
        self.unwaited.look(frozenset((one.pid, one.began) for one in processes), time.monotonic())
        living = sum(one.cpu_s + one.reaped_s for one in processes)
        cpu_s = self.cpu_s(living)
        if cpu_s > limits["cpu_s"]:
            self.killed = "cpu"
        elif time.monotonic() - self.began > clock.allowed_s(limits, cpu_s):
            self.killed = "wall"
        elif len(processes) > 2 * MOST_PROCESSES:  # where nobody asks
            self.killed = "processes"
        elif sum(one.threads for one in processes) > MOST_THREADS:
            self.killed = "threads"
        elif self.memory_mb(processes, limits["memory_mb"]) > limits["memory_mb"]:
            self.killed = "memory"
        elif self.written.outgrown(one.pid for one in processes):
            self.killed = "scratch"

    def cpu_s(self, living: float = 0.0) -> float:
        """CPU seconds of the tree and of watching it: a storm of requests costs as well.

        A process that nobody waits for is in no sum of the kernel's: so also what was seen of it,
        and where it is measured what may not have been seen.
        """
        seen: float = sum(self.seen.values())
        seen += self.unwaited.unseen_s if self.unwaited.possible else 0.0
        return max(reaped_s() + living, seen) + time.process_time()

    def memory_mb(self, processes: list[Process], enough_mb: float) -> float:
        """Shared pages once; the cheaper sum, with them counted for each, where it is enough."""
        sizes = [one.rss for one in processes]
        if sum(sizes) / (1 << 20) > enough_mb:
            sizes = [proportional(one) for one in processes]
        return sum(sizes) / (1 << 20)

    def processes(self) -> list[Process]:
        found = []
        for pid in descendants.pids():
            with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
                # behind the name, which may hold anything, and the state
                row = list(map(int, file.read().rpartition(b")")[2].split()[1:]))
                own, reaped = sum(row[10:12]) / _TICKS, sum(row[12:14]) / _TICKS
                found.append(Process(pid, row[18], own, reaped, row[16], row[20] * _PAGE))
        return found

    def end(self) -> None:
        """Kill until nothing is left: an orphan is the keeper's, so no child means nobody."""
        while True:
            descendants.kill(scoped=self.scoped)
            self.reap()
            if descendants.none_left():
                return

    def report(self) -> dict[str, Any]:
        """Report in the same form as the server's."""
        code = self.code or 0
        self.unwaited.look(frozenset(), time.monotonic())
        if not self.killed and self.written.outgrown([], last=True):
            self.killed = "scratch"
        return {
            "exit": os.WEXITSTATUS(code) if os.WIFEXITED(code) else None,
            "signal": os.WTERMSIG(code) if os.WIFSIGNALED(code) else None,
            "killed": self.killed,
            "cpu_s": self.cpu_s(),
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }


def reaped_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def proportional(one: Process) -> int:
    """Bytes, a shared page counted in parts; all of them where the process hides it."""
    with (
        contextlib.suppress(OSError, StopIteration),
        open(f"/proc/{one.pid}/smaps_rollup") as file,
    ):
        return next(int(row.split()[1]) for row in file if row.startswith("Pss:")) * 1024
    return one.rss
