"""Training: stochastic gradient descent with momentum on shuffled batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from network import augmentation
from network.model import Network


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
    for step, batch in enumerate(batches(len(images), size, parameters["epochs"], rng)):
        shown = augmentation.changed(images[batch], parameters, rng)
        rate = parameters["learning_rate"] * factor(step / steps, parameters["schedule"])
        gradients = network.gradients(shown, targets[batch])
        for value, speed, gradient in zip(values, speeds, gradients, strict=True):
            decay = parameters["weight_decay"] if value.ndim == 2 else 0.0
            speed *= parameters["momentum"]
            speed -= rate * (gradient + decay * value)
            value += speed


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
