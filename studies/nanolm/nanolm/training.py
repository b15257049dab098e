"""Training: as many characters as the budget allows, by gradient descent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from nanolm.model import Model

CHARACTERS = 80_000
"""examples that the training may see, some of them more than once"""
BETA, TINY = 0.999, 1e-8


def fit(
    model: Model,
    seen: np.ndarray,
    following: np.ndarray,
    parameters: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Change the model's values so that what follows becomes probable."""
    values, size = model.values, parameters["batch"]
    steps = CHARACTERS // size
    first = [np.zeros_like(value) for value in values]
    second = [np.zeros_like(value) for value in values]
    for step in range(steps):
        rows = rng.integers(0, len(seen), size)
        rate = parameters["learning_rate"] * factor(step / steps, parameters)
        for value, mean, square, gradient in zip(
            values, first, second, model.gradients(seen[rows], following[rows]), strict=True
        ):
            moved = gradient + parameters["weight_decay"] * value
            if parameters["optimizer"] == "adam":
                mean += (1.0 - parameters["momentum"]) * (moved - mean)
                square += (1.0 - BETA) * (moved**2 - square)
                unbiased = 1.0 - parameters["momentum"] ** (step + 1)
                spread = np.sqrt(square / (1.0 - BETA ** (step + 1))) + TINY
                value -= rate * mean / unbiased / spread
            else:
                mean *= parameters["momentum"]
                mean += moved
                value -= rate * mean


def factor(done: float, parameters: dict[str, Any]) -> float:
    """Factor of the learning rate; done: the part of the training that is over."""
    if done < parameters["warmup"]:
        return done / parameters["warmup"]
    if parameters["schedule"] == "linear":
        return 1.0 - done
    if parameters["schedule"] == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    return 1.0
