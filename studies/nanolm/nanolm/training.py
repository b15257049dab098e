"""Training: as many characters as the budget allows, by Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
from nanolm.model import Model

CHARACTERS = 60_000
"""examples that the training may see, some of them more than once"""
BETAS, TINY = (0.9, 0.999), 1e-8
LONGEST = 1.0
"""norm of a gradient; a longer one is shortened, so that no batch throws the model off its way"""
WARMUP, AVERAGED = 0.05, 0.2
"""parts of the steps: the rate rises in the first ones, the values of the last ones are averaged"""


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
    sums = [np.zeros_like(value) for value in values]
    last = max(1, round(AVERAGED * steps))
    for step in range(steps):
        rows = rng.integers(0, len(seen), size)
        gradients = shortened(model.gradients(seen[rows], following[rows]))
        rate = parameters["learning_rate"] * factor((step + 1) / steps, parameters["cooldown"])
        unbiased, spread = (1.0 - beta ** (step + 1) for beta in BETAS)
        for value, mean, square, gradient in zip(values, first, second, gradients, strict=True):
            mean += (1.0 - BETAS[0]) * (gradient - mean)
            square += (1.0 - BETAS[1]) * (gradient**2 - square)
            value -= rate * (mean / unbiased) / (np.sqrt(square / spread) + TINY)
        if step >= steps - last:
            for total, value in zip(sums, values, strict=True):
                total += value
    for total, value in zip(sums, values, strict=True):
        value[...] = total / last


def shortened(gradients: list[np.ndarray]) -> list[np.ndarray]:
    """The gradients, all made smaller by one factor where together they are too long."""
    norm = float(np.sqrt(sum(np.vdot(one, one) for one in gradients)))
    return [one * (LONGEST / norm) for one in gradients] if norm > LONGEST else gradients


def factor(done: float, cooldown: float) -> float:
    """Factor of the learning rate: up, level, and down to nothing over the last part, `cooldown`.

    done: the part of the training that is over with this step.
    """
    falling = (1.0 - done) / cooldown if cooldown else 1.0
    return min(1.0, done / WARMUP, falling)
