"""Additions of each edit of a champion to the program: lines of code and string literals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..edits.anatomy import Anatomy
from .words import literals, strings


@dataclass(frozen=True)
class Addition:
    """lines and literals: {path: texts that were not there before}; values: texts it sets."""

    edit: str
    lines: Mapping[str, Sequence[str]]
    literals: Mapping[str, Sequence[str]]
    values: Sequence[str] = ()


def additions(champion: Anatomy) -> list[Addition]:
    """One for each part of a champion, in the order of acceptance."""
    tree, found = dict(champion.pristine), []
    for place, part in enumerate(champion.parts):
        after = champion.tree(range(place + 1))
        changed = [path for path in after if after[path] != tree.get(path)]
        old = [tree.get(path, "") for path in changed]
        found.append(
            Addition(
                edit=part.name,
                lines={
                    path: _new(after[path].splitlines(), before.splitlines())
                    for path, before in zip(changed, old, strict=True)
                },
                literals={
                    path: _new(literals(path, after[path]), literals(path, before))
                    for path, before in zip(changed, old, strict=True)
                },
                values=list(strings(dict(part.overrides))),
            )
        )
        tree = after
    return found


def _new(after: Sequence[str], before: Sequence[str]) -> list[str]:
    """New texts, each once and in order."""
    known = set(before)
    return [text for text in dict.fromkeys(after) if text not in known]
