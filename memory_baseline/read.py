"""From retrieved chunks to an answer: choose turns, quote them, or abstain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory_baseline.index import split_words
from memory_baseline.ingest import Turn
from memory_baseline.retrieve import Hit

ABSTAIN = "No information available"


def read_answer(question: str, hits: Sequence[Hit], parameters: Mapping[str, Any]) -> str:
    """The best turns, quoted; ABSTAIN if too few of the question's words are in the first."""
    words = set(split_words(question))
    turns = choose(words, hits)[: parameters["answer_turns"]]
    if not turns or overlap(words, turns[0]) < parameters["min_score"]:
        return ABSTAIN
    answer = " ".join(quote(turn) for turn in turns).split()
    answer = " ".join(answer[: parameters["max_answer_tokens"]])
    return stamp(turns[0]) + answer if "when" in question.lower() else answer


def choose(words: set[str], hits: Sequence[Hit]) -> list[Turn]:
    """Every turn that was found, best first: by the fit of its best chunk and its own words."""
    scores: dict[Turn, float] = {}
    for hit in hits:
        for turn in hit.chunk:
            scores.setdefault(turn, hit.fit + overlap(words, turn))
    return sorted(scores, key=lambda turn: -scores[turn])


def overlap(words: set[str], turn: Turn) -> float:
    """The share of the question's words that the turn has, in [0, 1]."""
    return len(words.intersection(split_words(turn.content))) / max(1, len(words))


def stamp(turn: Turn) -> str:
    """The day of a turn, "8 May 2023: "; empty if it is not known."""
    return f"{turn.date.day} {turn.date:%B %Y}: " if turn.date else ""


def quote(turn: Turn) -> str:
    """A turn in the words of its speaker."""
    return f"I remember that {turn.speaker} said: {turn.content}"
