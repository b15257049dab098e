"""Runs jobs in plain subprocesses, not isolated: where the system is not Linux.

What holds all the same: only predictions come back, the environment is built from nothing, limits,
deadlines and caps are kept, and the whole process group is killed. A program can read every file of
the user, reach the network, and leave processes behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ..records import Job, Outcome
from ..sandbox.scratch import outgrown
from .endings import conclude
from .forkserver import ENVIRONMENT, SANDBOX, Confinement, Drain, Report, read_by
from .local import request
from .workcopy import scratch_folder, work_copy

_POLL_S = 0.01
_NEARLY = 0.5  # the limit goes by one clock, what was used by another: 0.92 of 1 s was seen
_RSS_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10


class UnconfinedEvaluator:
    """A context manager; `run` may be called from many threads."""

    confinement = Confinement(
        {"landlock": False, "seccomp": False, "capabilities": False},
        ("do whatever its user can",),
        worst="none",
    )

    def __init__(self, *, slots: int = 1) -> None:
        """slots: evaluations at a time."""
        self.slots = slots
        self._free = threading.BoundedSemaphore(slots)
        self._folder = Path(tempfile.mkdtemp(prefix="toolkit-work-"))

    def __enter__(self) -> UnconfinedEvaluator:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def isolation(self) -> str:
        return self.confinement.level

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where more than no isolation is wanted, unless weak is allowed."""
        self.confinement.require(level, weak=weak)

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending is a status."""
        with (
            self._free,
            work_copy(job.files, self._folder) as root,
            scratch_folder(job.limits.scratch_mb, self._folder) as scratch,
            tempfile.TemporaryFile(dir=self._folder) as inputs,
        ):
            inputs.write(read_by(job))
            inputs.seek(0)
            return Subprocess(job, root, scratch).run(inputs.fileno())


class Subprocess:
    """One evaluation in a process group of its own."""

    def __init__(self, job: Job, root: Path, scratch: Path | None) -> None:
        self.job, self.root, self.scratch = job, root, scratch
        self.overflow = self.killed = ""

    def run(self, inputs: int) -> Outcome:
        began = time.monotonic()
        (result, theirs), (output, printed) = os.pipe(), os.pipe()
        try:
            process = subprocess.Popen(
                self.command(theirs), env=ENVIRONMENT, cwd=self.root, stdin=inputs, stdout=printed,
                stderr=printed, pass_fds=[theirs], start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(theirs)
            os.close(printed)
        cap = int(self.job.limits.output_mb * (1 << 20))
        drains = [
            Drain(result, cap, keep_all=True, full=self.overflowed),
            Drain(output, cap, keep_all=False, full=self.overflowed),
        ]
        report = self.wait(process, began + self.job.limits.wall_s)
        for drain in drains:
            drain.join(0.5)  # what left the group may hold the pipe
        values, tail = (drain.data for drain in drains)
        wall_s = time.monotonic() - began
        return conclude(
            self.job, self.root, report, wall_s, values, tail, self.overflow, confined=False
        )

    def command(self, result: int) -> Sequence[str]:
        asked = request(self.job, self.root, self.scratch).decode()
        return [sys.executable, "-s", "-P", str(SANDBOX / "alone.py"), str(result), asked]

    def overflowed(self, what: str) -> None:
        self.overflow = what

    def wait(self, process: subprocess.Popen[bytes], wall_at: float) -> Report:
        """Until it ends or has had enough; then nothing of its group is left."""
        while True:
            pid, code, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            self.killed = self.killed or self.enough(wall_at)
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
            self.killed or self.outgrown(),
            cpu_s,
            usage.ru_maxrss / _RSS_PER_MB,
        )

    def enough(self, wall_at: float) -> str:
        return "wall" if time.monotonic() > wall_at else self.outgrown()

    def outgrown(self) -> str:
        most_mb = self.job.limits.scratch_mb
        return "scratch" if self.scratch and outgrown(str(self.scratch), [], most_mb) else ""


def kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or only a zombie of it
        os.killpg(group, signal.SIGKILL)
