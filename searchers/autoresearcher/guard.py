"""The guard against fitting the searched items: clusters of the search split that nobody sees.

A third of them, drawn by the cell's seed, is the inner split. An edit that raises the rest and
lets the mean of the inner split fall, by more than its standard error over the items there, fits
what was shown and no more, and is not kept. Without that allowance chance would refuse good ones:
of 20 edits that raised five clusters of one study together, each looked at on each of the five,
15 in 100 let it fall, and 4 by more than the standard error.
"""

from __future__ import annotations

import random
from math import sqrt
from statistics import fmean, stdev

import toolkit
from searchers.autoresearcher.rows import ROUNDING, changes, counted

FEWEST = 4
"""clusters below which there is no inner split: the rest would say too little"""
SHARE = 3
"""one cluster in so many is of the inner split"""


class Inner:
    """The inner split of one cell. clusters, items: empty where there is none.

    items: nobody shows them to the language model.
    """

    def __init__(self, lab: toolkit.Lab, *, wanted: bool) -> None:
        homes = counted(lab)
        found = sorted(set(homes.values()))
        self.clusters: frozenset[str] = frozenset()
        if wanted and len(found) >= FEWEST:
            drawn = random.Random(f"{lab.seed}:inner split").sample(found, len(found) // SHARE)
            self.clusters = frozenset(drawn)
        self.items = frozenset(one for one, home in lab.clusters.items() if home in self.clusters)
        self._rows = frozenset(row for row, home in homes.items() if home in self.clusters)

    def came_out(self, trial: toolkit.Trial, parent: toolkit.Trial) -> str:
        """Outcome of a trial on the inner split, in a word or two; empty where there is none."""
        found = self._fall(trial, parent)
        if found is None:
            return ""
        fall, is_clear, _ = found
        if is_clear:
            return "clearly worse"
        return "not worse" if fall <= ROUNDING else "a little worse, as chance could make it"

    def refusal(self, trial: toolkit.Trial, parent: toolkit.Trial) -> str:
        """Why a trial that is better than its parent is not kept; empty where it may be."""
        found = self._fall(trial, parent)
        if found is None:
            return ""
        fall, is_clear, rows = found
        if not is_clear:
            return ""
        return (
            f"it raises the items that are shown, and lowers the mean of {rows} others, of "
            f"{len(self.clusters)} clusters that are not shown, by {fall:.4g}"
        )

    def _fall(self, trial: toolkit.Trial, parent: toolkit.Trial) -> tuple[float, bool, int] | None:
        """(fall of the mean, whether it is more than chance makes, rows); None without rows."""
        gains = changes(trial, parent, self._rows)
        if not gains:
            return None
        fall = -fmean(gains)
        return fall, fall > _doubt(gains), len(gains)


def _doubt(gains: list[float]) -> float:
    """Standard error of the mean of some gains, at least rounding."""
    if len(gains) < 2:
        return ROUNDING
    return max(ROUNDING, stdev(gains) / sqrt(len(gains)))
