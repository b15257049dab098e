"""An edit that mixes causes, split into atoms: places of the code, and parameters, one by one.

Each atom must build on top of what was accepted before it; one that does not is joined with the
next. What cannot be split stays whole and is called mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from ..edits.anatomy import Anatomy, Part

MIXED = "mixed"
Builds = Callable[[Anatomy, frozenset[int]], bool]
Type = Callable[[Anatomy, int], str]


def untangle(anatomy: Anatomy, read: Type, builds: Builds) -> Anatomy:
    """The same champion with its mixed edits split where that can be done.

    read: the type of the part at a place. builds: whether a subset of an anatomy's parts runs.
    """
    place = 0
    while place < len(anatomy.parts):
        part = anatomy.parts[place]
        if part.kind == "edit" and read(anatomy, place) == MIXED:
            groups = _groups(anatomy, place, builds)
            if len(groups) > 1:
                anatomy = anatomy.split(place, [_named(g, n) for n, g in enumerate(groups)])
            place += len(groups)
        else:
            place += 1
    return anatomy


def _groups(anatomy: Anatomy, place: int, builds: Builds) -> list[Part]:
    """The smallest runs of atoms of which each builds on top of those before it."""
    whole = anatomy.parts[place]
    closed: list[Part] = []
    open_: list[Part] = []
    atoms = _atoms(whole)
    for count, atom in enumerate(atoms, start=1):
        open_.append(atom)
        joined, rest = _join(whole, open_), _join(whole, atoms[count:])
        tried = anatomy.split(place, [*closed, joined, rest])  # later edits may need the rest
        if builds(tried, frozenset(range(place + len(closed) + 1))):
            closed.append(joined)
            open_ = []
    if open_:
        last = [closed.pop()] if closed else []
        closed.append(_join(whole, [*last, *open_]))
    return closed


def _atoms(part: Part) -> list[Part]:
    settings = [
        replace(part, blocks=(), overrides={name: value}, dropped=())
        for name, value in part.overrides.items()
    ]
    back = [replace(part, blocks=(), overrides={}, dropped=(name,)) for name in part.dropped]
    places = [replace(part, blocks=(b,), overrides={}, dropped=()) for b in part.blocks]
    return [*places, *settings, *back]


def _join(whole: Part, atoms: Sequence[Part]) -> Part:
    return replace(
        whole,
        blocks=tuple(block for atom in atoms for block in atom.blocks),
        overrides={name: value for atom in atoms for name, value in atom.overrides.items()},
        dropped=tuple(name for atom in atoms for name in atom.dropped),
    )


def _named(part: Part, number: int) -> Part:
    """Atoms are told apart by a letter behind the edit's name."""
    return replace(part, name=f"{part.name}{_letters(number)}")


def _letters(number: int) -> str:
    """a to z, then aa, ab and so on."""
    first, last = divmod(number, len(ascii_lowercase))
    return (_letters(first - 1) if first else "") + ascii_lowercase[last]
