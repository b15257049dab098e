"""Looks at a trial of the search split: kinds, flips, failures; what a researcher may ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from ..figures import ROUNDING
from ..records import Failure
from ..study.objective import OVERALL
from .judge import Judge, grouped

Scores = Mapping[str, float]
LOST = "lost"
"""note of a trace that says in which step an output was lost"""


@dataclass(frozen=True)
class Ran:
    """Recorded result of a trial, as the ledger keeps it. rows: of its score, items or clusters.

    kinds: {kind: the objective over its items}, in the objective's own direction.
    """

    outputs: Mapping[str, Any]
    rows: Mapping[str, float]
    kinds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class KindScore:
    """Score of a trial on the items of one kind, beside that of the unchanged program on the same.

    score, baseline: in the objective's own direction; None where they are not known. failed: items
    below full score; None where nobody knows what a full score is.
    """

    items: int
    score: float | None
    baseline: float | None
    failed: int | None


@dataclass(frozen=True)
class Flips:
    """Numbers of items that came out better, and worse, than in the trial compared with."""

    better: int
    worse: int


@dataclass(frozen=True)
class Mark:
    """Outcome of one item in a trial. score: its own, in the objective's own direction, if any.

    counted: its kind makes up the objective. wrong: it counts and could do better. right: it has
    the score that cannot be bettered; False where nobody knows that score.
    """

    kind: str
    score: float | None
    counted: bool
    wrong: bool
    right: bool


@dataclass(frozen=True)
class Seen:
    """Part of a look that only the judge can tell."""

    kinds: Mapping[str, KindScore]
    flips: Mapping[str, Flips]
    failures: Sequence[Failure]


def see(judge: Judge, items: Sequence[str], ran: Ran, base: Ran, other: Ran, limit: int) -> Seen:
    """See a trial beside the unchanged program and another trial.

    items: of the search split, in their order.
    """
    asked = [item for item in items if item in ran.outputs]
    kinds = _kinds(judge, asked)
    own, before, against = (judge.item_scores(one.outputs, one.rows) for one in (ran, base, other))
    worst = judge.worst(asked, ran.outputs, ran.rows)
    chosen = spread(list(worst), {item: judge.vault.gold[item].kind for item in worst}, limit)
    return Seen(
        {
            kind: _kind(judge, kind, some, (own, before), (ran, base))
            for kind, some in kinds.items()
        },
        {kind: _flips(some, own, against) for kind, some in kinds.items()} if against else {},
        [judge.failure(item, ran.outputs[item], worst[item]) for item in chosen],
    )


def marks(judge: Judge, items: Sequence[str], ran: Ran) -> dict[str, Mark]:
    """{item: how it came out}, in the order of the items, where the trial has an output of it."""
    outputs = {item: ran.outputs[item] for item in items if item in ran.outputs}
    scores, best = judge.item_scores(outputs, ran.rows), judge.vault.best
    wrong = judge.worst(list(outputs), outputs, ran.rows)
    top = None if best is None else judge.objective.sign * best
    shown = judge.objective.shown
    return {
        item: Mark(
            judge.vault.gold[item].kind, shown(scores.get(item)), judge.vault.counts(item),
            item in wrong, top is not None and item in scores and scores[item] >= top,
        )
        for item in outputs
    }  # fmt: skip


def cases(judge: Judge, items: Sequence[str], ran: Ran) -> list[Failure]:
    """The items that a trial has an output of, right ones too, with where each was lost."""
    outputs = {item: ran.outputs[item] for item in items if item in ran.outputs}
    scores = judge.item_scores(outputs, ran.rows)
    return [judge.traced(item, output, scores.get(item)) for item, output in outputs.items()]


def lost(judge: Judge, items: Sequence[str], ran: Ran) -> dict[str, str]:
    """{item that is wrong: note `lost` of the study's trace up to a colon}, where it has one."""
    if judge.trace is None:
        return {}
    outputs = {item: ran.outputs[item] for item in items if item in ran.outputs}
    found = {}
    for item in judge.worst(list(outputs), outputs, ran.rows):
        told = judge.traced(item, outputs[item], None).notes.get(LOST)
        if isinstance(told, str):
            found[item] = told.partition(":")[0].strip()
    return found


def _kinds(judge: Judge, items: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """{kind: its items}, or all under one name where kinds have none."""
    found = grouped(items, lambda item: judge.vault.gold[item].kind)
    return found or ({OVERALL: list(items)} if items else {})


def _kind(
    judge: Judge, kind: str, items: Sequence[str], scores: tuple[Scores, Scores],
    runs: tuple[Ran, Ran],
) -> KindScore:  # fmt: skip
    """Score of one kind. scores, runs: of the trial and of the unchanged program."""
    failed = judge.below_best([scores[0][item] for item in items if item in scores[0]])
    if judge.objective.pooled:
        now, before = (run.kinds.get(kind) for run in runs)
        whole = runs[0].outputs.keys() == runs[1].outputs.keys()
        return KindScore(len(items), now, before if whole else None, failed)
    shown = judge.objective.shown
    levels = [[one[item] for item in items if item in one] for one in scores]
    now, before = (shown(fmean(level)) if level else None for level in levels)
    return KindScore(len(items), now, before, failed)


def _flips(items: Sequence[str], scores: Scores, against: Scores) -> Flips:
    both = [item for item in items if item in scores and item in against]
    gains = [scores[item] - against[item] for item in both]
    return Flips(sum(gain > ROUNDING for gain in gains), sum(gain < -ROUNDING for gain in gains))


def spread(worst: Sequence[str], kinds: Mapping[str, str], limit: int) -> list[str]:
    """At most so many of the worst items, and of each kind in turn; the worst of them first."""
    waiting: dict[str, list[str]] = {}
    for item in worst:
        waiting.setdefault(kinds[item], []).append(item)
    turns = (item for turn in _turns(list(waiting.values())) for item in turn)
    chosen = {item for item, _ in zip(turns, range(limit), strict=False)}
    return [item for item in worst if item in chosen]


def _turns(groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for turn in range(max(map(len, groups), default=0)):
        yield [group[turn] for group in groups if turn < len(group)]
