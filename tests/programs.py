"""Programs that several tests run, and how their calls are written."""

from __future__ import annotations

import json
from collections.abc import Iterable

from toolkit.jobs import Job, Limits, Outcome

FRAMED = """
def framed(body):
    at = sys._getframe()
    while "host" not in at.f_locals:
        at = at.f_back
    return at.f_locals["host"].stamp + len(body).to_bytes(8, "big") + body
"""  # as the sandbox would write it


def encoded(calls: Iterable[object]) -> tuple[bytes, ...]:
    return tuple(json.dumps(call).encode() for call in calls)


# Looks in every place where bytes that the process was given can lie; says which calls it found.
HUNTER = b'''
import ctypes, gc, os, re, stat, sys, time

MARK = re.compile(rb"mark-of-ca" + rb"ll-(\\d)")  # this line is in memory as well


def texts(found, seen):
    """All that is written in an object, whatever holds it."""
    stack = [found]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one.encode("utf-8", "replace")
        elif isinstance(one, (bytes, bytearray, memoryview)):
            yield bytes(one)
        elif isinstance(one, dict):
            stack += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set, frozenset)):
            stack += list(one)


def objects():
    seen = set()
    for one in gc.get_objects():
        yield from texts(one, seen)


def frames():
    at, seen = sys._getframe(), set()
    while at is not None:
        yield from texts(dict(at.f_locals), seen)
        yield from texts({k: v for k, v in at.f_globals.items() if type(v) in (str, bytes, list, dict)}, seen)
        for value in at.f_locals.values():
            yield from texts(getattr(value, "__dict__", {}), seen)
        at = at.f_back


def files():
    """What is to be read from any open file: pipes without waiting, others from their start."""
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if stat.S_ISREG(os.fstat(number).st_mode):
                yield os.pread(number, 1 << 20, 0)
                continue
            again = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_NONBLOCK)
            try:
                yield os.read(again, 1 << 20)
            finally:
                os.close(again)
        except OSError:
            pass


def memory():
    """Every page that may be written."""
    with open("/proc/self/maps") as file:
        rows = [row.split() for row in file]
    for row in rows:
        if row[1].startswith("rw") and row[-1] not in ("[vvar]", "[vsyscall]"):
            low, high = (int(part, 16) for part in row[0].split("-"))
            with open("/proc/self/mem", "rb", 0) as file:
                try:
                    file.seek(low)
                    yield file.read(high - low)
                except OSError:
                    pass


def run(call, p, services):
    time.sleep(0.02)  # whoever writes ahead has had the time to
    found = {}
    for place in (objects, frames, memory, files):
        numbers = {int(n) for text in place() for n in MARK.findall(text)}
        found[place.__name__] = sorted(numbers)
    return found
'''


def hunt(padding: int = 0) -> Job:
    """Three calls, each with a mark of its own, of any size."""
    calls = [[{"text": f"mark-of-call-{number} " + "x" * padding}] for number in range(3)]
    limits = Limits(cpu_s=20, memory_mb=512, output_mb=1)
    return Job({"main.py": HUNTER}, "main:run", {}, encoded(calls), limits)


def check_hunt(outcome: Outcome) -> None:
    """It finds its own call, so that it knows how to look; and none that comes later."""
    assert outcome.status == "ok", outcome.detail
    for number, found in enumerate(outcome.values or []):
        for place in ("objects", "frames", "memory"):
            assert number in found[place], (number, found)
        assert max(max(numbers, default=0) for numbers in found.values()) == number, found
    assert len(outcome.values or []) == 3
