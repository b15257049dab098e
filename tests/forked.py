"""Commands of the toolkit, each in a process of its own that is forked from one that has imported it.

A command imports for several tenths of a second and works for a few hundredths; forked, it works at
once, and is a process like any other: its own environment, folder, streams, signals and exit.
Run as a script, this module is the process that they are forked from.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# imported beforehand once a command has asked for them: none of them starts a thread
HEAVY = ("numpy", "jinja2", "rich.table", "optuna", "openai", "scipy.stats", "seaborn")
OURS = ("toolkit.", "searchers.", "studies.")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # two could not be forked
LONGEST = 1 << 20  # bytes of a request


class Origin:
    """The process that commands are forked from; a context manager."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], env={**variables, **ONE_THREAD},
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    def __enter__(self) -> Origin:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait()

    def run(
        self, arguments: Sequence[str | Path], folder: Path, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Result that `subprocess.run` gives of `toolkit ARGUMENTS` in a folder, its streams captured."""
        ours, theirs = zip(os.pipe(), os.pipe(), strict=True)
        request = json.dumps([[*map(os.fspath, arguments)], str(folder), dict(variables)]).encode()
        socket.send_fds(self._socket, [request], theirs)
        for number in theirs:
            os.close(number)
        process = int(self._socket.recv(64))
        with ThreadPoolExecutor(2) as threads:
            try:
                output, errors = threads.map(_read, ours)
            except BaseException:  # the test took too long
                os.kill(process, signal.SIGKILL)
                raise
            finally:
                code = int(self._socket.recv(64))
        return subprocess.CompletedProcess(["toolkit", *map(str, arguments)], code, output, errors)


def _read(stream: int) -> str:
    with open(stream) as file:
        return file.read()


def _wait(host: socket.socket) -> None:
    """Fork a process for every request, and return in each of these; end with the host."""
    learned, told = os.pipe()
    os.set_blocking(learned, False)
    while True:
        request, streams, *_ = socket.recv_fds(host, LONGEST, 2)
        if not request:
            os._exit(0)
        gc.freeze()
        process = os.fork()
        if not process:
            host.close()
            os.close(learned)
            return _become(*json.loads(request), streams, told)
        for number in streams:
            os.close(number)
        host.send(str(process).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        host.send(str(code).encode())
        with contextlib.suppress(BlockingIOError):
            for name in os.read(learned, 1 << 16).decode().split():
                importlib.import_module(name)


def _become(
    arguments: list[str], folder: str, variables: dict[str, str], streams: list[int], told: int
) -> None:
    """Make this process the one that `python -m toolkit.cli` would be."""
    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    places = variables.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [folder, *(place for place in places if place not in sys.path)]
    importlib.invalidate_caches()
    sys.argv = ["toolkit", *arguments]
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stderr = open(2, "w", closefd=False, errors="backslashreplace", buffering=1)  # noqa: SIM115
    atexit.register(_tell, told)


def _end(code: object) -> None:
    """End this process as Python would, but leave it to Linux to take its memory apart."""
    if code is None or isinstance(code, int):
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit((code or 0) & 0xFF)


def _tell(told: int) -> None:
    names = [name for name in sys.modules if name in HEAVY or name.startswith(OURS)]
    os.write(told, " ".join(names).encode())


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this module
    from toolkit.cli import main as commands

    for module, _ in commands.COMMANDS.values():
        importlib.import_module(f"toolkit.cli.{module}")
    _wait(socket.socket(fileno=int(sys.argv[1])))
    try:
        commands.main()
    except SystemExit as end:
        _end(end.code)
        raise
