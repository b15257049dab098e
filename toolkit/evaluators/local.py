"""Runs jobs on this machine, each in a child of the sandbox's fork server."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..records import DETAIL_CHARS, Job, Outcome, Status, Usage

SANDBOX = Path(__file__).parent.parent / "sandbox"
WORK_COPIES = 8
START_S = 120
OUTPUT_CHARS = 1024
REASON_CHARS = DETAIL_CHARS - OUTPUT_CHARS - 64
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    # one thread each: the server must not fork with two, and slots share the cores
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON")},
    # scikit-learn imports pyarrow, whose allocator starts a thread
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class ServerDied(Exception):  # noqa: N818 - what happened
    """The fork server is gone; what ran in it has to run again."""


@dataclass(frozen=True)
class Report:
    """How a child ended, by the server's word. killed: why the server ended it, or empty."""

    exit: int | None
    signal: int | None
    killed: str
    cpu_s: float
    rss_mb: float


class LocalEvaluator:
    """A context manager around one fork server; `run` may be called from many threads."""

    isolation = "process"

    def __init__(self, *, preload: Sequence[str] = (), slots: int = 1) -> None:
        """preload: modules that every program imports; slots: evaluations at a time."""
        self.preload = tuple(preload)
        self._free = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._copies = WorkCopies()

    def __enter__(self) -> LocalEvaluator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises UserError where a preloaded module cannot be imported or starts a thread."""
        self._live_server()

    def close(self) -> None:
        with self._lock:
            if self._server:
                self._server.close()
                self._server = None
        self._copies.close()

    def _live_server(self) -> Server:
        with self._lock:
            if self._server is None or not self._server.alive:
                if self._server:
                    self._server.close()
                self._server = Server(self.preload)
            return self._server

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending is a status."""
        with self._free, self._copies.hold(job) as root:
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
            self._live_server().send(request(job, root), evaluation.hand_over(job))
            report, result, printed = evaluation.wait()
        usage = Usage(time.monotonic() - began, report.cpu_s, report.rss_mb)
        status, values, reason = verdict(job, report, result, evaluation.overflow)
        detail = portable(reason, root)[-REASON_CHARS:]
        if status != "ok" and printed:
            tail = portable(printed.decode(errors="replace"), root)[-OUTPUT_CHARS:]
            detail = f"{detail}\n--- end of its output ---\n{tail}"
        return Outcome(status, values, usage, detail)


class Server:
    """The process of toolkit/sandbox, started by exec with an environment of our own."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", str(SANDBOX), str(theirs.fileno()), *preload],
                env=ENVIRONMENT, cwd="/", pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self._socket.settimeout(START_S)
        hello = self._socket.recv(1 << 16)
        self._socket.settimeout(None)
        problem = json.loads(hello)["problem"] if hello else "the sandbox's server did not start"
        if problem:
            self.close()
            raise UserError(problem)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, message: bytes, fds: Sequence[int]) -> None:
        try:
            with self._lock:
                socket.send_fds(self._socket, [message], fds)
        except OSError as error:
            raise ServerDied(str(error)) from error
        finally:
            for fd in fds:
                os.close(fd)

    def close(self) -> None:
        self._socket.close()  # the server kills its children and ends
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Evaluation:
    """The host's ends of one evaluation's pipes, drained with caps."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.overflow = ""
        self._ours: list[int] = []

    def __enter__(self) -> Evaluation:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._ours:
            with contextlib.suppress(OSError):
                os.close(fd)
        self.status.close()

    def hand_over(self, job: Job) -> list[int]:
        """The child's ends: inputs, result, output, status."""
        inputs = os.memfd_create("inputs")
        with open(inputs, "wb", closefd=False) as file:
            parameters = json.dumps(dict(job.parameters)).encode()
            file.write(b'{"parameters":' + parameters + b',"calls":' + job.calls + b"}")
        os.lseek(inputs, 0, os.SEEK_SET)
        self.result, result = os.pipe()
        self.output, output = os.pipe()
        self._ours = [self.result, self.output]
        self.status, status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return [inputs, result, output, status.detach()]

    def wait(self) -> tuple[Report, bytes, bytes]:
        """(report, result, end of the printed output). Raises ServerDied."""
        drains = [
            Drain(self.result, self.cap, keep_all=True, full=self._stop),
            Drain(self.output, self.cap, keep_all=False, full=self._stop),
        ]
        data = self._status()
        for drain in drains:
            drain.join(0.5)  # a grandchild may hold the pipe; it is already killed
        return Report(**json.loads(data)), drains[0].data, drains[1].data

    def _status(self) -> bytes:
        try:
            data = self.status.recv(1 << 16)
        except OSError as error:
            raise ServerDied(str(error)) from error
        if not data:
            raise ServerDied("end of file")
        return data

    def _stop(self, what: str) -> None:
        """Ask the server to kill the child: half-close, so that its report still arrives."""
        self.overflow = what
        with contextlib.suppress(OSError):
            self.status.shutdown(socket.SHUT_WR)


class Drain(threading.Thread):
    """Reads a pipe to its end, or to its cap."""

    def __init__(self, fd: int, cap: int, *, keep_all: bool, full: Any) -> None:
        super().__init__(daemon=True)
        self.fd, self.cap, self.keep_all, self.full = fd, cap, keep_all, full
        self.data = b""
        self.start()

    def run(self) -> None:
        blocks: list[bytes] = []
        seen = 0
        with contextlib.suppress(OSError):
            while block := os.read(self.fd, 1 << 16):
                seen += len(block)
                if seen > self.cap:
                    self.full("result" if self.keep_all else "output")
                    break
                blocks.append(block)
                if not self.keep_all:
                    blocks = [b"".join(blocks)[-DETAIL_CHARS:]]
        self.data = b"".join(blocks)


class WorkCopies:
    """Programs on disk, one read-only folder per tree, the oldest removed first."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="toolkit-work-"))
        self._held: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def hold(self, job: Job) -> Any:
        """The folder of a job's files, which stays while the context does."""
        name = job.tree[:24]
        with self._lock:
            if name not in self._held:
                self._write(name, job.files)
            self._held[name] = self._held.pop(name, 0) + 1
        try:
            yield self.folder / name
        finally:
            with self._lock:
                self._held[name] -= 1
                self._trim()

    def _write(self, name: str, files: Mapping[str, bytes]) -> None:
        part = self.folder / f".{name}"
        part.mkdir()
        for path, content in files.items():
            target = part / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o444)
        part.rename(self.folder / name)

    def _trim(self) -> None:
        for name in [name for name, users in self._held.items() if not users]:
            if len(self._held) <= WORK_COPIES:
                return
            del self._held[name]
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


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
    if report.killed == "cpu" or report.signal == signal.SIGXCPU:
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
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return "crashed", None, f"malformed result: {type(error).__name__}: {error}"
    if not isinstance(values, list):
        return "crashed", None, "malformed result: its values are not a list"
    return "ok", values, ""


def refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def portable(text: str, root: Path) -> str:
    """Without folders of this machine: the text is read elsewhere, and replayed there."""
    for path, name in (
        (f"{root}/", ""), (str(root), "."), (str(SANDBOX), "<sandbox>"),
        (sys.prefix, "<python>"), (sys.base_prefix, "<python>"),
    ):  # fmt: skip
        text = text.replace(path, name)
    return text
