"""Several patches of one tree, put together without an order among them.

Each patch is placed in the tree as it is, alone. Two of them clash where a hunk of one changes a
line that a hunk of the other shows, as context or to take it away: then one of them was written for
a text that is not there any more. Patches that do not clash give the same tree in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..errors import PatchError
from . import diff, patch
from .hunks import Effect, Hunk, Section, parse, split_lines
from .paths import refuse_stray


@dataclass(frozen=True)
class Placed:
    """One hunk of a named patch where it stands in the tree. number: from 1; start: its first old
    line, from 0.
    """

    owner: str
    path: str
    number: int
    start: int
    hunk: Hunk

    @property
    def end(self) -> int:
        """Old line behind the last one that it shows."""
        return self.start + len(self.hunk.old)

    @property
    def edits(self) -> list[diff.Edit]:
        """Changes of it: [a1, a2) of the file's old lines, and [b1, b2) of its own new ones."""
        found = diff.edits(self.hunk.old, self.hunk.new)
        return [(self.start + a1, self.start + a2, b1, b2) for a1, a2, b1, b2 in found]

    def __str__(self) -> str:
        lines = f"lines {self.start + 1}-{max(self.end, self.start + 1)} of {self.path}"
        return f"{self.owner}, hunk {self.number} ({lines})"


@dataclass(frozen=True)
class _Change:
    """Change of one file by a named patch."""

    owner: str
    section: Section
    hunks: tuple[Placed, ...]

    @property
    def effect(self) -> Effect:
        return self.section.change


def composed(tree: Mapping[str, str], patches: Mapping[str, str]) -> dict[str, str]:
    """Tree with all patches in it. patches: {what a message calls one: its text}.

    Raises PatchError where one does not apply to the tree alone, and where two of them clash.
    """
    told = {name: text for name, text in patches.items() if text}
    if len(told) < 2:
        return patch.apply(tree, next(iter(told.values()), ""))
    changes = [one for name, text in told.items() for one in _changes(tree, name, text)]
    if found := "; ".join(_clashes(changes)):
        raise PatchError(f"patches that cannot be put together: {found}")
    new = dict(tree)
    for path in dict.fromkeys(one.section.path for one in changes):
        own = [one for one in changes if one.section.path == path]
        new.pop(path, None)
        if own[0].effect == "modified":
            new[path] = _merged(tree[path], [hunk for one in own for hunk in one.hunks])
        elif own[0].effect == "created":
            new[path] = patch.patched(own[0].section, None, tree)
    patch.refuse_file_as_folder(new)
    return new


def clashes(tree: Mapping[str, str], patches: Mapping[str, str]) -> list[str]:
    """Sentences on the hunks that clash; raises PatchError where a patch does not apply alone."""
    told = [one for name, text in patches.items() if text for one in _changes(tree, name, text)]
    return list(_clashes(told))


def _changes(tree: Mapping[str, str], owner: str, text: str) -> list[_Change]:
    try:
        patch.apply(tree, text)
        return [_placed(tree, owner, section) for section in parse(text)]
    except PatchError as error:
        raise PatchError(f"{owner}: {error}") from error


def _placed(tree: Mapping[str, str], owner: str, section: Section) -> _Change:
    refuse_stray(section.path)
    path, lines = section.path, split_lines(tree.get(section.path, ""))
    starts = patch.places(path, lines, section.hunks)
    pairs = enumerate(zip(section.hunks, starts, strict=True), 1)
    placed = (Placed(owner, path, number, start, hunk) for number, (hunk, start) in pairs)
    return _Change(owner, section, tuple(placed))


def _clashes(changes: Sequence[_Change]) -> Iterator[str]:
    for one, two in combinations(changes, 2):
        if one.owner == two.owner or one.section.path != two.section.path:
            continue
        if one.effect != "modified" or two.effect != "modified":
            yield (
                f"{one.section.path} is {one.effect} by {one.owner} and {two.effect} by {two.owner}"
            )
            continue
        for first in one.hunks:
            for second in two.hunks:
                if _changes_what(first, second) or _changes_what(second, first):
                    yield f"{first} and {second} change each other's lines"


def _changes_what(one: Placed, other: Placed) -> bool:
    """True where a hunk changes a line that the other one shows, or parts two of them."""
    return any(_meets(a1, a2, other) for a1, a2, _, _ in one.edits)


def _meets(a1: int, a2: int, other: Placed) -> bool:
    if a1 < a2:
        return a1 < other.end and a2 > other.start
    inside = other.start < a1 < other.end
    # a hunk without context on one side has to begin or end its file, where nothing may be put
    first = a1 == other.start and other.hunk.begins
    return inside or first or (a1 == other.end and other.hunk.ends)


def _merged(text: str, hunks: Sequence[Placed]) -> str:
    """Text with all changes of hunks that do not clash."""
    lines, new, end = split_lines(text), list[str](), 0
    edits = [(edit, one.hunk.new) for one in hunks for edit in one.edits]
    for (a1, a2, b1, b2), own in sorted(edits, key=lambda pair: pair[0]):
        new += [*lines[end:a1], *own[b1:b2]]
        end = a2
    return "".join([*new, *lines[end:]])
