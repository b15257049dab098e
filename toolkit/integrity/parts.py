"""Words and parts of an answer, as in a list with commas."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from .words import strings


def count(answer: Any) -> int:
    """Number of comma-separated items of an answer that are not blank."""
    return sum(bool(part.strip()) for part in _text(answer).split(","))


def lengths(answers: Sequence[Any]) -> dict[str, float]:
    """Mean number of words, and of comma-separated parts, of some answers."""
    texts = [_text(answer) for answer in answers]
    return {
        "words": fmean(len(text.split()) for text in texts),
        "parts": fmean(len(text.split(",")) for text in texts),
    }


def _text(answer: Any) -> str:
    return ", ".join(strings(answer))
