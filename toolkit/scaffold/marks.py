"""Marks by which a code base says itself which of its lines may be edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..patches import blocks
from ..study.bindings import inline


def named(texts: Mapping[str, str], *, every: bool) -> str:
    """Beginning of the marks of these files, as `EVOLVE-BLOCK`; "" where marks do not divide
    them soundly. every: each of the files has to hold a block, since somebody named each.

    Other pairs of marks, of a licence or a table, say nothing of who may edit.
    """
    for name in _names(texts):
        held = blocks.held(texts, name)
        if not list(blocks.problems(texts, name)) and (not every or len(held) == len(texts)):
            return name
    return ""


def broken(texts: Mapping[str, str]) -> list[str]:
    """A sentence where marks are there, and do not divide the files soundly."""
    for name in _names(texts):
        found = list(blocks.problems(texts, name))
        if found:
            return [
                f"The marks {name} are not followed, so whole files may be edited: {found[0]}. "
                f'Mend them, and write blocks = "{name}" in [code].'
            ]
    return []


def _names(texts: Mapping[str, str]) -> list[str]:
    """Names of blocks, the commonest first."""
    found = Counter(name for text in texts.values() for name in inline.names(text))
    return [name for name, _ in found.most_common() if name.endswith("BLOCK")]
