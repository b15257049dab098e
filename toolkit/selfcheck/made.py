"""Made programs: an evaluator that draws outputs from a pool instead of running anything.

What a program is worth is known: lines `SELFCHECK_BETTER_n` make it better, anything else in its
code changes nothing at all.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Literal, Self

from ..jobs import Job, Outcome
from ..records import Usage, canonical, digest
from .pool import Pool

Luck = Literal["steady", "items", "runs"]
"""steady: a program gives the same each time. items: each output wavers by itself, in every run.
runs: half of a run's outputs move together."""
BETTER, NULL = "SELFCHECK_BETTER", "SELFCHECK_NULL"
_MARK = re.compile(rb"SELFCHECK_BETTER_(\d+)")
LIFT = 2
"""further draws of each output, of which the best counts, for a line that makes a program better"""
USAGE = Usage(wall_s=0.001, cpu_s=0.001)


class MadePrograms:
    """Evaluator in this process. seed: of everything that is drawn."""

    slots = 1
    isolation = "none"
    nodes: dict[str, dict[str, str]] = {}  # noqa: RUF012 - part of the contract

    def __init__(self, pool: Pool, luck: Luck, seed: str) -> None:
        self._pool, self._luck, self._seed = pool, luck, seed
        self._ran: Counter[str] = Counter()
        self._known: dict[bytes, list[str]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs."""

    def require(self, level: str, *, weak: bool = False) -> None:
        """Nothing runs that would have to be kept from anything."""

    def run(self, job: Job) -> Outcome:
        asked = [self._asked(call) for call in job.calls]
        output = self._outputs(job)
        return Outcome("ok", [[output(item) for item in items] for items in asked], USAGE)

    def _asked(self, call: bytes) -> list[str]:
        """Items of a call, which a run makes many times, with contexts that take long to read."""
        if call not in self._known:
            self._known[call] = self._pool.asked(call)
        return self._known[call]

    def _outputs(self, job: Job) -> Callable[[str], Any]:
        """Output of this run of the program for an item."""
        better = {mark for text in job.files.values() for mark in _MARK.findall(text)}
        values = canonical(dict(job.parameters))
        draws = 1 + LIFT * len(better)
        run = f"{self._seed}:{sorted(better)}:{values}"
        if self._luck == "steady":
            draws += uniform(f"{run}:quality") < 0.5  # programs of a search differ in worth
        else:
            run = f"{run}:{self._nth(job, values)}"
        common = uniform(f"{run}:all")

        def output(item: str) -> Any:
            known = self._pool.outputs[item]
            one = uniform(f"{run}:{item}")
            if self._luck == "runs" and uniform(f"{run}:{item}:common") < 0.5:
                one = common
            return known[int(one ** (1 / draws) * len(known))]

        return output

    def _nth(self, job: Job, values: str) -> str:
        """Name of a run, which no other has: the program's code, and how often it has run."""
        files = {path: digest(text.hex()) for path, text in job.files.items()}
        program = digest(canonical([files, values]))
        with self._lock:
            self._ran[program] += 1
            return f"{program}:{self._ran[program]}"


def uniform(key: str) -> float:
    """A number in [0, 1), the same for the same key on every machine."""
    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest()) / 2**56
