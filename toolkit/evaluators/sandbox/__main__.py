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
import resource
import select
import signal
import socket
import sys
from typing import Any, NoReturn

# beside this file, whose folder is run
import canaries  # type: ignore[import-not-found]
import child  # type: ignore[import-not-found]
import confine  # type: ignore[import-not-found]
import devices  # type: ignore[import-not-found]
import visible  # type: ignore[import-not-found]
from children import (  # type: ignore[import-not-found]
    children,
    end,
    enforce_deadlines,
    heard,
    reap,
    start,
)

REQUEST_BYTES = 1 << 18
SETTINGS_BYTES = 1 << 18
FDS = 4
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_POLL_S = 0.02


def main(control: socket.socket, settings: dict[str, Any]) -> None:
    child.forget_host()  # before anything of a study is imported, which may have our modules' names
    problem = preload(settings["modules"])
    readable = visible.rights(
        settings["hidden"],
        command=settings["command"],
        readable=[*settings["readable"], *(devices.DRIVER if settings["cards"] else ())],
    )
    confinement = confine.prepare(readable, cards=settings["cards"])
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
    libc.prctl(_PR_SET_DUMPABLE, 0)  # or a child of the same user could read its memory
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
            return (
                f"preload {name!r} failed: {type(error).__name__}: {error}; [code] preload in the "
                "study's file names modules that are installed beside the toolkit"
            )
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
                one = children[by_status[fd]]
                heard(one)
                if one.killed:  # the host closed its end
                    poll.unregister(fd)  # or it would be told again without end
            elif fd in children:
                ended = children.pop(fd)
                # the next evaluation gets the same numbers: nothing of this one stays under them
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
    """The next request; none where the host is gone."""
    try:
        data, fds, _, _ = socket.recv_fds(control, REQUEST_BYTES, FDS)
    except ConnectionError:
        return None, []
    return (json.loads(data), fds) if data else (None, [])


def run() -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to handle
    with socket.socket(fileno=int(sys.argv[1])) as control:
        if settings := control.recv(SETTINGS_BYTES):  # none where the host ended meanwhile
            main(control, json.loads(settings))
    sys.exit(0)


run()
