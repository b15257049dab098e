"""A language model of one hidden layer over the embeddings of the last characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class Model:
    """Weights of a model.

    embedding: (characters, size). inner: (context x size, hidden). outer: (hidden, characters).
    """

    embedding: np.ndarray
    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray

    @classmethod
    def new(cls, characters: int, parameters: dict[str, Any], rng: np.random.Generator) -> Model:
        """Weights drawn from normal distributions of variance 1 / inputs."""
        size, hidden = parameters["embedding"], parameters["hidden"]
        wide = parameters["context"] * size

        def drawn(rows: int, columns: int) -> np.ndarray:
            return rng.normal(0.0, rows**-0.5, (rows, columns)).astype(np.float32)

        return cls(
            rng.normal(0.0, 1.0, (characters, size)).astype(np.float32),
            drawn(wide, hidden),
            np.zeros(hidden, np.float32),
            drawn(hidden, characters),
            np.zeros(characters, np.float32),
        )

    @property
    def values(self) -> list[np.ndarray]:
        """Arrays that are learned."""
        return [self.embedding, self.inner, self.inner_bias, self.outer, self.outer_bias]

    def layers(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(embedded, hidden, scores) of (examples, context) characters."""
        embedded = self.embedding[seen].reshape(len(seen), -1)
        hidden = np.tanh(embedded @ self.inner + self.inner_bias)
        return embedded, hidden, hidden @ self.outer + self.outer_bias

    def probabilities(self, seen: np.ndarray) -> np.ndarray:
        """(examples, characters) probabilities of the next character."""
        return softmax(self.layers(seen)[2].astype(float))

    def gradients(self, seen: np.ndarray, following: np.ndarray) -> list[np.ndarray]:
        """Gradient of the mean cross-entropy for each of `values`."""
        embedded, hidden, scores = self.layers(seen)
        error = softmax(scores)
        error[np.arange(len(seen)), following] -= 1.0
        error /= len(seen)
        inner_error = (error @ self.outer.T) * (1.0 - hidden**2)
        moved = (inner_error @ self.inner.T).reshape(seen.size, -1)
        shown = np.eye(len(self.embedding), dtype=np.float32)[seen.ravel()]
        return [
            shown.T @ moved,
            embedded.T @ inner_error,
            inner_error.sum(axis=0),
            hidden.T @ error,
            error.sum(axis=0),
        ]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities, a row each."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
