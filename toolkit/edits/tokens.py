"""Texts as tokens that know which block brought them, and what two such texts share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")
_ALIKE = 0.5  # below this share of equal tokens a place was rewritten, not changed
_MOST_PAIRS = 4_000_000  # tokens compared with tokens; above, a place counts as rewritten


@dataclass
class Token:
    """Token of a file. added, removed: numbers of blocks; PRISTINE for what was there at first."""

    text: str
    added: int
    removed: int | None = None


def tokens_of(text: str, block: int) -> list[Token]:
    return [Token(found, block) for found in _TOKEN.findall(text)]


def text_of(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)


def lines(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens by line, each with its line end."""
    rows: list[list[Token]] = [[]]
    for token in tokens:
        rows[-1].append(token)
        if token.text == "\n":
            rows.append([])
    return [row for row in rows if row]


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def runs(
    before: Sequence[Token], after: Sequence[Token]
) -> Iterator[tuple[tuple[int, int] | None, list[Token]]]:
    """(the next stretch of `before` that is kept, or None at the end; the tokens put before it)."""
    at = 0
    for a, b, size in _kept(before, after):
        yield (a, a + size), list(after[at:b])
        at = b + size
    yield None, list(after[at:])


def _kept(before: Sequence[Token], after: Sequence[Token]) -> list[tuple[int, int, int]]:
    """(place before, place after, length) of what stays; stray signs in common do not count."""
    if len(before) * len(after) > _MOST_PAIRS:
        return []
    # autojunk would pass over whatever occurs often: blanks, commas, `self`
    matcher = SequenceMatcher(
        None, [one.text for one in before], [one.text for one in after], autojunk=False
    )
    if matcher.ratio() < _ALIKE:
        return []
    # commas and brackets that a rewritten line has by chance where the old one had them would tear
    # it into pieces that mean nothing; at its ends they are what was left alone
    ends = {(0, 0), (len(before), len(after))}
    return [
        (a, b, size)
        for a, b, size in matcher.get_matching_blocks()
        if size
        and (
            (a, b) in ends
            or (a + size, b + size) in ends
            or any(one.text[0].isalnum() for one in before[a : a + size])
        )
    ]
