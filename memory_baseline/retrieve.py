"""Which chunks to read for a question: similarity, shared words, recency and speaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memory_baseline.index import Index, split_words
from memory_baseline.ingest import Turn


@dataclass(frozen=True)
class Hit:
    """A chunk that was found; fit is its score as a share of the best one's."""

    chunk: Sequence[Turn]
    fit: float


class Retriever:
    """Ranks the chunks of one conversation by a weighted sum of four signals in [0, 1]."""

    def __init__(
        self,
        chunks: Sequence[Sequence[Turn]],
        speakers: Sequence[str],
        parameters: Mapping[str, Any],
    ) -> None:
        texts = [" ".join(turn.content for turn in chunk) for chunk in chunks]
        self.chunks = chunks
        self.parameters = parameters
        self.index = Index(texts, parameters)
        self.places = find_places(texts)
        self.recency = rate_recency(chunks)
        self.shares = {name: rate_speaker(chunks, name) for name in speakers}

    def find(self, questions: Sequence[str]) -> list[list[Hit]]:
        """For each question its top_k chunks, best first; equal ones in the order of time."""
        similarity = self.index.scores(questions)
        return [self.rank(q, row) for q, row in zip(questions, similarity, strict=True)]

    def rank(self, question: str, similarity: np.ndarray) -> list[Hit]:
        # chunks that fit equally must stay equal: the last digits differ between processors
        score = np.round(scale(similarity), 4)
        score += self.parameters["keyword_weight"] * self.shared_words(question)
        score += self.parameters["recency_weight"] * self.recency
        for name, share in self.shares.items():
            if name in question:
                score += self.parameters["speaker_boost"] * share
        order = np.argsort(-score, kind="stable")[: self.parameters["top_k"]]
        fit = scale(score)
        return [Hit(self.chunks[place], float(fit[place])) for place in order]

    def shared_words(self, question: str) -> np.ndarray:
        """The share of the question's words that each chunk has."""
        words = set(split_words(question))
        found = np.zeros(len(self.chunks))
        for word in words & self.places.keys():
            found[self.places[word]] += 1
        return found / max(1, len(words))


def scale(scores: np.ndarray) -> np.ndarray:
    """As shares of the best score, in [0, 1]; negative ones count as 0."""
    scores = np.maximum(scores, 0)
    return scores / (scores.max() or 1)


def find_places(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """{word: positions of the texts that have it}"""
    places: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        for word in set(split_words(text)):
            places.setdefault(word, []).append(position)
    return {word: np.array(positions) for word, positions in places.items()}


def rate_recency(chunks: Sequence[Sequence[Turn]]) -> np.ndarray:
    """0 for the oldest chunk to 1 for the newest; 0 where no date is known."""
    days = [chunk[0].date.toordinal() if chunk[0].date else 0 for chunk in chunks]
    oldest = min((day for day in days if day), default=0)
    span = max(days) - oldest
    return np.array([(day - oldest) / span if day and span else 0.0 for day in days])


def rate_speaker(chunks: Sequence[Sequence[Turn]], name: str) -> np.ndarray:
    """The share of each chunk's turns that are by this speaker."""
    return np.array([sum(turn.speaker == name for turn in c) / len(c) for c in chunks])
