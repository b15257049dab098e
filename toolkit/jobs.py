"""Jobs: what an evaluator is given to run, within which limits, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .records import Record, Status, Usage

LEVELS = ("none", "process", "command", "confined")  # of isolation, the weakest first
WALL_PER_CPU = 10.0  # seconds on the clock for each of CPU time: a tenth of a core is enough
GRACE_S, GRACE_TIMES = 30.0, 10.0  # without CPU time: so long, or so many times the baseline


@dataclass(frozen=True)
class Limits(Record):
    """Limits of one evaluation. CPU time decides; the clock only guards against hangs.

    scratch_mb: of its own folder for temporary files; 0: there is none.
    wall_s: seconds on the clock, as a study sets them; 0: they are derived.
    grace_s: where they are derived, what a program may take that uses no CPU time; 0: nobody
    knows yet what the unchanged program takes.
    """

    cpu_s: float = 60.0
    memory_mb: float = 2048.0
    output_mb: float = 8.0
    scratch_mb: float = 0.0
    wall_s: float = 0.0
    grace_s: float = 0.0

    def derived(self, baseline_s: float) -> Limits:
        """The same limits, with a grace from what the unchanged program took on the clock."""
        if self.wall_s:
            return self
        return replace(self, grace_s=max(GRACE_S, GRACE_TIMES * baseline_s))

    @property
    def longest_s(self) -> float:
        """Seconds on the clock that no evaluation may pass, whatever it does."""
        return self.wall_s or WALL_PER_CPU * self.cpu_s

    def allowed_s(self, cpu_s: float) -> float:
        """Seconds on the clock for a program that has used so much CPU time.

        What works is not cut as long as it gets a tenth of a core, however loaded the machine
        is; what sleeps, waits for input or for a lock is cut soon.
        """
        if self.wall_s or not self.grace_s:
            return self.longest_s
        return min(self.longest_s, self.grace_s + WALL_PER_CPU * cpu_s)


@dataclass(frozen=True)
class Job:
    """One evaluation: a program, its parameters, and the calls to make.

    files: {path below the root: content}. entry: "package.module:function". calls: the JSON
    array of arguments of each, already encoded because a split is sent many times, and apart
    because a program gets the next one only when it has answered the last;
    `function(*arguments, parameters, services)` is called once per array, in order.
    command: instead of an entry, a program and its arguments, run in the root of the tree;
    it reads {"calls", "parameters", "seed"}, all at once, and writes the list of results.
    fresh: run it even if an identical job has run, as a comparison of A with A must.
    """

    files: Mapping[str, bytes]
    entry: str
    parameters: Mapping[str, Any]
    calls: tuple[bytes, ...]
    limits: Limits
    seed: int = 0
    command: Sequence[str] = ()
    fresh: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.calls, bytes):  # once all calls were one text
            raise TypeError("a job's calls are a tuple of JSON texts, one for each call")

    @property
    def all_calls(self) -> bytes:
        """Calls of a job as one JSON array."""
        return b"[" + b",".join(self.calls) + b"]"


@dataclass(frozen=True)
class Outcome:
    """Result of a job: one JSON value per call if status is "ok", else None and the reason."""

    status: Status
    values: Sequence[Any] | None
    usage: Usage
    detail: str = ""
    cached: bool = False
