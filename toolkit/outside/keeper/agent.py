"""The forked process that becomes an agent: a session, limits and a wall of its own."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys
from typing import Any, NoReturn

import wall  # type: ignore[import-not-found]  # beside this file, whose folder is run

MEGABYTE = 1 << 20
_PR_SET_PDEATHSIG = 1
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ)


class Refused(Exception):  # noqa: N818 - what happened
    """The agent cannot be started; the message says why."""


def start(asked: dict[str, Any]) -> tuple[int, int]:
    """(process, end of its output to read from). Raises Refused."""
    output, theirs = os.pipe2(os.O_CLOEXEC)
    problem, problems = os.pipe2(os.O_CLOEXEC)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        become(asked, theirs, problems, keeper)
    os.close(theirs)
    os.close(problems)
    with open(problem, "rb") as file:
        told = file.read().decode(errors="replace")  # closed by exec: then nothing is wrong
    if told:
        os.waitpid(pid, 0)
        os.close(output)
        raise Refused(told)
    return pid, output


def become(asked: dict[str, Any], output: int, problems: int, keeper: int) -> NoReturn:
    """Become the agent, or tell why not."""
    try:
        os.setsid()
        die_with(keeper)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, fd in enumerate((nothing, output, output)):
            os.dup2(fd, number)
        problems = fcntl.fcntl(problems, fcntl.F_DUPFD_CLOEXEC, 200)
        os.closerange(3, problems)
        limit(asked)
        for number in _IGNORED:
            signal.signal(number, signal.SIG_DFL)
        os.chdir(asked["cwd"])
        if asked["wall"]:
            wall.enter(asked["wall"])
        environment = asked["environment"]
        os.execvpe(asked["argv"][0], asked["argv"], environment)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(problems, f"{asked['argv'][0]}: {error}".encode())
    os._exit(127)


def die_with(keeper: int) -> None:
    """Be killed where the keeper is; what it has started by then is found by its mark."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:  # it died before the line above
        sys.exit("the keeper is gone")


def limit(asked: dict[str, Any]) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    # where the machine runs out of memory the agent goes before the host
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")
    if asked["scratch_mb"]:
        _lower(resource.RLIMIT_FSIZE, int(asked["scratch_mb"] * MEGABYTE))


def _lower(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (least, least))
