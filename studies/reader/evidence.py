"""The lines of the context that a question is about."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .utterances import Line
from .words import content

ANSWERS_WEIGHT = 0.5  # of a line's score that goes to the line below it, where it is a question
QUESTION_WEIGHT = 0.6  # a line that asks tells little
LONG_CONTEXT = 20
DISTRACTION = 0.5  # weight that a line in the middle of a very long context has left


@dataclass(frozen=True)
class Found:
    """A line that was found. coverage: weight of the question's words that it has, in [0, 1]."""

    line: Line
    score: float
    coverage: float


@dataclass(frozen=True)
class Evidence:
    """Lines by their score, best first, and the weight of each word of the context."""

    found: Sequence[Found]
    weights: dict[str, float]
    asked: frozenset[str]


def search(question: str, lines: Sequence[Line]) -> Evidence:
    asked = content(question)
    told = [content(line.text) | content(line.speaker) for line in lines]
    counts = Counter(word for words in told for word in words)
    by_count = {count: _weight(len(lines), count) for count in {0, *counts.values()}}
    weights = {word: by_count[counts[word]] for word in asked | counts.keys()}
    whole = math.fsum(weights[word] for word in asked) or 1.0
    own = [_overlap(asked, words, weights) for words in told]
    found = [
        Found(line, _score(n, lines, own) * _attention(n, len(lines)), own[n] / whole)
        for n, line in enumerate(lines)
    ]
    return Evidence(sorted(found, key=lambda one: -one.score), weights, asked)


def _weight(lines: int, count: int) -> float:
    """Weight of a word that so many of the lines have: rare ones tell more."""
    return math.log(1 + (lines + 1) / (count + 0.5))


def _overlap(asked: frozenset[str], words: frozenset[str], weights: dict[str, float]) -> float:
    return math.fsum(weights[word] for word in asked & words)  # of a set: in no order


def _score(n: int, lines: Sequence[Line], own: Sequence[float]) -> float:
    score = own[n] * (QUESTION_WEIGHT if lines[n].text.rstrip().endswith("?") else 1.0)
    if n and lines[n - 1].text.rstrip().endswith("?"):
        score += ANSWERS_WEIGHT * own[n - 1]
    return score


def _attention(n: int, lines: int) -> float:
    """Weight of a place: in a long context the reader loses what stands in the middle."""
    if lines <= LONG_CONTEXT:
        return 1.0
    middle = 1 - abs(2 * n / (lines - 1) - 1)
    return 1 - DISTRACTION * middle * (1 - LONG_CONTEXT / lines)
