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
from itertools import count

from .task import Item

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


def head(
    batches: Sequence[Sequence[Item]], ordered: Sequence[Item], share: float, counted: set[str]
) -> list[list[Item]]:
    """A share's questions, conversation by conversation in the whole split's own order.

    At least up to the first question that counts: a trial that ran has a score.
    """
    first = next((n for n, item in enumerate(ordered, 1) if item.id in counted), 1)
    size = max(first, round(share * len(ordered)))
    chosen = {item.id for item in ordered[:size]}
    parts = [[item for item in items if item.id in chosen] for items in batches]
    return [items for items in parts if items]
