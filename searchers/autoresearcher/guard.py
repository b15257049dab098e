"""The guard against fitting the searched items: clusters of the search split that nobody sees.

A third of them, drawn by the cell's seed, is the inner split. An edit that raises the rest and
lets the mean of the inner split fall has learnt its items and not its cause, and is not kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from math import sqrt
from statistics import fmean, stdev

import toolkit

FEWEST = 4
"""clusters below which there is no inner split: the rest would say too little"""
SHARE = 3
"""one cluster in so many is of the inner split"""
ROUNDING = 1e-9


class Inner:
    """The inner split of one cell. clusters, items: empty where there is none.

    items: nobody shows them to the language model.
    """

    def __init__(self, lab: toolkit.Lab, *, wanted: bool) -> None:
        counted = _counted(lab)
        found = sorted(set(counted.values()))
        self.clusters: frozenset[str] = frozenset()
        if wanted and len(found) >= FEWEST:
            drawn = random.Random(f"inner split:{lab.seed}").sample(found, len(found) // SHARE)
            self.clusters = frozenset(drawn)
        self.items = frozenset(one for one, home in lab.clusters.items() if home in self.clusters)
        self._rows = {row for row, home in counted.items() if home in self.clusters}
        self._is_noisy = lab.noisy

    def refusal(self, trial: toolkit.Trial, parent: toolkit.Trial) -> str:
        """Why a trial that is better than its parent is not kept; empty where it may be."""
        changes = _changes(trial, parent, self._rows)
        if not changes:
            return ""
        fall = -fmean(changes)
        if fall <= (self._doubt(changes) if self._is_noisy else ROUNDING):
            return ""
        rows, clusters = len(changes), len(self.clusters)
        return (
            f"it raises the items that are shown, and lowers the mean of {rows} others, of "
            f"{clusters} clusters that are not shown, by {fall:.4g}"
        )

    @staticmethod
    def _doubt(changes: list[float]) -> float:
        """Standard error of the change: a program whose runs differ may fall by as much."""
        if len(changes) < 2:
            return ROUNDING
        return max(ROUNDING, stdev(changes) / sqrt(len(changes)))


def _counted(lab: toolkit.Lab) -> Mapping[str, str]:
    """{row of the score: its cluster}, where it counts; a pooled score has clusters for rows."""
    homes = {**{home: home for home in lab.clusters.values()}, **lab.clusters}
    return {row: homes[row] for row in lab.baseline.items if row in homes} or dict(lab.clusters)


def _changes(trial: toolkit.Trial, parent: toolkit.Trial, rows: Iterable[str]) -> list[float]:
    one, other = trial.items, parent.items
    return [one[row] - other[row] for row in sorted(rows) if row in one and row in other]
