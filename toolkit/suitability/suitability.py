"""Assessment of a study: everything is evaluated once, and each property reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..bench.bench import Bench
from ..study.study import Study
from . import cycle, disk, headroom, metric, modularity, revertability
from .judgement import GRADES, Finding, Property
from .runs import Course, Runs, Tell, evaluated


@dataclass(frozen=True)
class Suitability:
    """Properties of a study, and what they took."""

    study: Study
    split: str
    properties: Sequence[Property]
    evaluations: int
    trials: float

    @property
    def advice(self) -> list[str]:
        """Changes that would help, the worst finding first."""
        told: list[Finding] = [one for found in self.properties for one in found.advice]
        told.sort(key=_urgency)
        return [one.advice for one in told]

    def to_json(self) -> dict[str, Any]:
        return {
            "study": self.study.name,
            "digest": self.study.digest,
            "objective": self.study.objective.to_json(),
            "claim": self.study.claim,
            "budget": self.trials,
            "evaluations": self.evaluations,
            "properties": {one.key: one.to_json() for one in self.properties},
            "what_to_change": self.advice,
        }

    def lines(self) -> Iterator[str]:
        """The same for people."""
        name, title = self.study.name, self.study.title
        yield title if title.startswith(name) else f"{name}: {title}" if title else name
        yield f"assessed on its search split, {self.split}"
        for one in self.properties:
            yield ""
            yield f"{one.name}: {one.grade or 'not judged'}"
            yield from (f"  {_shown(finding, one)}" for finding in one.findings)
        yield ""
        yield "what to change:" if self.advice else "what to change: nothing"
        yield from (f"  {number}. {text}" for number, text in enumerate(self.advice, 1))


def assess(bench: Bench, course: Course, trials: float, tell: Tell) -> Suitability:
    """Measure all properties. trials: the budget of a cell, for what it could decide.

    Raises UserError where the unchanged program has no score.
    """
    before = disk.seen(bench.study.tree)
    runs = evaluated(bench, course, tell)
    changed = disk.changed(before, disk.seen(bench.study.tree))
    properties = _properties(bench, runs, changed, trials)
    return Suitability(bench.study, _split(bench), properties, bench.tally.evaluations, trials)


def _properties(bench: Bench, runs: Runs, changed: Sequence[str], trials: float) -> list[Property]:
    score = metric.read(bench, runs, trials)
    return [
        metric.judged(score),
        modularity.judged(modularity.read(bench.study.sources)),
        cycle.judged(cycle.read(runs, bench.limits, trials)),
        revertability.judged(revertability.read(bench, runs, changed), score),
        headroom.judged(headroom.read(bench, runs, score), score),
    ]


def _split(bench: Bench) -> str:
    nouns, items = bench.study.nouns, bench.items["search"]
    clusters = {item.cluster for call in items for item in call}
    size = nouns.count_items(bench.full)
    same = nouns.item == nouns.cluster or len(clusters) == bench.full == 1
    return size if same else f"{size} of {nouns.count_clusters(len(clusters))}"


def _shown(finding: Finding, one: Property) -> str:
    mark = finding.grade if finding.grade not in (None, "good") else ""
    return f"[{mark}] {finding.text}" if mark else finding.text


def _urgency(finding: Finding) -> int:
    return -GRADES.index(finding.grade) if finding.grade else 1
