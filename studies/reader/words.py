"""Tokens that the reader counts, and the words that it compares."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
LONGEST_KEPT = 1000

TOKEN = re.compile(r"[^\W_]{1,12}|[^\w\s]|_")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
ENDINGS = ("ingly", "edly", "ing", "ies", "ied", "ed", "es", "s", "ly")
POSSESSIVE = re.compile(r"['’]s?$")
STOP = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but by
    can could did do does doing don't down during each few for from further had has have having he
    her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself just let
    me more most my myself no nor not now of off on once only or other our ours out over own really
    same she should so some such than that that's the their them then there these they they're this
    those through to too under until up us very was wasn't we we're were what when where which while
    who whom whose why will with would you you're your yours yeah yes oh wow hey hi thanks thank
    """.split()
)


_FORMS = """
    be been, become became, begin began begun, break broke broken, bring brought, build built,
    buy bought, catch caught, choose chose chosen, come came, draw drew drawn, drink drank
    drunk, drive drove driven, eat ate eaten, fall fell fallen, feel felt, fight fought, find
    found, fly flew flown, forget forgot forgotten, get got gotten, give gave given, go went
    gone, grow grew grown, hear heard, hide hid hidden, hold held, keep kept, know knew known,
    lead led, leave left, lend lent, lose lost, make made, mean meant, meet met, pay paid, ride
    rode ridden, ring rang rung, rise rose risen, run ran, say said, see saw seen, sell sold,
    send sent, show shown, sing sang sung, sit sat, sleep slept, speak spoke spoken, spend
    spent, stand stood, steal stole stolen, swim swam swum, take took taken, teach taught, tell
    told, think thought, throw threw thrown, understand understood, wake woke woken, wear wore
    worn, win won, write wrote written, child children, man men, woman women, person people,
    foot feet, tooth teeth, mouse mice, wife wives, life lives
"""
IRREGULAR = {form: group.split()[0] for group in _FORMS.split(",") for form in group.split()[1:]}
"""{irregular form: the word that it is a form of}"""
_NOUNS = frozenset("children men women people feet teeth mice wives lives".split())
VERBS = frozenset(IRREGULAR) - _NOUNS | frozenset(IRREGULAR.values()) - frozenset(
    "child man woman person foot tooth mouse wife life".split()
)


def remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """A pure function of a text that keeps its results for short texts: prompts repeat lines."""
    kept = lru_cache(maxsize=8192)(function)

    @wraps(function)
    def ask(text: str) -> T:
        return kept(text) if len(text) <= LONGEST_KEPT else function(text)

    return ask


def tokens(text: str) -> list[str]:
    """Words and signs of a text; a word of more than twelve letters is several tokens."""
    return TOKEN.findall(text)


def cut(text: str, limit: int) -> tuple[str, int, bool]:
    """The text up to its limit-th token, the number of tokens in it, and whether any is missing."""
    count, end = 0, 0
    for found in TOKEN.finditer(text):
        if count == limit:
            return text[:end], count, True
        count, end = count + 1, found.end()
    return text, count, False


@remembered
def size(text: str) -> int:
    """Number of tokens of a text."""
    return len(tokens(text))


def words(text: str) -> list[str]:
    return WORD.findall(text)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without case and its commonest English endings; "stories" and "story" are alike."""
    plain = POSSESSIVE.sub("", word.lower())
    plain = IRREGULAR.get(plain, plain)
    for ending in ENDINGS:
        rest = plain[: -len(ending)]
        if plain.endswith(ending) and len(rest) >= 3:
            return _tidy(rest, ending)
    return plain.rstrip("e") if len(plain) > 3 else plain


def _tidy(rest: str, ending: str) -> str:
    """The stem of a word whose ending is gone: "runn" becomes "run", "stor" becomes "story"."""
    if ending in {"ies", "ied"}:
        return rest + "y"
    if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "lsz":
        return rest[:-1]
    return rest.rstrip("e") if len(rest) > 3 else rest


@remembered
def content(text: str) -> frozenset[str]:
    """Stems of the words of a text that carry meaning."""
    return frozenset(stem(word) for word in words(text) if word.lower() not in STOP)
