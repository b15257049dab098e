"""Headroom for tuning: what random settings of the declared parameters reach by themselves.

The best of many settings is lucky too. So where the score differs from seed to seed, its gain is
that under the seeds that did not choose it, and whether a comparison could decide such a gain is
told from how this setting's item scores differ from the defaults', not from the defaults' alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from ..bench import prospect
from ..bench.bench import Bench
from ..records import Scored
from ..report.wording import alone
from ..statistics import replicate_difference
from .judgement import Finding, Property, most
from .metric import Metric
from .runs import Runs

FAILED_GOOD, FAILED_FAIR = 0.1, 0.3
"""share of the settings that fail"""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Headroom:
    """scores: of the settings that ran, on the host's scale. best: overrides of the best one.

    gain: of the best one over the defaults, under seeds that did not choose it where there are any;
    seeds: their number, lost: those of them under which it failed. luck: what noise alone can make
    of that gain. needed: the smallest gain of such a setting that a comparison could decide; None
    where that cannot be told.
    """

    settings: int
    different: int
    scores: tuple[float, ...]
    best: Mapping[str, Any]
    reasons: tuple[str, ...]
    level: float
    gain: float
    luck: float
    needed: float | None
    parameters: int
    seeds: int = 0
    lost: int = 0

    @property
    def failed(self) -> int:
        return self.settings - len(self.scores)

    @property
    def better(self) -> int:
        """Settings that are better than the defaults."""
        return sum(score > self.level + ROUNDING for score in self.scores)


def read(bench: Bench, runs: Runs, metric: Metric) -> Headroom:
    ones, bases = _pairs(runs)
    gain = _mean(ones) - _mean(bases)
    return Headroom(
        settings=len(runs.settings),
        different=len({one.digest for one, _ in runs.settings}),
        scores=tuple(found.rank for _, found in runs.settings if found.score is not None),
        best=runs.best.overrides if runs.best else {},
        reasons=tuple(found.detail for _, found in runs.settings if not found.ok),
        level=metric.level,
        gain=gain,
        luck=_luck(runs, ones),
        needed=_needed(bench, metric, ones, bases),
        parameters=len(bench.study.space),
        seeds=len(runs.confirmed),
        lost=sum(not one.ok for one in runs.confirmed),
    )


def _pairs(runs: Runs) -> tuple[list[Scored], list[Scored]]:
    """Runs of the best setting and of the defaults, under the same seeds, where neither failed."""
    if runs.confirmed:
        pairs = zip(runs.confirmed, (one.scored for one in runs.others), strict=True)
    else:
        tried = [found for _, found in runs.settings if found.score is not None]
        best = [max(tried, key=lambda found: found.rank)] if tried else []
        pairs = zip(best, [runs.first.scored] * len(best), strict=True)
    kept = [(one, base) for one, base in pairs if one.ok and base.ok]
    return [one for one, _ in kept], [base for _, base in kept]


def _mean(found: Sequence[Scored]) -> float:
    return fmean(one.rank for one in found) if found else 0.0


def _luck(runs: Runs, ones: Sequence[Scored]) -> float:
    """Half of the 95 % interval that noise gives a difference of means; 0 without noise."""
    if not (runs.confirmed and ones):
        return 0.0
    bases = [one.score for one in runs.seeds if one.score is not None]
    found = replicate_difference([one.rank for one in ones], bases)
    return 0.0 if found.high is None else found.high - found.mean


def _needed(
    bench: Bench, metric: Metric, ones: Sequence[Scored], bases: Sequence[Scored]
) -> float | None:
    """The smallest gain that could be decided, where item scores differ as these do.

    It takes as many runs as a comparison makes of a champion.
    """
    if not (metric.sampled and ones) or bench.study.objective.pooled:
        return metric.told
    times = bench.study.replicates.final
    found = [
        {row: one.items[row] - base.items[row] for row in base.items}
        for one, base in zip(ones[:times], bases[:times], strict=True)
    ]
    gaps = {row: fmean(one[row] for one in found) for row in found[0]}
    smallest = prospect.smallest(bench, gaps, metric.noise, metric.trials)
    return None if smallest is None else max(smallest, metric.step or 0.0)


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
        "seeds": found.seeds,
        "luck": found.luck,
        "needed": found.needed,
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
    if found.lost:
        return Finding(
            f"the best setting fails under {found.lost} of {found.seeds} other seeds",
            "poor",
            "narrow the ranges of [parameters]: what fails under some seeds is no gain",
        )
    if gain <= found.luck + ROUNDING:
        return Finding(_nothing(found, metric), "poor", _advice(found))
    text = f"the best setting gains {metric.number(gain)} over the defaults {_where(found)}"
    if found.needed is None and not metric.bench.study.decides:
        return Finding(f"{text}; a comparison reports such a gain and does not decide it", "good")
    if found.needed is None:
        return Finding(f"{text}; whether a comparison could decide that cannot be told", "fair")
    if gain >= found.needed:
        least = f" (from {metric.number(found.needed)} on)" if found.needed else ""
        return Finding(f"{text}, which a comparison could decide{least}", "good")
    return Finding(
        f"{text}, which is less than a comparison could decide ({metric.number(found.needed)})",
        "fair",
        "let smaller gains be decided (see the metric), or declare parameters that move the score "
        "more",
    )


def _where(found: Headroom) -> str:
    seeds = found.seeds
    if not seeds:
        return "on the search split"
    of = f"{seeds} seeds" if seeds > 1 else "one seed"
    return f"on the search split, under {of} that did not choose it"


def _nothing(found: Headroom, metric: Metric) -> str:
    if len(set(found.scores)) == 1 and max(found.scores) == found.level:
        return "no setting changes the score: the parameters do nothing here"
    if found.gain <= ROUNDING:
        return "no setting is better than the defaults" + (
            f" {_where(found).removeprefix('on the search split, ')}" if found.seeds else ""
        )
    return (
        f"the best setting gains {metric.number(found.gain)} {_where(found)}, which may be noise "
        f"(up to {metric.number(found.luck)})"
    )


def _advice(found: Headroom) -> str:
    if len(set(found.scores)) == 1:
        return "declare parameters that the program reads, with wider ranges"
    return (
        "expect little of tuning these parameters: declare others or wider ranges, or search the "
        "code only (--searchers autoresearch)"
    )
