"""Cycle time: seconds of an evaluation, and how many of them a day has here."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from ..bench.forecast import lasting
from ..jobs import Limits
from .judgement import Finding, Property, least, percent
from .runs import Runs

DAY_S = 86_400
GOOD, FAIR = 1000, 100
"""evaluations a day"""
NEAR = 0.5
"""share of the CPU limit above which a slower candidate is soon cut off"""


@dataclass(frozen=True)
class Cycle:
    """seconds: of an evaluation while all slots are busy; alone: with nothing beside it."""

    seconds: float
    alone: float
    cpu_s: float
    slots: int
    trials: float
    limits: Limits

    @property
    def a_day(self) -> float:
        return self.slots * DAY_S / self.seconds


def read(runs: Runs, limits: Limits, trials: float) -> Cycle:
    """Cycle time of the unchanged program. trials: the budget of a cell."""
    busy = [runs.again, *runs.others]
    return Cycle(
        seconds=median(one.seconds for one in busy),
        alone=runs.first.seconds,
        cpu_s=max(one.usage.cpu_s for one in runs.unchanged),
        slots=runs.slots,
        trials=trials,
        limits=limits,
    )


def judged(cycle: Cycle) -> Property:
    grade = least(cycle.a_day, GOOD, FAIR)
    findings = [
        Finding(
            f"one evaluation takes {lasting(cycle.seconds)}, {cycle.slots} at a time: "
            f"{_rounded(cycle.a_day)} a day on this machine",
            grade,
            ""
            if grade == "good"
            else "make an evaluation shorter (a smaller search split, less data, fewer steps), or "
            "run more at a time: --slots, or --evaluator ray on several machines",
        ),
        Finding(
            f"{cycle.trials:g} trials take {lasting(cycle.trials * cycle.seconds / cycle.slots)}"
        ),
        _limit(cycle),
    ]
    figures = {
        "seconds": cycle.seconds,
        "seconds_alone": cycle.alone,
        "cpu_s": cycle.cpu_s,
        "cpu_limit_s": cycle.limits.cpu_s,
        "slots": cycle.slots,
        "evaluations_a_day": cycle.a_day,
    }
    return Property("cycle time", findings, figures)


def _rounded(number: float) -> str:
    """About two digits: nobody knows a day to the evaluation."""
    return f"about {float(f'{number:.2g}'):,.0f}"


def _limit(cycle: Cycle) -> Finding:
    share = cycle.cpu_s / cycle.limits.cpu_s
    text = (
        f"it uses {lasting(cycle.cpu_s)} of CPU time, {percent(share)} of its limit of "
        f"{cycle.limits.cpu_s:g} s"
    )
    if share <= NEAR:
        return Finding(text, "good")
    return Finding(
        f"{text}: a candidate that is a little slower is cut off",
        "fair",
        f"raise [limits] cpu_s to at least {4 * cycle.cpu_s:.0f}",
    )
