"""Scores of the best program so far, kind by kind, beside those of the unchanged program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import fmean

import toolkit


@dataclass(frozen=True)
class Row:
    """One kind. items: their number. now, first: its mean score; None where items have none.

    wrong: items below the best score; None where nobody knows the best one.
    """

    kind: str
    items: int
    now: float | None
    first: float | None
    wrong: int | None
    counted: bool


def rows(lab: toolkit.Lab, best: toolkit.Trial, hidden: Collection[str]) -> list[Row]:
    """A row for each kind of the items that are shown; one in all where kinds have no names."""
    now, first = _shown(lab, best, hidden), _shown(lab, lab.baseline, hidden)
    kinds: dict[str, list[str]] = {}
    for item, mark in now.items():
        kinds.setdefault(mark.kind, []).append(item)
    known = is_best_known(lab, best)
    return [
        Row(
            kind, len(items), _level(lab, best, kind, now, items),
            _level(lab, lab.baseline, kind, first, items),
            sum(not now[item].right for item in items) if known else None,
            any(now[item].counted for item in items),
        )
        for kind, items in sorted(kinds.items())
    ]  # fmt: skip


def is_best_known(lab: toolkit.Lab, trial: toolkit.Trial) -> bool:
    """True where somebody knows the score that cannot be bettered."""
    return any(kind.failed is not None for kind in lab.look(trial, limit=0).kinds.values())


def _shown(
    lab: toolkit.Lab, trial: toolkit.Trial, hidden: Collection[str]
) -> Mapping[str, toolkit.Mark]:
    return {item: mark for item, mark in lab.marks(trial).items() if item not in hidden}


def _level(
    lab: toolkit.Lab, trial: toolkit.Trial, kind: str, marks: Mapping[str, toolkit.Mark],
    items: list[str],
) -> float | None:  # fmt: skip
    """Objective of one kind; pooled, it is that of all items, also of those that are not shown."""
    if not lab.objective.pooled:
        return _mean(marks, items)
    return lab.kinds(trial).get(kind) if kind else lab.objective.shown(trial.score)


def _mean(marks: Mapping[str, toolkit.Mark], items: list[str]) -> float | None:
    scores = [marks[item].score for item in items if item in marks]
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None
