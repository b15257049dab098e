"""Items of one evaluation, call by call: how they are grouped, and what a program is handed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypedDict

from ..errors import UserError
from ..records import canonical
from ..study.task import Item, Task, contexts, empty
from ..text import said

Call = tuple[Any, Sequence[Item]]
"""(context, items)"""


class Asking(TypedDict, total=False):
    """Items of a split that an evaluation asks about, and how; by default all, as they are meant.

    smoke: a few items of the first call. wrong_context: each call gets the context of the split's
    next one, a floor. empty_context: each call gets a context with nothing in it to read, another
    floor. only: the clusters to ask about; where the rows of the split are replicates,
    those to run. order: another shuffle than 0, and the calls the other way round. halves: the
    items of a call in two calls.
    """

    share: float
    smoke: bool
    wrong_context: bool
    empty_context: bool
    only: frozenset[str] | None
    order: int
    halves: bool


UNUSUAL = ("wrong_context", "empty_context", "halves", "order")
"""ways of asking in which a program does not get its calls as the task means them"""


@dataclass(frozen=True)
class Selection:
    """Some items of one split, call by call, in the order in which a program gets them."""

    batches: tuple[tuple[Item, ...], ...]
    calls: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Number of items."""
        return sum(map(len, self.batches))


def as_meant(asking: Asking) -> bool:
    """True if a program gets its calls as the task means them, whichever they are."""
    return not any(asking.get(way) for way in UNUSUAL)


def grouped(items: Iterable[Item], clusters: Iterable[str], seed: int) -> list[list[Item]]:
    """The items of some clusters by call, in the host's own order.

    Shares are drawn from it, and equally bad failures are shown in it, so both are the same in
    every run of a study. No program is handed items in this order: it can be computed from ids and
    the study's seed. A call whose clusters are in both splits is asked once for each.
    """
    known: dict[str, list[Item]] = {name: [] for name in clusters}
    for item in sorted(items, key=lambda item: item.id):
        if item.cluster in known:
            known[item.cluster].append(item)
    calls: dict[str, list[Item]] = {}
    for cluster, members in known.items():
        random.Random(f"{seed}:{cluster}").shuffle(members)
        for item in members:
            calls.setdefault(item.call, []).append(item)
    return list(calls.values())


def only_of(batches: Sequence[list[Item]], clusters: frozenset[str] | None) -> list[list[Item]]:
    """The items of some clusters, call by call; all items where clusters is None."""
    if clusters is None:
        return list(batches)
    kept = ([item for item in items if item.cluster in clusters] for items in batches)
    return [items for items in kept if items]


def halved(batches: Sequence[list[Item]]) -> list[list[Item]]:
    """Calls in two halves each; a call of a single item stays whole."""
    found = []
    for items in batches:
        middle = ceil(len(items) / 2)
        found += [half for half in (items[:middle], items[middle:]) if half]
    return found


def with_contexts(
    task: Task, batches: Sequence[Sequence[Item]], *, wrong_context: bool, empty_context: bool
) -> list[Call]:
    """Each call with what its items share; with wrong_context, with what those of the next do.

    empty_context: without anything to read in it.
    """
    known = contexts(task)
    shared = [known[items[0].call] for items in batches]
    if wrong_context:
        shared = shared[1:] + shared[:1]
    if empty_context:
        shared = [empty(task, context) for context in shared]
    return list(zip(shared, batches, strict=True))


def selected(calls: Sequence[Call]) -> Selection:
    """Selection of calls, handed to a program in this order."""
    batches = tuple(tuple(items) for _, items in calls)
    arguments = [[context, [item.input for item in items]] for context, items in calls]
    return Selection(batches, encoded(arguments))


def encoded(calls: Iterable[Any]) -> tuple[bytes, ...]:
    """Calls as JSON: each is encoded once and sent many times."""
    try:
        return tuple(canonical(call).encode() for call in calls)
    except (TypeError, ValueError) as error:
        raise UserError(f"the task hands over something that is not JSON: {said(error)}") from error
