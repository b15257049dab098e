"""Nested shares of the search split: one order of its items, and every share is its head.

Most of an evaluation is paid per call (reading and indexing its context), so a share takes as many
whole calls as fit, then a part of one. Inside a call every head holds the kinds of item in their
proportions. The kinds are labels: they choose which items are asked and are told to nobody, and the
items are handed over in the order that they have in the whole split.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ..study.task import Item

RUNGS = (1 / 9, 1 / 3, 1.0)
"""The shares through which candidates are promoted, by every searcher that promotes."""


def order(batches: Sequence[Sequence[Item]], kinds: Mapping[str, str], seed: int) -> list[Item]:
    """Order of a split's items, given call by call; that of calls comes from the study's seed."""
    mixed = list(batches)
    random.Random(f"{seed}:shares").shuffle(mixed)
    return [item for items in mixed for item in stratified(_mixed(items, seed), kinds)]


def _mixed(items: Sequence[Item], seed: int) -> list[Item]:
    """The clusters of a call in an order of their own, so that a part of it is no part of a list.

    A call of one cluster stays as it is.
    """
    clusters: dict[str, list[Item]] = {}
    for item in items:
        clusters.setdefault(item.cluster, []).append(item)
    names = list(clusters)
    random.Random(f"{seed}:shares:{items[0].call}").shuffle(names)
    return [item for name in names for item in clusters[name]]


def stratified(items: Sequence[Item], kinds: Mapping[str, str]) -> list[Item]:
    """The i-th of the n items of one kind comes at (i + 1/2) / n of the way."""
    sizes = Counter(kinds[item.id] for item in items)
    seen = {kind: count() for kind in sizes}
    places = [(next(seen[kind]) + 0.5) / sizes[kind] for kind in (kinds[i.id] for i in items)]
    return [item for _, item in sorted(zip(places, items, strict=True), key=lambda pair: pair[0])]


def least(ordered: Sequence[Item], counted: set[str]) -> int:
    """Items up to the first one that counts: so many at least, or a trial has no score."""
    return next((n for n, item in enumerate(ordered, 1) if item.id in counted), 1)


def _size(share: float, full: int, fewest: int) -> int:
    return max(fewest, round(share * full))


@dataclass(frozen=True)
class Tariff:
    """Prices of evaluations by share, in items. full: all of the search split; smoke: a smoke run.

    times: evaluations of one trial, a replicate each; a smoke run is one.
    """

    full: int
    least: int
    smoke: int
    times: int = 1

    def of(self, share: float) -> int:
        """Price of a trial of a share: its items, for each of its replicates."""
        asked = self.full if share >= 1 else _size(share, self.full, self.least)
        return self.times * asked


def head(
    batches: Sequence[Sequence[Item]], ordered: Sequence[Item], share: float, counted: set[str]
) -> list[list[Item]]:
    """A share's items, call by call in the whole split's own order.

    At least up to the first item that counts.
    """
    size = _size(share, len(ordered), least(ordered, counted))
    chosen = {item.id for item in ordered[:size]}
    parts = [[item for item in items if item.id in chosen] for items in batches]
    return [items for items in parts if items]
