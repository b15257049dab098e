"""From retrieved chunks to an answer: choose turns, quote them, or abstain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory_baseline.index import split_words
from memory_baseline.ingest import Turn

ABSTAIN = "No information available"


def read_answer(
    question: str, chunks: Sequence[Sequence[Turn]], parameters: Mapping[str, Any]
) -> str:
    """The turns that share most words with the question, quoted; at most max_answer_tokens."""
    words = set(split_words(question))
    turns = list({turn.id: turn for chunk in chunks for turn in chunk}.values())
    ranked = sorted(turns, key=lambda turn: -overlap(words, turn))
    if not ranked or overlap(words, ranked[0]) < parameters["min_score"]:
        return ABSTAIN
    answer = compose(ranked[: parameters["answer_turns"]])
    return " ".join(answer.split()[: parameters["max_answer_tokens"]])


def overlap(words: set[str], turn: Turn) -> float:
    """The share of the question's words that the turn has, in [0, 1]."""
    return len(words.intersection(split_words(turn.content))) / max(1, len(words))


def compose(turns: Sequence[Turn]) -> str:
    """One text of the chosen turns, each after the day on which it was said."""
    return " ".join(f"{stamp(turn)}{quote(turn)}" for turn in turns)


def stamp(turn: Turn) -> str:
    """The day of a turn, "8 May 2023: "; empty if it is not known."""
    return f"{turn.date.day} {turn.date:%B %Y}: " if turn.date else ""


def quote(turn: Turn) -> str:
    """A turn in the words of its speaker."""
    return f"According to our conversation history, {turn.speaker} said: {turn.content}"
