"""Runs a command with all that it starts, and ends all of it.

The forked child stays as the keeper: every orphan of the command becomes the keeper's own, so that
nothing it starts can leave the tree. The keeper is asked for each new process and counts them (a
limit of the kernel's own is the user's, not the evaluation's, and does not hold for root), and
watches CPU time, memory and the scratch folder of the whole tree. Its word on how the command ended
goes to the host by the status socket, ahead of the server's.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, NoReturn

# beside this file, whose folder is run
import child  # type: ignore[import-not-found]
import confine  # type: ignore[import-not-found]
import descendants  # type: ignore[import-not-found]
import filters  # type: ignore[import-not-found]
import landlock  # type: ignore[import-not-found]
from tree import Processes  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from confine import Confinement

NO_PROGRAM = 127  # as a shell says it
# address space beyond twice the memory: an interpreter's and its libraries' own mappings
_MAPPINGS_MB = 4096
_PR_SET_CHILD_SUBREAPER = 36


def main(
    request: dict[str, Any], fds: list[int], parent: int, confinement: Confinement
) -> NoReturn:
    """Never returns, and never lets an exception reach the server's code."""
    try:
        report = keep(request, fds, parent, confinement)
        with socket.socket(fileno=fds[3]) as status, contextlib.suppress(OSError):  # cancelled
            status.send(json.dumps(report).encode())
    except BaseException as error:
        sys.stderr.write(f"the sandbox's keeper failed: {error!r}\n")
        os._exit(1)
    os._exit(0)


def keep(
    request: dict[str, Any], fds: list[int], parent: int, confinement: Confinement
) -> dict[str, Any]:
    os.setsid()
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # asked to end, not killed: it has its tree to end first
    child.die_with(parent, signal.SIGTERM)
    confine.allow_no_new_privileges()
    # tried, not believed: what is not really scoped would kill all of this user's
    # processes (Processes.end)
    alone = landlock.scope_signals(confinement.abi)
    scoped = alone and not any(map(descendants.may_signal, (parent, 1)))
    ours, theirs = socket.socketpair()
    wake, awake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(awake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # what is ignored would write nothing into the pipe
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        start(request, fds[:3], theirs, keeper, confinement, scoped=scoped)
    theirs.close()
    for fd in fds[:3]:
        os.close(fd)
    with ours:
        _, listeners, _, _ = socket.recv_fds(ours, 1, 1)
    tree = Processes(pid, request, scoped, filters.sigaction())
    tree.watch(wake, listeners[0] if listeners else None)
    tree.end()
    report: dict[str, Any] = tree.report()
    return report


def start(
    request: dict[str, Any],
    fds: list[int],
    keeper: socket.socket,
    parent: int,
    confinement: Confinement,
    *,
    scoped: bool,
) -> NoReturn:
    """Become the command: inputs on 0, the result on 1, what is printed besides on 2."""
    try:
        # out of the way of 0, 1 and 2, which any of them may be
        inputs, result, output = (fcntl.fcntl(fd, fcntl.F_DUPFD, 200) for fd in fds)
        asked = fcntl.fcntl(keeper.fileno(), fcntl.F_DUPFD_CLOEXEC, 200)
        root, folder, tree = request["root"], request["scratch"], request["writable"]
        # while /proc/self is still readable
        rules = confinement.rules(
            root, *child.OWN, scratch=folder, tree=tree, execute=True, nodes=request["devices"]
        )
        if rules is not None:
            rules = fcntl.fcntl(rules, fcntl.F_DUPFD_CLOEXEC, 200)
        for number, fd in enumerate((inputs, result, output)):
            os.dup2(fd, number)
        kept = sorted(fd for fd in (asked, rules) if fd is not None)
        for low, high in zip([2, *kept], [*kept, 65536]):  # noqa: B905 - since Python 3.10
            os.closerange(low + 1, high)
        signal.set_wakeup_fd(-1)
        limit(request, parent)
        os.chdir(root)
        program = found(request["command"][0])
        # nothing may be started between the two: nobody could answer for it yet
        listener = confinement.apply_to_tree(
            rules, scoped=scoped, pretend=tree, metered=request["metered"]
        )
        with socket.socket(fileno=asked) as last:
            socket.send_fds(last, [b"."], [] if listener is None else [listener])
        os.execv(program, [program, *request["command"][1:]])
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"the command could not be started: {error}\n".encode())
    os._exit(NO_PROGRAM)


def limit(request: dict[str, Any], parent: int) -> None:
    child.die_with(parent, signal.SIGKILL)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    limits = request["limits"]
    memory = int(limits["memory_mb"] * child.MEGABYTE)
    if not limits.get("gpus"):  # else the keeper's watch over what is resident is all there is
        child.cap(resource.RLIMIT_DATA, memory)
        child.cap(resource.RLIMIT_AS, 2 * memory + _MAPPINGS_MB * child.MEGABYTE)
    child.cap_the_rest(limits)
    os.environ.update(request["environment"])


def found(name: str) -> str:
    """`python` is the interpreter that the toolkit runs in, with its packages."""
    if name == "python":
        return sys.executable
    path = name if "/" in name else shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"there is no program {name!r} in {os.environ['PATH']}")
    return path
