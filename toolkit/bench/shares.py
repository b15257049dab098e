"""Nested shares of the search split: one order of its questions, and every share is its head.

Most of an evaluation is paid per conversation (reading and indexing it), so a share takes as many
whole conversations as fit, then a part of one. Inside a conversation every head holds the kinds of
question in their proportions. The kinds are labels: they choose which questions are asked and are
told to nobody, and the questions are handed over in the order that they have in the whole split.
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
    """All questions of a split; the conversations' order comes from the study's seed."""
    mixed = list(batches)
    random.Random(f"{seed}:shares").shuffle(mixed)
    return [item for items in mixed for item in stratified(items, kinds)]


def stratified(items: Sequence[Item], kinds: Mapping[str, str]) -> list[Item]:
    """The i-th of the n questions of one kind comes at (i + 1/2) / n of the way."""
    sizes = Counter(kinds[item.id] for item in items)
    seen = {kind: count() for kind in sizes}
    places = [(next(seen[kind]) + 0.5) / sizes[kind] for kind in (kinds[i.id] for i in items)]
    return [item for _, item in sorted(zip(places, items, strict=True), key=lambda pair: pair[0])]


def least(ordered: Sequence[Item], counted: set[str]) -> int:
    """Questions up to the first one that counts: so many at least, or a trial has no score."""
    return next((n for n, item in enumerate(ordered, 1) if item.id in counted), 1)


def _size(share: float, full: int, fewest: int) -> int:
    return max(fewest, round(share * full))


@dataclass(frozen=True)
class Prices:
    """What evaluations cost, in questions. full: the whole search split; smoke: a smoke run.

    times: evaluations of one trial, a replicate each; a smoke run is one.
    """

    full: int
    least: int
    smoke: int
    times: int = 1

    def of(self, share: float) -> int:
        """Price of a trial of a share: its questions, for each of its replicates."""
        asked = self.full if share >= 1 else _size(share, self.full, self.least)
        return self.times * asked


def head(
    batches: Sequence[Sequence[Item]], ordered: Sequence[Item], share: float, counted: set[str]
) -> list[list[Item]]:
    """A share's questions, conversation by conversation in the whole split's own order.

    At least up to the first question that counts.
    """
    size = _size(share, len(ordered), least(ordered, counted))
    chosen = {item.id for item in ordered[:size]}
    parts = [[item for item in items if item.id in chosen] for items in batches]
    return [items for items in parts if items]
