"""Programs that the contract of evaluators runs, and what must come of them."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..evaluator import Evaluator
from ..jobs import Job, Limits, Outcome

SMALL = Limits(cpu_s=2, memory_mb=256, output_mb=1, wall_s=60)
ASLEEP = """
import ctypes, time
ctypes.CDLL(None).prctl(15, {name!r}.encode(), 0, 0, 0)
time.sleep(60)
"""
"""A program that can be found by its name while it runs, and sleeps."""
LATER = """
if x != "first": return False
import select
seen, frame = [], sys._getframe()
while frame is not None:
    seen.append(repr(frame.f_locals))
    frame = frame.f_back
for fd in range(10):
    try:
        seen.append(str(os.pread(fd, 1 << 20, 0)))
    except OSError:
        try:
            if select.select([fd], [], [], 0)[0]: seen.append(str(os.read(fd, 1 << 20)))
        except OSError: pass
return any("the-later-call" in text for text in seen)
"""
"""Looks for the second call while it is asked the first: above it, and in what is open."""


def job(
    body: str, *, calls: Sequence[Sequence[Any]] = ((1,),), limits: Limits = SMALL, seed: int = 5
) -> Job:
    """A program whose function `run(x, p, services)` has this body."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    code = f"import os, random, sys, time\ndef run(x, p, services):\n{lines}"
    files = {"program/__init__.py": b"", "program/main.py": code.encode()}
    encoded = tuple(json.dumps(call).encode() for call in calls)
    return Job(files, "program.main:run", {"p": 2}, encoded, limits, seed)


def command(body: str) -> Job:
    """The same as a program of its own."""
    code = f"import json, sys\njob = json.load(sys.stdin)\n{body}\n"
    files = {"main.py": code.encode()}
    return Job(files, "", {"p": 2}, (b"[1]",), SMALL, 5, ("python", "main.py"))


SCRIPT = """
import os, pathlib, sys, tempfile
assert sys.stdin.read() == ""
print("loss: 1.5", os.environ["LR"])
print("careful", file=sys.stderr)
pathlib.Path.home().joinpath("cache").mkdir()
tempfile.TemporaryFile().close()
os.makedirs("out")
pathlib.Path("out/a.txt").write_text(pathlib.Path("given.txt").read_text())
"""
"""A program as it is: it knows nothing of the toolkit, and writes where programs write."""


def script(body: str = SCRIPT) -> Job:
    """A program as it is, which leaves files below `out`."""
    files = {"main.py": body.encode()}
    call = json.dumps({"files": {"given.txt": "what it was given"}}).encode()
    return Job(
        files, "", {}, (call,), SMALL, 5, ("python", "main.py"), script=True, leaves=("out",),
        environment={"LR": "0.1"}, writable=True,
    )  # fmt: skip


def expect(status: str, found: Outcome) -> Outcome:
    """The outcome, where it is what it must be."""
    assert found.status == status, f"{found.status} instead of {status}: {found.detail}"
    assert (found.values is None) == (status != "ok"), "there are values if and only if it is ok"
    assert found.usage.wall_s > 0, "whatever the ending, the seconds on the clock are charged"
    assert status == "ok" or found.detail, "a failure without a reason tells nobody what to mend"
    return found


def refuses(evaluator: Evaluator, level: str) -> bool:
    try:
        evaluator.require(level)
    except UserError:
        return True
    return False


def together(evaluator: Evaluator, jobs: Sequence[Job]) -> Sequence[Outcome]:
    """Outcomes of jobs that are all asked for at once."""
    found: list[Outcome] = []

    def run(one: Job) -> None:
        found.append(evaluator.run(one))

    threads = [threading.Thread(target=run, args=(one,)) for one in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def named(name: str) -> bool:
    """True if a process of this machine has this name."""
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text().strip() == name:
                return True
    return False


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """True if something comes true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
