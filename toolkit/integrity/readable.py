"""Readability of a text: its share of characters in words, or in what is spelt like words.

Packed data (base64, hexadecimal digits, a cipher, numbers) has hardly any; prompts, word lists and
regular expressions have mostly such characters, however long they are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from math import log2

from .rare import common, listed
from .words import stem, stems, words

LETTERS = re.compile(r"[^\W\d_]+")
HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")  # of camelCase
RULE = re.compile(r"([^\w\s])\1{3,}")  # a line of dashes
SHORT = frozenset(
    "i a o am an as at be by do go he hi if in is it me mr ms my no of oh ok on or so us we up to "
    "st nd rd th dr pm re ve ll s t d m".split()
)
READABLE = 0.25
STRETCH = 80  # characters
BLANK = 0.2  # share of characters that are none, below which a text is made of blanks
ODD = 5.0  # bits a letter: most names lie below, random letters above
# what a pattern of `re`, of strftime or of str.format says about letters, and not with them
PATTERN = re.compile(r"\\[AbBdDsSwWZnrt]|\(\?")
SYNTAX = tuple(
    re.compile(one)
    for one in (
        r"\\[AbBdDsSwWZnrtfv]|\\[^\w\s]",
        r"\(\?(?:P?<\w+>|P=\w+\)|[:=!]|<[=!]|[aiLmsux-]+[:)])",
        r"\[\^?\]?[^\]]{0,40}\]",
        r"\{\d*,?\d*\}",
        r"[()|?*+^$.]",
    )
)
FIELDS = re.compile(r"%\(\w+\)\w|%[-#]?[A-Za-z%]|\{[\w.!:,<>^]{0,20}\}")


class Vocabulary:
    """Words that can be read: the common English ones and those of some texts, in any language."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._found = {word for text in texts for word in words(text)}
        self._written = self._found.union(listed())
        self._reads = lru_cache(maxsize=1 << 16)(self._is_word)

    # eleven thousand words are stemmed and counted only where one is read that none of them is
    @cached_property
    def _known(self) -> set[str]:
        return stems(self._found) | common()

    @cached_property
    def _triples(self) -> dict[str, Counter[str]]:
        return _triples((*listed(), *self._found))

    def share(self, text: str) -> float:
        """Share of its characters, spaces aside, that can be read; 1 where there are none."""
        bare = _bare(text)
        everything = sum(not one.isspace() for one in bare)
        if len("".join(text.split())) < BLANK * len(text):  # written in blanks
            return 0.0
        read = sum(len(run) for run in _runs(bare) if self._reads(run))
        return read / everything if everything else 1.0

    def unreadable(self, text: str) -> int:
        """Characters in stretches of which less than READABLE can be read.

        By stretches, for a long text that can be read must not hide one that cannot.
        """
        if not text.strip() or self.share(text) == 0:
            return len(text)
        bare = " ".join(_bare(text).split())
        stretches = [bare[at : at + STRETCH] for at in range(0, len(bare), STRETCH)]
        if len(stretches) > 1 and len(stretches[-1]) < STRETCH // 2:
            stretches[-2:] = ["".join(stretches[-2:])]
        return sum(len(one) for one in stretches if self.share(one) < READABLE)

    def _is_word(self, run: str) -> bool:
        word = run.lower()
        if len(word) < 3:
            return word in SHORT
        if word in self._written:
            return True
        return stem(word) in self._known or self.oddity(word) < ODD

    def oddity(self, word: str) -> float:
        """Bits a letter under a model of letter triples (Witten-Bell's smoothing)."""
        bits = 0.0
        for before, letter in _steps(word):
            chance = 1 / 256
            for context in ("", before[1:], before):
                seen = self._triples.get(context)
                if seen:
                    total, kinds = seen.total(), len(seen)
                    chance = (seen[letter] + kinds * chance) / (total + kinds)
            bits -= log2(chance)
        return bits / (len(word) + 1)


def _bare(text: str) -> str:
    if PATTERN.search(text):
        for syntax in SYNTAX:
            text = syntax.sub(" ", text)
    return RULE.sub(" ", FIELDS.sub(" ", text))


def _runs(text: str) -> Iterator[str]:
    """Runs of letters, those of camelCase apart."""
    for run in LETTERS.findall(text):
        yield from HUMPS.findall(run) if run.isascii() else [run]


def packed(texts: Iterable[str]) -> int:
    """Bytes that texts take when they are compressed: about how much they tell."""
    import zlib

    text = "\n".join(texts)
    return len(zlib.compress(text.encode("utf-8", "surrogatepass"), 9)) if text else 0


def _triples(words: Iterable[str]) -> dict[str, Counter[str]]:
    """{up to two letters: how often each letter follows}"""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word in words:
        for before, letter in _steps(word):
            for context in ("", before[1:], before):
                counts[context][letter] += 1
    return dict(counts)


def _steps(word: str) -> Iterator[tuple[str, str]]:
    """(the two letters before, a letter), with marks for the word's ends."""
    marked = f"^^{word}$"
    return ((marked[at - 2 : at], marked[at]) for at in range(2, len(marked)))
