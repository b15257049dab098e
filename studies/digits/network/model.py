"""A network of dense layers, its scores, and the gradient of its loss."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass
class Network:
    """weights: (inputs, outputs) of each layer. biases: (outputs,) of each layer."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]

    @classmethod
    def new(
        cls, inputs: int, outputs: int, parameters: dict[str, Any], rng: np.random.Generator
    ) -> Network:
        """Weights drawn from normal distributions of variance 2 / inputs."""
        sizes = [inputs, *[parameters["width"]] * parameters["layers"], outputs]
        weights = [
            rng.normal(0.0, np.sqrt(2.0 / into), (into, out)) for into, out in pairwise(sizes)
        ]
        return cls(weights, [np.zeros(out) for out in sizes[1:]])

    def layers(self, images: np.ndarray) -> list[np.ndarray]:
        """Values of every layer, the input first and the scores last."""
        values = [images]
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            value = values[-1] @ weight + bias
            last = number == len(self.weights) - 1
            values.append(value if last else np.maximum(value, 0.0))
        return values

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Scores of every class, an image a row."""
        return self.layers(images)[-1]

    def gradients(self, images: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
        """Gradient of the mean cross-entropy for all weights, then for all biases."""
        values = self.layers(images)
        error = (softmax(values[-1]) - targets) / len(images)
        weights, biases = [], []
        for number in reversed(range(len(self.weights))):
            weights.append(values[number].T @ error)
            biases.append(error.sum(axis=0))
            if number:
                error = (error @ self.weights[number].T) * (values[number] > 0.0)
        return weights[::-1] + biases[::-1]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities, a row each."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
