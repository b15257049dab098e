"""The form of the answers that the examples in a prompt show."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import replace

from . import dates
from .wishes import Wishes
from .words import words

FEW_WORDS = 10  # answers up to here are phrases
REFUSING = re.compile(
    r"^(?:(?:i )?(?:do not|don't|cannot|can't) \w+|unknown|not (?:\w+ )?\w+|no (?:\w+ )?information"
    r"|n/?a|none|unanswerable)\b.{0,40}$",
    re.I,
)
VERDICT = re.compile(r"(?:yes|no)\b", re.I)


def imitated(examples: Sequence[tuple[str, str]]) -> Wishes:
    """Wishes that the answers of these pairs (question, answer) have in common."""
    answers = [text.strip() for _, text in examples if text.strip()]
    refusals = [text for text in answers if REFUSING.match(text)]
    told = [text for text in answers if text not in refusals]
    wishes = replace(Wishes(), refusal=refusals[-1] if refusals else "")
    return _like(told, wishes) if told else wishes


def _like(told: Sequence[str], wishes: Wishes) -> Wishes:
    size = statistics.median(len(words(text)) for text in told)
    lower = all(text == text.lower() for text in told) and any(map(str.isalpha, "".join(told)))
    dated = [found for text in told if (found := dates.find(text)) and found.form != "year"]
    return replace(
        wishes,
        extent="phrase" if size <= FEW_WORDS else "sentence",
        wrap=False,
        stop=told[-1].endswith("."),
        case="lower" if lower else "",
        yes_no=any(VERDICT.match(text) for text in told),
        dates=bool(dated),
        form=dated[-1].form if dated else "",
    )
