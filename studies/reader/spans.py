"""The shortest piece of a sentence that is of the kind that a question asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from . import dates
from .words import STOP, VERBS, WORD, stem

SENTENCE = re.compile(r"(?<=[.!?])\s+")
MOST_WORDS = 6
_UNITS = r"(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?)"
_NUMBER = (
    r"(?:\d[\d,.]*\d|\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|thirty|forty|fifty|hundreds?|thousands?|dozens?|once|twice)"
)
NUMBER = re.compile(rf"[$€£]?\b{_NUMBER}\b%?", re.I)
DURATION = re.compile(rf"\b(?:{_NUMBER}|an?|a few|several|a couple of) {_UNITS}\b", re.I)
_NAME = r"[A-Z][\w'’&-]+(?:(?: of| the| de)? [A-Z][\w'’&-]+)*"
NAME = re.compile(rf"\b{_NAME}")
PLACE = re.compile(
    rf"\b(?:in|at|to|from|near|on|around|visit(?:ed|ing)?|through|into|by) ((?:the )?{_NAME})"
)
SPOT = re.compile(
    r"\b(?:in|at|to|from|near|on|around|into) ((?:the|a|an|my|our|his|her|their) (?:[a-z'’-]+ ?){1,3})"
)
REASON = re.compile(
    r"\b(?:because(?: of)?|since|so that|in order to|due to|thanks to|as) ([^.!?;]+)", re.I
)
PERSON = re.compile(
    r"\b((?:my|our|his|her|their) (?:[a-z]+ )?(?:mother|mom|mum|father|dad|sister|brother|wife|husband"
    r"|son|daughter|friends?|boss|teacher|partner|family|kids|children|parents|aunt|uncle|cousin"
    r"|grandma|grandpa|grandmother|grandfather|neighbou?r|colleagues?|roommate|coach|doctor))\b",
    re.I,
)
CALLED = re.compile(
    r"\b(?:called|named|name(?:'s|’s| is| was)|titled) ((?:the )?[\w'’-]+(?: [A-Z][\w'’-]*){0,3})"
)
COLOUR = re.compile(
    r"\b((?:(?:light|dark|bright|pale|deep) )?(?:red|blue|green|yellow|orange|purple|violet|pink|brown"
    r"|black|white|gr[ae]y|silver|gold|golden|beige|turquoise|burgundy|teal|maroon|crimson|navy|tan"
    r"|cream|ivory|lilac|copper)(?: and (?:red|blue|green|yellow|pink|black|white|gr[ae]y))?)\b",
    re.I,
)
PLURAL = re.compile(
    r"\b(?:what|which|whose)(?: (?:other|different|all|kinds? of|types? of|sorts? of|\w+))?"
    r" (?!(?:is|was|does|has|this|his|its|always)\b)[a-z]+(?<![siu])s\b"
    r"|\b(?:all|both|people|children|who (?:are|were)|where (?:all|else))\b|\b(?:kind|type|sort)s of\b",
    re.I,
)
"""questions that ask for several things"""
TIMES = frozenset("yesterday today tonight tomorrow last next ago week month year recently".split())
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("time", re.compile(r"\bwhen\b|\b(?:what|which) (?:date|day|month|year)\b|\bon what day\b", re.I)),
    ("duration", re.compile(r"\bhow long\b", re.I)),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|old|often|far|tall|high|heavy)\b|\bwhat (?:number|age)\b"
            r"|\bwhat (?:is|was|were|are) .{0,40}\b(?:score|price|bill|rent|cost|age|number)\b",
            re.I,
        ),
    ),
    ("colour", re.compile(r"\b(?:what|which) colou?rs?\b", re.I)),
    ("name", re.compile(r"\bwhat\b.*\b(?:called|named|name|title)\b", re.I)),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.I)),
    ("place", re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|state)\b", re.I)),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:made|caused|reason)\b", re.I)),
    ("truth", re.compile(r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b", re.I)),
)  # fmt: skip


def kind(question: str) -> str:
    """What a question asks for; "thing" where no word of it says more."""
    return next((name for name, pattern in KINDS if pattern.search(question)), "thing")


@dataclass(frozen=True)
class Asked:
    """A question, as far as a piece of text is chosen for it."""

    kind: str
    words: frozenset[str]
    weights: Mapping[str, float]


def sentences(text: str) -> list[str]:
    return [one for one in SENTENCE.split(text) if one.strip()] or [text]


def best_sentence(text: str, asked: Asked) -> str:
    """The sentence with most of the question's words; of equal ones the first that asks nothing."""
    return max(sentences(text), key=lambda one: _fit(one, asked))


def _fit(sentence: str, asked: Asked) -> tuple[float, bool, int]:
    had = {stem(word) for word in WORD.findall(sentence)} & asked.words
    score = sum(asked.weights.get(word, 1.0) for word in had)
    return score, not sentence.endswith("?"), min(len(sentence), 40)


def typed(text: str, asked: Asked) -> str:
    """A piece of the kind that is asked for, from the fittest sentence that has one; else ""."""
    return next(_all_typed(text, asked), "")


def _all_typed(text: str, asked: Asked) -> Iterator[str]:
    if find := FINDERS.get(asked.kind):
        for one in sorted(sentences(text), key=lambda one: _fit(one, asked), reverse=True):
            yield from (piece.strip(" ,.!?") for piece in find(one, asked))


def _relative(sentence: str, asked: Asked) -> Iterator[str]:
    if when := dates.find(sentence):
        yield when.text
    if found := dates.RELATIVE.search(sentence):
        yield found[0]


def _new(pattern: re.Pattern[str]) -> Callable[[str, Asked], Iterator[str]]:
    """Finder of matches whose words the question does not have itself."""

    def find(sentence: str, asked: Asked) -> Iterator[str]:
        for found in pattern.finditer(sentence):
            text = found[found.lastindex or 0]
            stems = {stem(word) for word in WORD.findall(text)}
            if stems - asked.words and not stems <= _STOP_STEMS:
                yield text

    return find


_STOP_STEMS = frozenset(map(stem, STOP)) | frozenset(map(stem, dates.MONTHS))


def _person(sentence: str, asked: Asked) -> Iterator[str]:
    names = [text for text in _new(NAME)(sentence, asked) if not sentence.startswith(text)]
    yield from names or _new(PERSON)(sentence, asked)  # any first word has a capital


def _name(sentence: str, asked: Asked) -> Iterator[str]:
    yield from _new(CALLED)(sentence, asked)
    yield from _person(sentence, asked)


def _place(sentence: str, asked: Asked) -> Iterator[str]:
    yield from list(_new(PLACE)(sentence, asked)) or _new(SPOT)(sentence, asked)


FINDERS: Mapping[str, Callable[[str, Asked], Iterator[str]]] = {
    "time": _relative,
    "duration": _new(DURATION),
    "number": _new(NUMBER),
    "colour": _new(COLOUR),
    "name": _name,
    "person": _person,
    "place": _place,
    "reason": _new(REASON),
}


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
    """All pieces of the kind asked for; else the parts of an enumeration around the best run."""
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


COMMA = re.compile(r",? (?:and|or) |, ")
_FEW = r"[\w'’-]+(?: [\w'’-]+){0,3}?"
ENUMERATION = re.compile(rf"{_FEW}(?:, {_FEW}){{1,7}},? (?:and|or) [\w'’-]+(?: [\w'’-]+)?")


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
