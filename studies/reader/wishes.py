"""Behaviour that a prompt asks for, over all of its instructions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .instructions import events

PHRASE_WORDS = 12  # a limit up to here asks for a phrase, one above for a sentence


@dataclass(frozen=True)
class Wishes:
    """Behaviour that was asked for; by default that of a talkative model.

    extent: line, sentence or phrase; wrap: words around it; limit: in words, 0 for none; form: as
    in dates.FORMS; refusal: the words for what is not there; guess: always, never or "" (only where
    no refusal is given); listing: what stands between items; stop: with a full stop.
    """

    extent: str = "line"
    wrap: bool = True
    limit: int = 0
    dates: bool = False
    resolve: bool = False
    form: str = ""
    refusal: str = ""
    guess: str = ""
    quote: bool = False
    yes_no: bool = False
    listing: str = ""
    case: str = ""
    stop: bool = True
    steps: bool = False
    aloud: bool = True
    prefix: str = ""


@lru_cache(maxsize=256)
def read(sentences: tuple[str, ...], start: Wishes) -> Wishes:
    """The wishes of these sentences, in their order: of two that conflict the last one wins."""
    wishes = start
    for sentence in sentences:
        for name, value in events(sentence):
            wishes = _obey(wishes, name, value)
    return wishes


def _obey(wishes: Wishes, name: str, value: Any) -> Wishes:
    if name in _WIDER:
        return _WIDER[name](wishes, value)
    return replace(wishes, **{name: value})


def _extent(wishes: Wishes, extent: str) -> Wishes:
    return replace(wishes, extent=extent, wrap=False)


def _brief(wishes: Wishes, brief: bool) -> Wishes:
    """Brevity is compatible with a phrase, so it takes none back; length takes back a limit too."""
    if not brief:
        return replace(wishes, extent="line", wrap=True, limit=0)
    return replace(wishes, wrap=False, extent=_shorter(wishes.extent))


def _limit(wishes: Wishes, limit: int) -> Wishes:
    if not limit:
        return replace(wishes, limit=0)
    extent = "phrase" if limit <= PHRASE_WORDS else _shorter(wishes.extent)
    return replace(wishes, limit=limit, wrap=False, extent=extent)


def _shorter(extent: str) -> str:
    return "sentence" if extent == "line" else extent


def _resolve(wishes: Wishes, resolve: bool) -> Wishes:
    return replace(wishes, resolve=resolve, dates=wishes.dates or resolve)


_WIDER: dict[str, Callable[[Wishes, Any], Wishes]] = {
    "extent": _extent,
    "brief": _brief,
    "limit": _limit,
    "resolve": _resolve,
    "guess": lambda wishes, guess: replace(
        wishes, guess=guess, refusal="" if guess == "always" else wishes.refusal
    ),
    "refusal": lambda wishes, refusal: replace(
        wishes, refusal=refusal, guess="" if wishes.guess == "always" else wishes.guess
    ),
}
