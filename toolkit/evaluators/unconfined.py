"""Runs jobs in plain subprocesses, not isolated: off Linux, or where somebody asks for it.

Some things hold all the same: only outputs come back, the environment is built from nothing,
limits, deadlines and caps are kept, and the whole process group is killed. A program can read every
file of the user, reach the network, and leave processes behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence

from ..jobs import Job, Outcome
from ..records import Usage
from . import interpreter
from .cards import Card, Pool
from .endings import conclude
from .forkserver import ENVIRONMENT, SANDBOX, Layers, Report
from .local import emptied, lost, request
from .pipes import Drain, Exchange, read_by_command
from .sandbox.scratch import Watch
from .scripts import files
from .spent import spent_s
from .workcopy import Laid, laid_out, work_folder

CLOSED = "closed"
_POLL_S = 0.01
_NEARLY = 0.5  # the limit goes by one clock, what was used by another: 0.92 of 1 s was seen
_RSS_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10


class UnconfinedEvaluator:
    """A context manager; `run` may be called from many threads."""

    confinement = Layers(
        {"landlock": False, "seccomp": False, "capabilities": False},
        ("do whatever its user can",),
        worst="none",
    )

    def __init__(self, *, slots: int = 1, python: str = "", cards: Sequence[Card] = ()) -> None:
        """slots: evaluations at a time. python: the interpreter of programs; "" for ours.

        cards: those that jobs get which ask for some.
        """
        self._cards = Pool(cards)
        self.python = python
        self.slots = slots
        self._free = threading.BoundedSemaphore(slots)
        self._closed = threading.Event()
        self._folder, self._held = work_folder()

    def __enter__(self) -> UnconfinedEvaluator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises UserError where the interpreter cannot be used; no server has to run."""
        interpreter.start(self.python)

    def close(self) -> None:
        """End what still runs, and remove its folders."""
        self._closed.set()
        emptied(self._free, self.slots, self._folder)
        self._held.close()

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        """There is this machine only."""
        return {}

    @property
    def isolation(self) -> str:
        return self.confinement.level

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where more than no isolation is wanted, unless weak is allowed."""
        self.confinement.require(level, weak=weak)

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending is a status."""
        with self._free:
            return lost() if self._closed.is_set() else self._run(job)

    def _run(self, job: Job) -> Outcome:
        with (
            self._cards.lent(job.limits.gpus) as lent,
            laid_out(job, files(job), self._folder) as laid,
        ):
            evaluation = Subprocess(job, laid, self._closed, self.python, lent)
            if not job.command:
                inputs, calls = os.pipe()
                return evaluation.run(inputs, calls)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(read_by_command(job))
                file.seek(0)
                return evaluation.run(os.dup(file.fileno()))


class Subprocess:
    """One evaluation in a process group of its own."""

    def __init__(
        self, job: Job, laid: Laid, closed: threading.Event, python: str, lent: Sequence[Card] = ()
    ) -> None:
        """closed: set where the evaluator ends, and this with it. lent: the job's own cards."""
        self.job, self.laid, self.closed, self.python = job, laid, closed, python
        self.lent = lent
        room = {"scratch_mb": laid.room_mb, "scratch_files": laid.files}
        self.written = Watch(str(laid.folder or ""), room)
        self.overflow = self.killed = ""
        self.cpu_s = 0.0

    def run(self, inputs: int, calls: int | None = None) -> Outcome:
        """inputs: a file of all calls, or a pipe of which calls is the other end."""
        began = time.monotonic()
        (result, theirs), (output, printed) = os.pipe(), os.pipe()
        try:
            process = subprocess.Popen(
                self.command(inputs, theirs), cwd=self.laid.root,
                env=interpreter.environment(ENVIRONMENT, self.python),
                stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
                pass_fds=[inputs, theirs], start_new_session=True,
            )  # fmt: skip
        finally:
            for fd in (inputs, theirs, printed):
                os.close(fd)
        cap = int(self.job.limits.output_mb * (1 << 20))
        returned: Drain | Exchange = (
            Drain(result, cap, keep_all=True, full=self.overflowed)
            if calls is None
            else Exchange(calls, result, self.job, cap, self.overflowed)
        )
        tail = Drain(output, cap, keep_all=False, full=self.overflowed)
        report = self.wait(process, began)
        for reader in (returned, tail):
            reader.join(0.5)  # what left the group may hold the pipe
        wall_s = time.monotonic() - began
        if report.killed == CLOSED:
            return lost(Usage(wall_s, report.cpu_s, report.peak_rss_mb))
        return conclude(
            self.job,
            self.laid,
            report,
            wall_s,
            returned.returned,
            tail.data,
            self.overflow,
            confined=False,
            python=self.python,
        )

    def command(self, inputs: int, result: int) -> Sequence[str]:
        asked = request(self.job, self.laid, self.lent).decode()
        pipes = [str(inputs), str(result)]
        return [*interpreter.start(self.python), str(SANDBOX / "alone.py"), *pipes, asked]

    def overflowed(self, what: str) -> None:
        self.overflow = what

    def wait(self, process: subprocess.Popen[bytes], began: float) -> Report:
        """Wait until it ends or has had enough; afterwards nothing of its group is left."""
        while True:
            pid, code, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            waited_s = self.job.answers.waited_s if self.job.answers else 0.0
            taken_s = time.monotonic() - began - waited_s
            self.killed = self.killed or self.enough(process.pid, taken_s)
            if self.killed or self.overflow:
                kill(process.pid)
            time.sleep(_POLL_S)
        kill(process.pid)
        process.returncode = os.waitstatus_to_exitcode(code)
        exited, cpu_s = os.WIFEXITED(code), usage.ru_utime + usage.ru_stime
        if process.returncode == -signal.SIGXCPU and cpu_s > _NEARLY * self.job.limits.cpu_s:
            self.killed = "cpu"
        return Report(
            process.returncode if exited else None,
            None if exited else -process.returncode,
            self.killed or self.outgrown(last=True),
            cpu_s,
            usage.ru_maxrss / _RSS_PER_MB,
        )

    def enough(self, pid: int, taken_s: float) -> str:
        limits = self.job.limits
        if self.closed.is_set():
            return CLOSED
        if taken_s > limits.allowed_s(self.cpu_s):
            self.cpu_s = spent_s(
                pid
            )  # asked only where it decides: it is a walk over all processes
        return "wall" if taken_s > limits.allowed_s(self.cpu_s) else self.outgrown()

    def outgrown(self, *, last: bool = False) -> str:
        return "scratch" if self.written.outgrown([], last=last) else ""


def kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or only a zombie of it
        os.killpg(group, signal.SIGKILL)
