"""The host's end of the sandbox: its server process, and one evaluation's pipes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..jobs import LEVELS, Job
from . import interpreter
from .cards import environment
from .pipes import Drain, Exchange, Returned, read_by_command

SANDBOX = Path(__file__).parent / "sandbox"
START_S = 120
HANG_S = 30
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
class Layers:
    """Layers that confine programs here. layers: {layer: True if it is in place}.

    canaries: acts that a program could do all the same when they were tried. best and worst: the
    levels with nothing missing, and with something.
    """

    layers: Mapping[str, bool]
    canaries: Sequence[str]
    best: str = "confined"
    worst: str = "process"

    @property
    def missing(self) -> list[str]:
        return [name for name, present in self.layers.items() if not present]

    @property
    def level(self) -> str:
        """Best level where every canary failed; else a process of its own, or not even that."""
        return self.worst if self.canaries or self.missing else self.best

    @property
    def reason(self) -> str:
        """Reason why the level is not the best; empty where it is."""
        if self.level == self.best:
            return ""
        missing = ", ".join(self.missing)
        without = f"without {missing}" if missing else "with every layer in place"
        could = ", ".join(self.canaries).replace("_", " ") or "more than it should"
        return f"{without}, a program could: {could}"

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where less than a level was reached, unless weak is allowed."""
        if LEVELS.index(self.level) < LEVELS.index(level) and not weak:
            raise UserError(
                f"this study wants its programs isolated as {level!r}, and here they are "
                f"{self.level!r}: {self.reason}; see `toolkit doctor`, or run it all the same with "
                "--allow-weak"
            )


@dataclass(frozen=True)
class Report:
    """Report of the server on a child that ended. killed: why the server ended it, or empty."""

    exit: int | None
    signal: int | None
    killed: str
    cpu_s: float
    peak_rss_mb: float


class Server:
    """The process of toolkit/evaluators/sandbox, started by exec with an environment of our own."""

    def __init__(
        self,
        preload: Sequence[str],
        hidden: Sequence[str],
        *,
        command: bool = False,
        python: str = "",
        readable: Sequence[str] = (),
        cards: bool = False,
    ) -> None:
        """cards: programs may be given some of this machine's."""
        settings = json.dumps(
            {
                "modules": list(preload),
                "hidden": list(hidden),
                "command": command,
                "readable": list(readable),
                "cards": cards,
            }
        )
        started = interpreter.start(python)
        standard = {**ENVIRONMENT, **environment()} if cards else ENVIRONMENT
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [*started, str(SANDBOX), str(theirs.fileno())],
                env=interpreter.environment(standard, python), cwd="/",
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is the host's, also while the server imports
            )  # fmt: skip
        self._socket.settimeout(START_S)
        with contextlib.suppress(BrokenPipeError):  # it ended already, which is told below
            self._socket.send(settings.encode())
        hello = self._socket.recv(1 << 16)
        self._socket.settimeout(None)
        silent = f"the sandbox's server did not start{f' in {python}' if python else ''}"
        told: dict[str, Any] = json.loads(hello) if hello else {"problem": silent}
        if told["problem"]:
            self.close()
            where = f"in the environment of {python}" if python else "beside the toolkit"
            raise UserError(told["problem"].replace("beside the toolkit", where))
        best = "command" if command else "confined"
        self.confinement = Layers(told["layers"], told["canaries"], best)

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

    def retire(self) -> None:
        """Waits until a dead server counts as dead.

        Its sockets close before its process ends: `alive` could still be true, and the second
        try of a job be spent on the same server.
        """
        self._process.kill()
        self._process.wait()

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
        self.status, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def __enter__(self) -> Evaluation:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._ours:
            with contextlib.suppress(OSError):
                os.close(fd)
        self.status.close()
        self._theirs.close()

    def hand_over(self, job: Job) -> list[int]:
        """The child's ends: inputs, result, output, status."""
        self.job = job
        if job.answers:
            job.answers.waits = self._waits
        self.result, result = os.pipe()
        self.output, output = os.pipe()
        self._ours = [self.result, self.output]
        if job.command:
            inputs = written(read_by_command(job))
        else:
            inputs, self.calls = os.pipe()
            self._ours.append(self.calls)
        return [inputs, result, output, self._theirs.detach()]

    def wait(self, wall_s: float) -> tuple[Report, Returned, bytes]:
        """(report, result, end of the printed output). Raises ServerDied, also if it hangs."""
        self._ours = []  # the readers close them: a number in use by a thread is never reused
        result = self._reader()
        output = Drain(self.output, self.cap, keep_all=False, full=self._stop)
        data = self._status(wall_s + HANG_S)
        for reader in (result, output):
            reader.join(0.5)  # a grandchild may hold the pipe; it is already killed
        return Report(**json.loads(data)), result.returned, output.data

    def _reader(self) -> Drain | Exchange:
        if self.job.command:
            return Drain(self.result, self.cap, keep_all=True, full=self._stop)
        return Exchange(self.calls, self.result, self.job, self.cap, self._stop)

    def _status(self, wall_s: float) -> bytes:
        """Report of the server. wall_s: seconds until it must come, but for waiting for answers."""
        began, left, data = time.monotonic(), wall_s, b""
        while not data:
            try:
                self.status.settimeout(left)
                data = self._received()
            except TimeoutError as error:
                waited_s = self.job.answers.waited_s if self.job.answers else 0.0
                left = wall_s + waited_s - (time.monotonic() - began)
                if left <= 0:
                    raise ServerDied(str(error)) from error
            except OSError as error:
                raise ServerDied(str(error)) from error
            else:
                if not data:
                    raise ServerDied("end of file")
        return data

    def _received(self) -> bytes:
        """Message of the server. Its report lies there still where the connection was reset.

        That is what a socket tells whose other end was closed with something unread: the program
        came to its end before the server had read that it goes on.
        """
        try:
            return self.status.recv(1 << 16)
        except ConnectionResetError:
            return self.status.recv(1 << 16)

    def _waits(self, on: bool) -> None:
        """Tell the server that the program waits for the host, or goes on."""
        with contextlib.suppress(OSError):  # it has ended meanwhile
            self.status.send(b"w" if on else b"g")

    def _stop(self, what: str) -> None:
        """Ask the server to kill the child: half-close, so that its report still arrives."""
        self.overflow = what
        with contextlib.suppress(OSError):
            self.status.shutdown(socket.SHUT_WR)


def written(data: bytes) -> int:
    """A file in memory, to be read from its start."""
    number = os.memfd_create("inputs")
    with open(number, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(number, 0, os.SEEK_SET)
    return number
