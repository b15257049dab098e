"""An immediate scalar metric: how a score is known, its step, its noise, what it can decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf

from ..bench import prospect
from ..bench.bench import Bench
from ..report.wording import alone
from ..statistics import Spread, spread
from . import reach, resolution
from .judgement import Finding, Property, most, percent
from .runs import Runs

GOOD, FAIR = 0.1, 0.3
"""the smallest gain that can be told, as a share of the room for gains"""


@dataclass(frozen=True)
class Metric:
    """Figures of a score, on the host's scale. smallest: the smallest gain that can be decided.

    room: how far the score could rise. They are None where they are not known.
    """

    bench: Bench
    level: float
    runs: int
    failed: int
    noise: Spread | None
    step: float | None
    smallest: float | None
    room: float
    trials: float

    @property
    def sampled(self) -> bool:
        """True if gains are decided over the clusters of a sealed split."""
        study = self.bench.study
        return study.claim == "sealed" and study.objective.evidence != "measured"

    @property
    def told(self) -> float | None:
        """The smallest gain that is both a step of the score and decided."""
        if self.smallest is None or (self.sampled and not self.smallest):
            return None
        return max(self.smallest, self.step or 0.0)

    def number(self, value: float) -> str:
        """`0.012 K`."""
        return f"{value:.3g} {self.bench.study.objective.unit}".rstrip()


def read(bench: Bench, runs: Runs, trials: float) -> Metric:
    """Figures of the unchanged program's scores. trials: the budget of a cell."""
    base, seeds = runs.first.scored, runs.seeds
    scores = [one.score for one in seeds if one.score is not None]
    noise = spread(scores)
    return Metric(
        bench=bench,
        level=base.score or 0.0,
        runs=len(seeds),
        failed=sum(not one.ok for one in seeds),
        noise=noise,
        step=resolution.step(bench, runs.every),
        smallest=prospect.smallest(bench, base.items, noise, trials),
        room=reach.room(bench, base),
        trials=trials,
    )


def judged(metric: Metric) -> Property:
    """The property. Its figures are in the objective's own unit."""
    findings = [_evidence(metric), _step(metric), *_noise(metric), _smallest(metric)]
    figures = {
        "score": metric.bench.study.objective.shown(metric.level),
        "evidence": metric.bench.study.objective.evidence,
        "step": metric.step,
        "noise_sd": metric.noise.sd if metric.noise else None,
        "runs": metric.runs,
        "failed_runs": metric.failed,
        "smallest_gain": metric.smallest,
        "room": None if isinf(metric.room) else metric.room,
    }
    return Property("metric", findings, figures)


def _evidence(metric: Metric) -> Finding:
    objective = metric.bench.study.objective
    level = alone(objective, objective.shown(metric.level))
    direction = "higher" if objective.direction == "maximize" else "lower"
    says = f"the unchanged program has {_named(objective.name)}{level}; {direction} is better"
    if objective.evidence == "reported":
        return Finding(
            f"{says}. The number is reported by the program: an edit can forge it",
            "fair",
            "let the host compute the score from the program's outputs: while the program reports "
            "it, an edit can print a better number",
        )
    how = "the host's meter reads it" if objective.evidence == "measured" else "the host judges it"
    return Finding(f"{says}; {how}", "good")


def _named(name: str) -> str:
    return "a score of " if name == "score" else ""


def _step(metric: Metric) -> Finding:
    if metric.step is None:
        return Finding("the scores show no smallest step: they are not rounded")
    return Finding(f"the smallest step by which the score changed is {metric.number(metric.step)}")


def _noise(metric: Metric) -> Iterator[Finding]:
    if metric.failed:
        yield Finding(
            f"the unchanged program failed in {metric.failed} of {metric.runs} runs, each under "
            "a seed of its own",
            "poor",
            "mend the unchanged program, or raise its [limits]: it must run under every seed",
        )
    if metric.noise is None:
        return
    if not metric.noise.sd:
        yield Finding(f"the score is the same under each of {metric.noise.df + 1} seeds", "good")
        return
    text = (
        f"the score differs by {metric.number(metric.noise.sd)} from seed to seed (standard "
        f"deviation of {metric.noise.df + 1} runs)"
    )
    study = metric.bench.study
    if study.claim == "exact" and study.objective.evidence == "judged":
        yield Finding(
            f"{text}, so that a search can win by luck alone",
            "fair",
            "let each trial run more often (`[replicates] search` in study.toml), or leave out "
            "what is random",
        )
        return
    yield Finding(text)


def _smallest(metric: Metric) -> Finding:
    if not metric.room:
        return Finding(
            "the unchanged program has the best score already, so that nothing can be gained",
            "poor",
            "take harder cases, or an objective that the unchanged program does not exhaust",
        )
    if metric.smallest is None:
        return _undecided(metric)
    if metric.told is None:
        return Finding(
            "the smallest gain that could be decided cannot be told: the unchanged program's "
            "scores are all alike",
            "fair",
            f"let the unchanged program get some {metric.bench.study.nouns.items} right and some "
            "wrong",
        )
    if isinf(metric.room):
        return Finding(f"{_reached(metric)}; there is no level that it could be compared with")
    if not metric.told:
        return Finding(_reached(metric), "good")
    share = metric.told / metric.room
    grade = most(share, GOOD, FAIR)
    return Finding(
        f"{_reached(metric)}, which is {percent(share)} of {_whose(metric)}",
        grade,
        "" if grade == "good" else _remedy(metric),
    )


def _reached(metric: Metric) -> str:
    if not metric.smallest:
        step = f"; the smallest is one step, {metric.number(metric.step)}" if metric.step else ""
        return f"any gain can be decided{step}"
    return (
        f"the smallest gain that {metric.trials:g} trials could decide is about "
        f"{metric.number(metric.smallest)}"
    )


def _whose(metric: Metric) -> str:
    if metric.bench.vault.best is None or metric.bench.study.objective.evidence == "measured":
        return "the score itself"
    return f"the way to the best score ({metric.number(metric.room)})"


def _remedy(metric: Metric) -> str:
    study, nouns = metric.bench.study, metric.bench.study.nouns
    if metric.step and metric.step >= (metric.smallest or 0.0):
        return f"score more {nouns.items}, or score each more finely: one step is a large gain"
    if metric.sampled:
        return f"seal more {nouns.clusters} in the test split, so that smaller gains are decided"
    key = "final" if study.claim in ("sealed", "replicates") else "search"
    return (
        f"run more replicates (`[replicates] {key}` in study.toml), or let the score rest on more "
        "data, so that it differs less from seed to seed"
    )


def _undecided(metric: Metric) -> Finding:
    nouns = metric.bench.study.nouns
    if metric.sampled:
        return Finding(
            f"no gain can be foretold: a split has one {nouns.cluster}, so that there is no "
            "interval",
            "poor",
            f"give both splits at least two {nouns.clusters}, better ten",
        )
    if not metric.bench.study.decides:
        return Finding(
            "no gain can be decided: nothing is held out and no run is repeated, so that a "
            "comparison tells which number was reached, and no more",
            "fair",
            'repeat runs, so that gains are decided: test = "replicates" under [splits]',
        )
    if metric.noise is not None:
        return Finding(
            "no gain can be decided: a comparison runs each program once, and so does not see how "
            "much the number varies",
            "poor",
            "repeat runs (`[replicates] search` in study.toml)",
        )
    return Finding(
        "no gain can be foretold: the noise of the score is not known",
        "poor",
        "run the unchanged program under more seeds: --runs 5",
    )
