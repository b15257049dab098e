"""The limit of a request in tokens, and what is left out to keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CHARS = 4
"""characters of a token, as everywhere in the toolkit where nobody has counted"""
ALL = 1_000_000
FILES, ANSWERS = 0.5, 0.4
"""shares of the limit that whole files and answers to questions may take"""


@dataclass(frozen=True)
class Plan:
    """Amount that a request tells: experiments in full, others on a line each, and wrong items."""

    full: int
    short: int
    examples: int


def plans(examples: int) -> Iterator[Plan]:
    """Shorter and shorter plans: old experiments become a line and a number, then examples go."""
    yield from (Plan(full, ALL, examples) for full in (ALL, 24, 12, 8, 4))
    yield from (Plan(4, short, examples) for short in (60, 20, 8))
    yield from (Plan(4, 8, some) for some in (examples // 2, examples // 4, min(examples, 1)))
    yield Plan(2, 4, 0)
    yield Plan(1, 0, 0)
    yield Plan(0, 0, 0)


def tokens(*texts: str) -> int:
    return sum(map(len, texts)) // CHARS


def cut(text: str, most: int) -> str:
    """The beginning of a text that is too long, and how much is left out."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()}\n[{len(text) - most:,} more characters are left out]"


def shares(texts: Sequence[str], most: int) -> list[str]:
    """Texts that have at most so many characters together; the long ones are cut."""
    left, waiting = most, sorted(map(len, texts))
    for done, size in enumerate(waiting):
        each = left // (len(waiting) - done)
        if size > each:
            return [cut(text, each) for text in texts]
        left -= size
    return list(texts)
