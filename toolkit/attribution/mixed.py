"""Edits that mix causes, split into their single changes: places of the code, and parameters.

Each change must build on top of what was accepted before it; one that does not is joined with the
next. An edit that cannot be split stays whole, and its label is `mixed`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from ..edits.anatomy import Anatomy, Part

MIXED = "mixed"
BuildsApart = Callable[[Anatomy, frozenset[int]], bool]
Labels = Callable[[Anatomy, int], str]


def untangle(anatomy: Anatomy, read: Labels, builds: BuildsApart) -> Anatomy:
    """Anatomy of the same champion with its mixed edits split where that can be done.

    read: the label of the part at a place. builds: whether a subset of an anatomy's parts runs.
    """
    place = 0
    while place < len(anatomy.parts):
        part = anatomy.parts[place]
        if part.form == "edit" and read(anatomy, place) == MIXED:
            groups = _groups(anatomy, place, builds)
            if len(groups) > 1:
                anatomy = anatomy.split(place, [_named(g, n) for n, g in enumerate(groups)])
            place += len(groups)
        else:
            place += 1
    return anatomy


def _groups(anatomy: Anatomy, place: int, builds: BuildsApart) -> list[Part]:
    """Smallest runs of single changes, each of which builds on top of those before it."""
    whole = anatomy.parts[place]
    closed: list[Part] = []
    open_: list[Part] = []
    changes = _changes(whole)
    for count, change in enumerate(changes, start=1):
        open_.append(change)
        joined, rest = _join(whole, open_), _join(whole, changes[count:])
        tried = anatomy.split(place, [*closed, joined, rest])  # later edits may need the rest
        if builds(tried, frozenset(range(place + len(closed) + 1))):
            closed.append(joined)
            open_ = []
    if open_:
        last = [closed.pop()] if closed else []
        closed.append(_join(whole, [*last, *open_]))
    return closed


def _changes(part: Part) -> list[Part]:
    settings = [
        replace(part, blocks=(), overrides={name: value}, dropped=())
        for name, value in part.overrides.items()
    ]
    back = [replace(part, blocks=(), overrides={}, dropped=(name,)) for name in part.dropped]
    places = [replace(part, blocks=(b,), overrides={}, dropped=()) for b in part.blocks]
    return [*places, *settings, *back]


def _join(whole: Part, changes: Sequence[Part]) -> Part:
    return replace(
        whole,
        blocks=tuple(block for change in changes for block in change.blocks),
        overrides={name: value for change in changes for name, value in change.overrides.items()},
        dropped=tuple(name for change in changes for name in change.dropped),
    )


def _named(part: Part, number: int) -> Part:
    """A letter behind the edit's name tells its parts from one another."""
    return replace(part, name=f"{part.name}{_letters(number)}")


def _letters(number: int) -> str:
    """a to z, then aa, ab and so on."""
    first, last = divmod(number, len(ascii_lowercase))
    return (_letters(first - 1) if first else "") + ascii_lowercase[last]
