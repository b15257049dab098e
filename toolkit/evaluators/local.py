"""Runs jobs on this machine, each in a child of the sandbox's fork server."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..records import DETAIL_CHARS, Job, Outcome, Status, Usage
from .forkserver import SANDBOX, Confinement, Evaluation, Report, Server, ServerDied
from .hidden import hidden_paths
from .workcopy import work_copy

OUTPUT_CHARS = 1024
REASON_CHARS = DETAIL_CHARS - OUTPUT_CHARS - 64


class LocalEvaluator:
    """A context manager around one fork server; `run` may be called from many threads."""

    def __init__(self, *, preload: Sequence[str] = (), slots: int = 1) -> None:
        """preload: modules that every program imports; slots: evaluations at a time."""
        self.preload, self.slots = tuple(preload), slots
        self._free = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._server: Server | None = None
        self.confinement = Confinement({}, ("not started",))
        self._closed = False
        self._folder = Path(tempfile.mkdtemp(prefix="toolkit-work-"))

    def __enter__(self) -> LocalEvaluator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises UserError where a preloaded module cannot be imported or starts a thread."""
        self._live_server()

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where less than a level was reached, unless weak is allowed."""
        if level == "confined" and self.isolation != level and not weak:
            raise UserError(
                f"this study wants its programs confined, and this machine does not: "
                f"{self.confinement.reason}; see `toolkit doctor`, or run it all the same with "
                "--allow-weak"
            )

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._server:
                self._server.close()
                self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _live_server(self) -> Server:
        with self._lock:
            if self._closed:
                raise ServerDied("the evaluator is closed")
            if self._server is None or not self._server.alive:
                if self._server:
                    self._server.close()
                self._server = Server(self.preload, hidden_paths())
                self.confinement = self._server.confinement
            return self._server

    @property
    def isolation(self) -> str:
        """The level that was reached when the server started."""
        return self.confinement.level

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending is a status."""
        with self._free, work_copy(job.files, self._folder) as root:
            began = time.monotonic()
            for _ in range(2):
                try:
                    return self._once(job, root)
                except ServerDied:
                    continue
            usage = Usage(wall_s=time.monotonic() - began)
            return Outcome("lost", None, usage, "the evaluation's server died twice")

    def _once(self, job: Job, root: Path) -> Outcome:
        began = time.monotonic()
        cap = int(job.limits.output_mb * (1 << 20))
        with Evaluation(cap) as evaluation:
            server = self._live_server()
            try:
                server.send(request(job, root), evaluation.hand_over(job))
                report, result, printed = evaluation.wait(job.limits.wall_s)
            except ServerDied:
                server.retire()
                raise
        if report.killed == "host gone" or (
            report.killed == "cancelled" and not evaluation.overflow
        ):
            raise ServerDied("the server was told to end")  # not the program's doing
        usage = Usage(time.monotonic() - began, report.cpu_s, report.rss_mb)
        status, values, reason = verdict(job, report, result, evaluation.overflow)
        detail = portable(reason, root)[-REASON_CHARS:]
        if status != "ok" and printed:
            tail = portable(printed.decode(errors="replace"), root)[-OUTPUT_CHARS:]
            detail = f"{detail}\n--- end of its output ---\n{tail}"
        return Outcome(status, values, usage, detail)


def request(job: Job, root: Path) -> bytes:
    limits = {**job.limits.to_json(), "wall_s": job.limits.wall_s}
    return json.dumps(
        {"root": str(root), "entry": job.entry, "limits": limits, "seed": job.seed}
    ).encode()


def verdict(
    job: Job, report: Report, result: bytes, overflow: str
) -> tuple[Status, Sequence[Any] | None, str]:
    """(status, values, reason) of a child that ended."""
    if overflow:
        return "crashed", None, f"its {overflow} is larger than {job.limits.output_mb:g} MB"
    if report.killed == "wall":
        return "timeout", None, f"no end after {job.limits.wall_s:g} s on the clock"
    if report.killed == "threads":
        return "crashed", None, "more threads than a program may have"
    spent = report.signal == signal.SIGXCPU and report.cpu_s >= job.limits.cpu_s
    if report.killed == "cpu" or spent:
        return "timeout", None, f"used up its {job.limits.cpu_s:g} s of CPU time"
    if report.signal is not None:
        near = report.signal == signal.SIGKILL and report.rss_mb > 0.8 * job.limits.memory_mb
        name = signal.Signals(report.signal).name
        return ("oom" if near else "crashed"), None, f"ended by {name}"
    if report.exit or not result:
        return "crashed", None, f"exited with {report.exit} and returned no result"
    return read_frame(result)


def read_frame(result: bytes) -> tuple[Status, Sequence[Any] | None, str]:
    """One frame, and only one; nothing of it is trusted but its shape."""
    size = int.from_bytes(result[:8], "big")
    if len(result) != 8 + size:
        return "crashed", None, "the result is not one frame: something else wrote to its pipe"
    try:
        frame = json.loads(result[8:], parse_constant=refuse)
        if frame["ok"] is not True:
            status: Status = "oom" if frame["error"] == "MemoryError" else "crashed"
            return status, None, str(frame["detail"])
        values = frame["values"]
        # 1e999 is read as infinity, and half a surrogate pair cannot be stored as UTF-8
        json.dumps(values, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return "crashed", None, f"malformed result: {type(error).__name__}: {error}"
    if not isinstance(values, list):
        return "crashed", None, "malformed result: its values are not a list"
    return "ok", values, ""


def refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def portable(text: str, root: Path) -> str:
    """Without folders of this machine: the text is read elsewhere, and replayed there.

    Without what no text file or terminal can take either: a program chose these characters.
    """
    for path, name in (
        (f"{root}/", ""), (str(root), "."), (str(SANDBOX), "<sandbox>"),
        (sys.prefix, "<python>"), (sys.base_prefix, "<python>"),
    ):  # fmt: skip
        text = text.replace(path, name)
    text = text.encode("utf-8", "replace").decode()
    return "".join(one for one in text if one.isprintable() or one in "\n\t")
