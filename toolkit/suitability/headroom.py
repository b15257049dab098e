"""Headroom for tuning: what random settings of the declared parameters reach by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..bench import cost
from ..bench.bench import Bench
from ..report.wording import alone
from .judgement import Finding, Property, most
from .metric import Metric
from .runs import Runs

FAILED_GOOD, FAILED_FAIR = 0.1, 0.3
"""share of the settings that fail"""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Headroom:
    """scores: of the settings that ran, on the host's scale. best: overrides of the best one.

    luck: what noise alone gives the best of so many.
    """

    settings: int
    different: int
    scores: tuple[float, ...]
    best: Mapping[str, Any]
    reasons: tuple[str, ...]
    level: float
    luck: float
    parameters: int

    @property
    def failed(self) -> int:
        return self.settings - len(self.scores)

    @property
    def gain(self) -> float:
        """Gain of the best setting; below 0 where all are worse than the defaults."""
        return max(self.scores) - self.level

    @property
    def better(self) -> int:
        """Settings that are better than the defaults."""
        return sum(score > self.level + ROUNDING for score in self.scores)


def read(bench: Bench, runs: Runs, metric: Metric) -> Headroom:
    scored = [(one, found) for one, found in runs.settings if found.score is not None]
    best = max(scored, key=lambda pair: pair[1].rank)[0].overrides if scored else {}
    sd = metric.noise.sd if metric.noise else 0.0
    return Headroom(
        settings=len(runs.settings),
        different=len({one.digest for one, _ in runs.settings}),
        scores=tuple(found.rank for _, found in scored),
        best=best,
        reasons=tuple(found.detail for _, found in runs.settings if not found.ok),
        level=metric.level,
        luck=cost.luck(len(scored), 1, sd),
        parameters=len(bench.study.space),
    )


def judged(found: Headroom, metric: Metric) -> Property:
    """The property, with levels in the objective's own direction."""
    shown = metric.bench.study.objective.shown
    figures = {
        "parameters": found.parameters,
        "settings": found.settings,
        "different": found.different,
        "failed": found.failed,
        "better": found.better,
        "best": shown(max(found.scores)) if found.scores else None,
        "median": shown(median(found.scores)) if found.scores else None,
        "gain": found.gain if found.scores else None,
        "luck": found.luck,
        "best_setting": dict(found.best),
    }
    return Property("headroom for tuning", list(_findings(found, metric)), figures)


def _findings(found: Headroom, metric: Metric) -> Iterator[Finding]:
    if not found.parameters:
        yield Finding(
            "the study declares no parameters, so that there is nothing to tune",
            None,
            "declare [parameters] in study.toml if tuning is to be compared with edits",
        )
        return
    if not found.settings:
        yield Finding("not measured: --settings 0 left the random settings out")
        return
    if found.failed:
        yield _failed(found)
    if found.scores:
        yield _reached(found, metric)
        yield _gain(found, metric)


def _failed(found: Headroom) -> Finding:
    share = found.failed / found.settings
    grade = most(share, FAILED_GOOD, FAILED_FAIR)
    first = next((one for one in found.reasons if one), "no reason is known").splitlines()[-1]
    return Finding(
        f"{found.failed} of {found.settings} settings failed, such as by: {first}",
        grade,
        ""
        if grade == "good"
        else "narrow the ranges of [parameters], or write down what they require of each other: a "
        "search pays for every setting that fails",
    )


def _reached(found: Headroom, metric: Metric) -> Finding:
    objective = metric.bench.study.objective
    middle = alone(objective, objective.shown(median(found.scores)))
    best = alone(objective, objective.shown(max(found.scores)))
    verb = "is" if found.better < 2 else "are"
    better = f"{found.better or 'none'} {verb} better than the defaults"
    return Finding(
        f"of {found.settings} random settings ({found.different} different) the best reaches "
        f"{best}, the median {middle}; {better}"
    )


def _gain(found: Headroom, metric: Metric) -> Finding:
    gain = found.gain
    if gain <= found.luck + ROUNDING:
        return Finding(_nothing(found, metric), "poor", _advice(found))
    text = f"the best setting gains {metric.number(gain)} over the defaults on the search split"
    if metric.told is None and not metric.bench.study.decides:
        return Finding(f"{text}; a comparison reports such a gain and does not decide it", "good")
    if metric.told is None:
        return Finding(f"{text}; whether a comparison could decide that cannot be told", "fair")
    if gain >= metric.told:
        return Finding(f"{text}, which a comparison could decide", "good")
    return Finding(
        f"{text}, which is less than a comparison could decide",
        "fair",
        "let smaller gains be decided (see the metric), or declare parameters that move the score "
        "more",
    )


def _nothing(found: Headroom, metric: Metric) -> str:
    if len(set(found.scores)) == 1 and max(found.scores) == found.level:
        return "no setting changes the score: the parameters do nothing here"
    if found.gain <= ROUNDING:
        return "no setting is better than the defaults"
    return (
        f"the best setting gains {metric.number(found.gain)}, which noise alone gives the best of "
        f"{len(found.scores)}"
    )


def _advice(found: Headroom) -> str:
    if len(set(found.scores)) == 1:
        return "declare parameters that the program reads, with wider ranges"
    return (
        "expect little of tuning these parameters: declare others or wider ranges, or search the "
        "code only (--searchers autoresearch)"
    )
