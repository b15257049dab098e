"""A process for every call of an evaluation, where a study wants it.

A program that is given the folds of a cross-validation one after the other could keep the training
rows of one, which hold the answers of another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..evaluator import Evaluator
from ..jobs import WALL_PER_CPU, Job, Limits, Outcome
from ..records import Usage


class PerCall:
    """An evaluator that makes a job of each call, one after the other.

    Limits of time hold for the whole evaluation: each call gets what the earlier ones left. Those
    of memory, output and scratch hold for each process.
    """

    def __init__(self, inner: Evaluator) -> None:
        self._inner = inner

    @property
    def isolation(self) -> str:
        return self._inner.isolation

    def run(self, job: Job) -> Outcome:
        values: list[Any] = []
        usage, cached = Usage(), bool(job.calls)
        for number, call in enumerate(job.calls, 1):
            limits = left(job.limits, usage)
            if limits is None:
                return Outcome("timeout", None, usage, _spent(job.limits, usage, number))
            outcome = self._inner.run(replace(job, calls=(call,), limits=limits))
            usage += outcome.usage
            cached = cached and outcome.cached
            if outcome.status != "ok" or outcome.values is None:
                return replace(outcome, usage=usage, detail=f"call {number}: {outcome.detail}")
            if len(outcome.values) != 1:  # or a later fold could answer for an earlier one
                found = f"call {number}: it returned {len(outcome.values)} results, and one is due"
                return Outcome("crashed", None, usage, found)
            values += outcome.values
        return Outcome("ok", values, usage, cached=cached)


def left(limits: Limits, used: Usage) -> Limits | None:
    """Limits that an evaluation has left; None where it has used them up.

    The clock allows a grace, and ten seconds for each second of CPU time, from the beginning of the
    evaluation. Seconds that the calls so far earned and did not use are added to the grace.
    """
    cpu_s = limits.cpu_s - used.cpu_s
    if cpu_s <= 0 or used.own_s >= limits.allowed_s(used.cpu_s):
        return None
    found = replace(limits, cpu_s=cpu_s)
    if limits.wall_s:
        return replace(found, wall_s=limits.wall_s - used.own_s)
    if limits.grace_s:
        owed = WALL_PER_CPU * used.cpu_s - used.own_s
        return replace(found, grace_s=limits.grace_s + owed)
    return found


def _spent(limits: Limits, used: Usage, number: int) -> str:
    if used.cpu_s >= limits.cpu_s:
        what = f"{limits.cpu_s:g} s of CPU time: [limits] cpu_s allows no more"
    else:
        what = f"{limits.allowed_s(used.cpu_s):.4g} s on the clock; [limits] wall_s sets the limit"
    return f"call {number}: the calls before it used up the evaluation's {what}"
