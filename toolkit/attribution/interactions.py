"""Interactions of two parts: how much more, or less, they bring together than apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from scipy.special import stdtrit

from ..intervals import is_sampled
from ..shapley import game
from ..shapley.control import MOST_PAIRS
from .concept import Concept
from .subsets import Subsets

PAIRS_SHOWN = 5
MOST_WEIGHTS = 20_000_000  # pairs x subsets: 160 MB
TWO_SIDED_95 = 0.975


def pairs(subsets: Subsets, found: Concept, skipped: list[str]) -> list[dict[str, Any]]:
    """Strongest interactions of two parts, neither of which needs the other; exact or fitted.

    Positive: the two gain more together than apart.
    """
    parts, poset = subsets.anatomy.parts, subsets.poset
    every = [(i, j) for j in range(poset.players) for i in range(j) if not poset.comparable(i, j)]
    chained = found.chains is not None
    pieces = len(subsets.groups if chained else subsets.clusters)
    if not every or (pieces < 2 and (chained or is_sampled(subsets.doubt.state))):
        return []
    table = _exact_pairs(subsets, every) if found.chains is None else _fitted(subsets, found, every)
    if table is None:
        skipped.append("interactions")
        return []
    strongest = sorted(zip(every, table, strict=True), key=lambda row: -abs(row[1][0]))
    return [
        {"parts": [parts[i].name, parts[j].name], "mean": mean, "low": low, "high": high}
        for (i, j), (mean, low, high) in strongest[:PAIRS_SHOWN]
        if mean
    ]


Intervals: TypeAlias = list[tuple[float, float | None, float | None]]
"""mean, low, high of each pair"""


def _exact_pairs(subsets: Subsets, every: Sequence[tuple[int, int]]) -> Intervals | None:
    ideals = subsets.poset.count_ideals
    if ideals is None or len(every) * ideals > MOST_WEIGHTS:
        return None
    rows = map(subsets.estimate, game.of_pairs(subsets.value, subsets.poset, every))
    return [(row.mean, row.low, row.high) for row in rows]


def _fitted(subsets: Subsets, found: Concept, every: Sequence[tuple[int, int]]) -> Intervals | None:
    players = subsets.poset.players
    additions = found.rounds * len(subsets.groups) * players
    few = additions < players * (players - 1)  # fewer than twice the pairs say nothing
    if found.chains is None or few or len(every) > MOST_PAIRS:
        return None
    mean, error = found.chains.interactions()
    half = float(stdtrit(len(subsets.groups) - 1, TWO_SIDED_95)) * error
    low, high = mean - half, mean + half
    return [(float(mean[pair]), float(low[pair]), float(high[pair])) for pair in every]
