"""Kinds of questions, and the pieces of a sentence that are of the kind that is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from . import dates
from .words import STOP, WORD, stem

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
    r"\b(?:in|at|to|from|near|on|around|into) ((?:the|a|an|my|our|his|her"
    r"|their) (?:[a-z'’-]+ ?){1,3})"
)
REASON = re.compile(
    r"\b(?:because(?: of)?|since|so that|in order to|due to|thanks to|as) ([^.!?;]+)", re.I
)
PERSON = re.compile(
    r"\b((?:my|our|his|her|their) (?:[a-z]+ )?(?:mother|mom|mum|father|dad|sister|brother|wife"
    r"|husband"
    r"|son|daughter|friends?|boss|teacher|partner|family|kids|children|parents|aunt|uncle|cousin"
    r"|grandma|grandpa|grandmother|grandfather|neighbou?r|colleagues?|roommate|coach|doctor))\b",
    re.I,
)
CALLED = re.compile(
    r"\b(?:called|named|name(?:'s|’s| is| was)|titled) ((?:the )?[\w'’-]+(?: [A-Z][\w'’-]*){0,3})"
)
COLOUR = re.compile(
    r"\b((?:(?:light|dark|bright|pale|deep) )?(?:red|blue|green|yellow|orange|purple|violet"
    r"|pink|brown"
    r"|black|white|gr[ae]y|silver|gold|golden|beige|turquoise|burgundy|teal|maroon|crimson|navy|tan"
    r"|cream|ivory|lilac|copper)(?: and (?:red|blue|green|yellow|pink|black|white|gr[ae]y))?)\b",
    re.I,
)
PLURAL = re.compile(
    r"\b(?:what|which|whose)(?: (?:other|different|all|kinds? of|types? of|sorts? of|\w+))?"
    r" (?!(?:is|was|does|has|this|his|its|always)\b)[a-z]+(?<![siu])s\b"
    r"|\b(?:all|both|people|children|who (?:are|were)|where (?:all|else))\b|\b(?:kind|type"
    r"|sort)s of\b",
    re.I,
)
"""questions that ask for several things"""
_QUESTIONS = {
    "time": r"\bwhen\b|\b(?:what|which) (?:date|day|month|year)\b|\bon what day\b",
    "duration": r"\bhow long\b",
    "number": r"\bhow (?:many|much|old|often|far|tall|high|heavy)\b|\bwhat (?:number|age)\b"
    r"|\bwhat (?:is|was|were|are) .{0,40}\b(?:score|price|bill|rent|cost|age|number)\b",
    "colour": r"\b(?:what|which) colou?rs?\b",
    "name": r"\bwhat\b.{0,200}\b(?:called|named|name|title)\b",
    "person": r"\bwho(?:m|se)?\b",
    "place": r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|state)\b",
    "reason": r"\bwhy\b|\bwhat (?:made|caused|reason)\b",
    "truth": r"\bwhether\b"
    r"|^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b",
}
KINDS = {name: re.compile(pattern, re.I) for name, pattern in _QUESTIONS.items()}
"""{kind: how one asks for it}, in the order in which they are tried"""


def kind(question: str) -> str:
    """Kind of a question; "thing" where no word of it says more."""
    return next((name for name, pattern in KINDS.items() if pattern.search(question)), "thing")


@dataclass(frozen=True)
class Asked:
    """A question, as far as a piece of text is chosen for it."""

    kind: str
    words: frozenset[str]
    weights: Mapping[str, float]


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
