"""Work of a forked child: bind itself, run the program, answer call by call.

Standard library only: the program's own imports decide what else is loaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib
import os
import random
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

# beside this file, whose folder is run
import answers  # type: ignore[import-not-found]
import questions  # type: ignore[import-not-found]
from talk import CALLS, RESULT, Host  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from confine import Confinement  # type: ignore[import-not-found]

RULES = 5
# what libraries ask of their own process; not all of /proc/self: `net` tells of the whole machine
OWN = tuple(
    f"/proc/self/{name}" for name in (
        "cgroup", "cmdline", "fd", "limits", "maps", "mem", "mountinfo", "stat", "statm", "status",
    )
)  # fmt: skip
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
MEGABYTE = 1 << 20


def main(
    request: dict[str, Any], fds: list[int], parent: int, confinement: Confinement
) -> NoReturn:
    """Never returns, and never lets an exception reach the server's code."""
    host = questions.Host() if request.get("answers") else Host()
    try:
        # made here and not by the server: /proc/self is each process's own
        rules = arrange_files(
            fds,
            confinement.rules(
                request["root"],
                *OWN,
                scratch=request["scratch"],
                tree=request["writable"],
                nodes=request["devices"],
            ),
        )
        host.greet()  # first: without a stamp what goes wrong below could not be told
        bind(request, parent)
        os.chdir(request["root"])
        confinement.apply(rules, pretend=request["writable"])
        evaluate(request, host)
    except BaseException as error:  # SystemExit and KeyboardInterrupt are results as well
        host.give_up(error)
    finish()


def finish() -> NoReturn:
    """Everything was handed over."""
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)  # threads that never end cannot hold it


def arrange_files(fds: list[int], rules: int | None) -> int | None:
    """Printed output on 1 and 2, the result on 3, calls on 4, rules on 5, nothing else open.

    Standard input stays the server's, which is empty: a program that asks it for a line gets none,
    instead of waiting for its next call.
    """
    calls, result, output = fds
    wanted = {1: output, 2: output, RESULT: result, CALLS: calls}
    place(wanted if rules is None else {**wanted, RULES: rules})
    os.closerange(CALLS + 1 if rules is None else RULES + 1, 65536)
    return None if rules is None else RULES


def place(wanted: dict[int, int]) -> None:
    """{number: what is to be open there}, and no longer where it was."""
    # first out of the way: one of them may be a number that another is to have
    moved = {number: fcntl.fcntl(fd, fcntl.F_DUPFD, 200) for number, fd in wanted.items()}
    for fd in set(wanted.values()):
        os.close(fd)
    for number, fd in moved.items():
        os.dup2(fd, number)
        os.close(fd)


def bind(request: dict[str, Any], parent: int) -> None:
    """Limits that the program cannot lift; dies with the server."""
    os.setsid()
    die_with(parent, signal.SIGKILL)
    # as any program finds them: the server ignores the first, and Python the last
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    # where the machine runs out of memory the program goes first, and neither host nor server
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("900")
    limit_resources(request["limits"])
    work_in(request)


def die_with(parent: int, number: int) -> None:
    """Get a signal when the parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def work_in(request: dict[str, Any]) -> None:
    """Set the variables of the evaluation; the server may look at what it has open."""
    if request["scratch"]:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1)
    os.environ.update(request["environment"])
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None


def limit_resources(limits: dict[str, float]) -> None:
    with open("/proc/self/status") as file:
        size = dict(line.split(":", 1) for line in file if line.startswith("Vm"))
    budget = int(limits["memory_mb"] * MEGABYTE)
    used = {name: int(text.split()[0]) * 1024 for name, text in size.items()}
    if not limits.get("gpus"):  # else the server watches what is resident: see memory.py
        # both: RLIMIT_DATA stops private memory, RLIMIT_AS stops shared mappings
        cap(resource.RLIMIT_DATA, used["VmData"] + budget)
        cap(resource.RLIMIT_AS, used["VmSize"] + 2 * budget)
    cap_the_rest(limits)


def cap_the_rest(limits: dict[str, float]) -> None:
    # one file a little larger than the whole folder may be: the server sees that it is too much
    file_mb = limits["scratch_mb"] + 1 if limits["scratch_mb"] else limits["output_mb"]
    cap(resource.RLIMIT_FSIZE, int(file_mb * MEGABYTE))
    cap(resource.RLIMIT_NOFILE, 256)
    cap(resource.RLIMIT_CORE, 0)
    # whole seconds only: the server watches fractions; this holds if the server is slow
    seconds = int(limits["cpu_s"]) + 1
    cap(resource.RLIMIT_CPU, seconds, seconds + 1)


def cap(kind: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(kind, (soft, soft if hard is None else hard))


def forget_host() -> None:
    """Forget all but the interpreter's own folders: an editable install adds the host's repository.

    This folder goes as well, its modules' names (a program may have a module `child`), and what
    the host wrote on the command line.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    roots = tuple(os.path.join(os.path.realpath(r), "") for r in (sys.prefix, sys.base_prefix))
    sys.path[:] = [
        path
        for path in sys.path
        if path and os.path.abspath(path) != here and os.path.realpath(path).startswith(roots)
    ]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name != "__main__" and os.path.dirname(os.path.abspath(file)) == here:
            del sys.modules[name]
    sys.argv[:] = [""]  # as in an interpreter without a script: a program has no arguments
    if hasattr(sys, "orig_argv"):  # since Python 3.10
        sys.orig_argv[:] = [sys.executable]


def evaluate(request: dict[str, Any], host: Host) -> None:
    """Import the entry point from the work copy and answer every call."""
    sys.path.insert(0, request["root"])
    sys.dont_write_bytecode = True
    seed(request["seed"])
    module, _, name = request["entry"].partition(":")
    function = getattr(importlib.import_module(module), name)
    services: dict[str, Any] = {"seed": request["seed"]}
    if request.get("answers"):
        services["complete"] = questions.Complete(host)
    while (call := host.take()) is not None:
        if request["arguments"] == "run":
            value = answer(function, *call, host.parameters, services)
        else:
            value = answers.once_each(function, request["arguments"], *call)
        host.give({"ok": True, "value": value})


def answer(function: Any, *arguments: Any) -> Any:
    """Value that the entry returns. Where it cannot be called so, the error says what to write."""
    try:
        return function(*arguments)
    except TypeError as error:
        trace = error.__traceback__
        if trace is None or trace.tb_next is not None:  # raised by the program's own lines
            raise
        name = getattr(function, "__name__", "run")
        wanted = f"write `def {name}(context, inputs, parameters, services)`"
        raise TypeError(f"{error}: {wanted}") from None


def seed(number: int) -> None:
    """Seed the generators: all children are forked from one state, and it must be a known one."""
    random.seed(number)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(number % (1 << 32))
