"""Training: stochastic gradient descent with momentum on shuffled batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from network import augmentation
from network.model import Network

MOMENTUM = 0.9
LONGEST = 1.0
"""norm of a gradient; a longer one is shortened, so that no batch throws the network off its way"""
AVERAGED = 0.25
"""part of the steps, at the end, whose weights and biases are averaged"""


def fit(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    parameters: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Change the network's weights so that it tells the labels."""
    targets = smoothed(labels, network.biases[-1].size, parameters["label_smoothing"])
    values = network.weights + network.biases
    speeds = [np.zeros_like(value) for value in values]
    size = min(parameters["batch"], len(images))
    steps = parameters["epochs"] * (len(images) // size)
    sums = [np.zeros_like(value) for value in values]
    last = max(1, round(AVERAGED * steps))
    for step, batch in enumerate(batches(len(images), size, parameters["epochs"], rng)):
        shown = augmentation.changed(images[batch], parameters, rng)
        rate = parameters["learning_rate"] * factor(step / steps, parameters["schedule"])
        gradients = shortened(network.gradients(shown, targets[batch]))
        for value, speed, gradient in zip(values, speeds, gradients, strict=True):
            decay = parameters["weight_decay"] if value.ndim == 2 else 0.0
            speed *= MOMENTUM
            speed -= rate * (gradient + decay * value)
            value += speed
        if step >= steps - last:
            for total, value in zip(sums, values, strict=True):
                total += value
    for total, value in zip(sums, values, strict=True):
        value[...] = total / last


def shortened(gradients: list[np.ndarray]) -> list[np.ndarray]:
    """The gradients, all made smaller by one factor where together they are too long."""
    norm = float(np.sqrt(sum(np.vdot(one, one) for one in gradients)))
    return [one * (LONGEST / norm) for one in gradients] if norm > LONGEST else gradients


def smoothed(labels: np.ndarray, classes: int, smoothing: float) -> np.ndarray:
    """Target probabilities: smoothing is shared out among all classes."""
    return (1.0 - smoothing) * np.eye(classes)[labels] + smoothing / classes


def batches(count: int, size: int, epochs: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of every batch; what is left of an epoch when it does not divide is skipped."""
    found = []
    for _ in range(epochs):
        order = rng.permutation(count)
        found += [order[at : at + size] for at in range(0, count - size + 1, size)]
    return found


def factor(done: float, schedule: str) -> float:
    """Factor of the learning rate; done: the part of the training that is over."""
    if schedule == "linear":
        return 1.0 - done
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    return 1.0
