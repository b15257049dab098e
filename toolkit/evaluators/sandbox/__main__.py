"""A fork server for untrusted programs: one forked child per evaluation.

The host starts it with exec in a clean interpreter (gold, keys and threads of the host are not in
its memory), `python -s -P <this folder> FD`. FD is a SOCK_SEQPACKET socket. The host first sends
the settings on it, a JSON object with the modules to preload and the paths to hide: programs can
read a command line. Then it sends one request an evaluation: a JSON object, with four file
descriptors: inputs, result, output and status. Inputs and result go between host and child; the
server never reads them, so no child finds another's data in the memory that it inherits.

Not `python -I`: that would ignore PYTHONHASHSEED, and a program that walks over a set would score
differently after a restart. The host builds the whole environment, which isolates as much.

Ends when the host's end of the socket closes, however the host died; its children go first.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any, NoReturn

# beside this file, whose folder is run
import canaries  # type: ignore[import-not-found]
import child  # type: ignore[import-not-found]
import clock  # type: ignore[import-not-found]
import command  # type: ignore[import-not-found]
import confine  # type: ignore[import-not-found]
import scratch  # type: ignore[import-not-found]
import visible  # type: ignore[import-not-found]

REQUEST_BYTES = 1 << 16
SETTINGS_BYTES = 1 << 18
FDS = 4
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_S = 0.02
MOST_THREADS = 256  # process numbers are the whole machine's


@dataclass
class Child:
    """A running evaluation. killed: why the server ended it, or empty.

    keeper: it has a tree of its own to watch and to end.
    """

    pid: int
    pidfd: int
    status: socket.socket
    began: float
    limits: dict[str, float]
    keeper: bool
    scratch: str
    killed: str = ""


def main(control: socket.socket, settings: dict[str, Any]) -> None:
    child.forget_host()
    problem = preload(settings["modules"])
    confinement = confine.prepare(visible.rights(settings["hidden"], command=settings["command"]))
    told = {"problem": problem, "layers": confinement.layers, "canaries": []}
    if not problem:
        told["canaries"] = canaries.reached(confinement, command=settings["command"])
    try:
        control.send(json.dumps(told).encode())
    except OSError:  # the host ended meanwhile: nobody is left to tell
        return
    if problem:
        return
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        serve(control, confinement)
    finally:
        for number in list(children):
            end(children.pop(number), "host gone")


def preload(modules: list[str]) -> str:
    """Import, never compute: a library that was used may hang after a fork."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            return f"preload {name!r} failed: {type(error).__name__}: {error}"
    threads = thread_count()
    if threads != 1:
        return (
            f"{threads} threads run after importing {', '.join(modules)}; forking them is unsafe: "
            "take the module that starts one out of the study's preload list"
        )
    return ""


def thread_count() -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Threads:"))


children: dict[int, Child] = {}  # by pidfd


def serve(control: socket.socket, confinement: Any) -> None:
    poll = select.poll()
    poll.register(control, select.POLLIN)
    by_status: dict[int, int] = {}
    while True:
        for fd, _ in poll.poll(wait_ms()):
            if fd == control.fileno():
                request, fds = receive(control)
                if request is None:
                    return
                new = start(request, fds, confinement)
                children[new.pidfd] = new
                by_status[new.status.fileno()] = new.pidfd
                poll.register(new.pidfd, select.POLLIN)
                poll.register(new.status, select.POLLIN)
            elif fd in by_status and by_status[fd] in children:
                kill(children[by_status[fd]], "cancelled")  # the host closed its end
                poll.unregister(fd)
            elif fd in children:
                ended = children.pop(fd)
                by_status.pop(ended.status.fileno(), None)
                poll.unregister(fd)
                forget(poll, ended.status.fileno())
                reap(ended)
        enforce_deadlines()


def forget(poll: Any, fd: int) -> None:
    with contextlib.suppress(KeyError):
        poll.unregister(fd)


def wait_ms() -> float | None:
    """Look at CPU clocks often while something runs; sleep for ever while nothing does."""
    return 1000 * _POLL_S if children else None


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    try:
        data, fds, _, _ = socket.recv_fds(control, REQUEST_BYTES, FDS)
    except ConnectionError:
        return None, []
    return (json.loads(data), fds) if data else (None, [])


def start(request: dict[str, Any], fds: list[int], confinement: Any) -> Child:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        if request["command"]:
            command.main(request, fds, parent, confinement)
        child.main(request, fds[:3], parent, confinement)
    status = socket.socket(fileno=fds[3])
    for fd in fds[:3]:
        os.close(fd)
    return Child(
        pid, os.pidfd_open(pid), status, time.monotonic(), request["limits"],
        bool(request["command"]), request["scratch"],
    )  # fmt: skip


def enforce_deadlines() -> None:
    for one in children.values():
        if one.killed:
            continue
        taken_s, limits = time.monotonic() - one.began, one.limits
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
        elif one.scratch and scratch.outgrown(one.scratch, [one.pid], limits["scratch_mb"]):
            kill(one, "scratch")


def vitals(pid: int) -> tuple[float, int]:
    """(CPU seconds so far, threads)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0, 0
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
    most_mb = one.limits["scratch_mb"]
    if one.scratch and not one.killed and scratch.outgrown(one.scratch, [], most_mb):
        one.killed = "scratch"
    report = {
        "exit": os.WEXITSTATUS(code) if os.WIFEXITED(code) else None,
        "signal": os.WTERMSIG(code) if os.WIFSIGNALED(code) else None,
        "killed": one.killed,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "rss_mb": usage.ru_maxrss / 1024,
    }
    with contextlib.suppress(OSError):  # cancelled: nobody listens
        one.status.send(json.dumps(report).encode())
    one.status.close()
    os.close(one.pidfd)


def sweep() -> None:
    """End what left its group by setsid: orphans become the server's, which is a subreaper."""
    known = {one.pid for one in children.values()}
    while True:
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


def run() -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to handle
    with socket.socket(fileno=int(sys.argv[1])) as control:
        if settings := control.recv(SETTINGS_BYTES):  # none where the host ended meanwhile
            main(control, json.loads(settings))
    sys.exit(0)


run()
