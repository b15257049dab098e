"""Trials and the rows of their scores: which count, and how two trials differ on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, zip_longest
from typing import TypeVar

import toolkit

ROUNDING = 1e-9
Item = TypeVar("Item")


def counted(lab: toolkit.Lab) -> Mapping[str, str]:
    """{row of the score: its cluster} of what makes up the objective.

    A row is an item, or a cluster where the objective is pooled over all outputs.
    """
    marks = lab.marks(lab.baseline)
    items = [item for item in lab.clusters if item not in marks or marks[item].counted]
    if lab.objective.pooled:
        return {lab.clusters[item]: lab.clusters[item] for item in items}
    return {item: lab.clusters[item] for item in items}


def numbered(lab: toolkit.Lab) -> dict[int, toolkit.Trial]:
    """{number: trial} of a cell, the unchanged program under 0."""
    return {trial.number: trial for trial in (lab.baseline, *lab.history)}


def in_turn(groups: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """The first of each group, then the second of each, and so on."""
    some = chain.from_iterable(zip_longest(*groups))
    return (one for one in some if one is not None)


def changes(trial: toolkit.Trial, parent: toolkit.Trial, rows: Collection[str]) -> list[float]:
    """Gain on each of some rows that both trials have a score on."""
    one, other = trial.items, parent.items
    return [one[row] - other[row] for row in sorted(rows) if row in one and row in other]
