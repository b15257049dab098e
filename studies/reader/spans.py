"""The shortest piece of a text that answers a question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .kinds import FINDERS, Asked
from .words import STOP, VERBS, WORD, stem

SENTENCE = re.compile(r"(?<=[.!?])\s+")
MOST_WORDS = 6
COMMA = re.compile(r",? (?:and|or) |, ")
_FEW = r"[\w'’-]+(?: [\w'’-]+){0,3}?"
ENUMERATION = re.compile(rf"{_FEW}(?:, {_FEW}){{1,7}},? (?:and|or) [\w'’-]+(?: [\w'’-]+)?")
TIMES = frozenset("yesterday today tonight tomorrow last next ago week month year recently".split())


def sentences(text: str) -> list[str]:
    return [one for one in SENTENCE.split(text) if one.strip()] or [text]


def best_sentence(text: str, asked: Asked) -> str:
    """The sentence with most of the question's words; of equal ones the first that asks nothing."""
    return max(sentences(text), key=lambda one: _fit(one, asked))


def _fit(sentence: str, asked: Asked) -> tuple[float, bool, int]:
    had = {stem(word) for word in WORD.findall(sentence)} & asked.words
    score = math.fsum(asked.weights.get(word, 1.0) for word in had)
    return score, not sentence.endswith("?"), min(len(sentence), 40)


def typed(text: str, asked: Asked) -> str:
    """A piece of the kind that is asked for, from the fittest sentence that has one; else ""."""
    return next(_all_typed(text, asked), "")


def _all_typed(text: str, asked: Asked) -> Iterator[str]:
    if find := FINDERS.get(asked.kind):
        for one in sorted(sentences(text), key=lambda one: _fit(one, asked), reverse=True):
            yield from (piece.strip(" ,.!?") for piece in find(one, asked))


@dataclass(frozen=True)
class _Piece:
    text: str
    at: int
    score: float


def phrase(text: str, asked: Asked) -> str:
    """The run of words that tells most beside what the question says; "" where there is none."""
    best = max(_pieces(best_sentence(text, asked), asked), key=lambda one: one.score, default=None)
    if best is None or best.score <= 0:
        best = max(_pieces(text, asked), key=lambda one: one.score, default=None)
    return "" if best is None else best.text


def several(text: str, asked: Asked) -> list[str]:
    """Pieces of the kind asked for; else the parts of an enumeration around the best run."""
    if pieces := list(_all_typed(text, asked)):
        return pieces
    sentence, best = best_sentence(text, asked), phrase(text, asked)
    for group in ENUMERATION.finditer(sentence):
        if best and best in group[0]:
            parts = [_bare(part) for part in COMMA.split(group[0])]
            return [part for part in parts if part][:8]
    return [best] if best else []


def _bare(part: str) -> str:
    """An item of an enumeration without what leads to it: "we saw bears" is bears."""
    kept = part.split()
    while kept and (_small(kept[0]) or _verb(kept[0])):
        kept.pop(0)
    return " ".join(kept)


def _pieces(text: str, asked: Asked) -> list[_Piece]:
    """Runs of words that carry meaning, each with how well it answers."""
    found = list(WORD.finditer(text))
    stems = [stem(word[0]) for word in found]
    known = [n for n, one in enumerate(stems) if one in asked.words]
    made = []
    for first, last in _runs(text, found):
        while first < last - 1 and _verb(found[first][0]):
            first += 1
        new = [stems[n] for n in range(first, last) if stems[n] not in asked.words]
        if new:
            score = sum(asked.weights.get(one, 1.0) for one in new) / len(new) ** 0.5
            score *= 0.3 if last - first == 1 and _verb(found[first][0]) else 1.0
            made.append(
                _Piece(
                    text[found[first].start() : found[last - 1].end()],
                    first,
                    score * _nearness(first, last, known),
                )
            )
    return made


def _verb(word: str) -> bool:
    """True for a word that looks like a verb: it begins no name of a thing."""
    return word.lower() in VERBS or (word.endswith("ed") and word.islower())


def _nearness(first: int, last: int, known: list[int]) -> float:
    """Weight of a place: answers stand behind the words that the question has too, and close."""
    if not known:
        return 1.0
    behind = [first - n for n in known if n < first]
    before = [n - last + 2 for n in known if n >= first]
    distance = min([*behind, *(2 * one for one in before)])
    return 1 / (1 + 0.3 * distance)


def _runs(text: str, found: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """(first, past the last) of runs of words without small words or signs between them."""
    first = 0
    for n in range(len(found) + 1):
        closed = n == len(found) or _small(found[n][0]) or (n > first and _parted(text, found, n))
        if closed or n - first >= MOST_WORDS:
            if n > first:
                yield first, n
            first = n + 1 if n < len(found) and _small(found[n][0]) else n


def _small(word: str) -> bool:
    return word.lower() in STOP or word.lower() in TIMES


def _parted(text: str, found: list[re.Match[str]], n: int) -> bool:
    return text[found[n - 1].end() : found[n].start()] != " "
