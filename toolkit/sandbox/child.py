"""What a forked child does: bind itself, read its inputs, run the program, write one frame.

Standard library only: the program's own imports decide what else is loaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib
import json
import os
import random
import resource
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from confine import Confinement  # type: ignore[import-not-found]

INPUT, RESULT, RULES = 0, 3, 4
DETAIL_CHARS = 6000
HEADER_BYTES = 8
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
    try:
        rules = arrange_files(
            fds, confinement.rules(request["root"], *OWN, scratch=request["scratch"])
        )
        bind(request, parent)
        os.chdir(request["root"])
        confinement.apply(rules)
        frame = evaluate(request)
    except BaseException as error:  # SystemExit and KeyboardInterrupt are results as well
        frame = failure(error)
    finish(frame)


def finish(frame: dict[str, Any]) -> NoReturn:
    """Hand over the result, and end."""
    with contextlib.suppress(BaseException):
        write(frame)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)  # threads that never end cannot hold it


def arrange_files(fds: list[int], rules: int | None) -> int | None:
    """Inputs on 0, printed output on 1 and 2, the result on 3, rules on 4, nothing else open."""
    # first out of the way: one of them may be a number that another is to have
    inputs, result, output = (fcntl.fcntl(fd, fcntl.F_DUPFD, 200) for fd in fds)
    if rules is not None:
        rules = fcntl.fcntl(rules, fcntl.F_DUPFD, 200)
    os.dup2(inputs, INPUT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(result, RESULT)
    if rules is not None:
        os.dup2(rules, RULES)
    os.closerange(RESULT + 1 if rules is None else RULES + 1, 65536)
    return None if rules is None else RULES


def bind(request: dict[str, Any], parent: int) -> None:
    """Limits that the program cannot lift; dies with the server."""
    os.setsid()
    die_with(parent, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("900")
    limit_resources(request["limits"])
    if request["scratch"]:
        work_in(request["scratch"])


def die_with(parent: int, number: int) -> None:
    """Get a signal when the parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def work_in(folder: str) -> None:
    """Temporary files go there; the server may look at what is open, to know how much it is."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1)
    os.environ["TMPDIR"] = folder
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None


def limit_resources(limits: dict[str, float]) -> None:
    with open("/proc/self/status") as file:
        size = dict(line.split(":", 1) for line in file if line.startswith("Vm"))
    budget = int(limits["memory_mb"] * MEGABYTE)
    used = {name: int(text.split()[0]) * 1024 for name, text in size.items()}
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


OURS = ("calls", "canaries", "child", "clock", "command", "confine", "scratch", "visible")


def forget_host() -> None:
    """Only the interpreter's own folders: an editable install adds the host's repository.

    This folder goes as well, and its modules' names: a program may have a module `child`.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    roots = tuple(os.path.join(os.path.realpath(r), "") for r in (sys.prefix, sys.base_prefix))
    sys.path[:] = [
        path
        for path in sys.path
        if path and os.path.abspath(path) != here and os.path.realpath(path).startswith(roots)
    ]
    for name in OURS:
        sys.modules.pop(name, None)


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Import the entry point from the work copy and make every call."""
    with open(INPUT, "rb", closefd=False) as file:
        inputs = json.loads(file.read())
    sys.path.insert(0, request["root"])
    sys.dont_write_bytecode = True
    seed(request["seed"])
    module, _, name = request["entry"].partition(":")
    function = getattr(importlib.import_module(module), name)
    services: dict[str, Any] = {}
    values = [function(*call, inputs["parameters"], services) for call in inputs["calls"]]
    return {"ok": True, "values": values}


def seed(number: int) -> None:
    """All children are forked from one state: reseeded, so that it is a known one."""
    random.seed(number)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(number % (1 << 32))


def failure(error: BaseException) -> dict[str, Any]:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next  # our own frames say nothing about the program
    try:
        text = "".join(traceback.format_exception(type(error), error, trace))
    except BaseException:  # an exception whose own text raises
        text = type(error).__name__
    return {"ok": False, "error": type(error).__name__, "detail": text[-DETAIL_CHARS:]}


def write(frame: dict[str, Any]) -> None:
    """One length-prefixed JSON frame; what JSON cannot hold is a failure of the program."""
    try:
        data = json.dumps(frame, allow_nan=False).encode()
    except BaseException as error:
        data = json.dumps(failure(error)).encode()
    view = memoryview(len(data).to_bytes(HEADER_BYTES, "big") + data)
    while view:
        view = view[os.write(RESULT, view) :]
