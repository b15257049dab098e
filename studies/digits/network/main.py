"""Entry point: train on the labelled images, then say which digit each of the others shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from network import training
from network.model import Network

DIGITS = 10
BRIGHTEST = 16


def run(
    context: dict[str, Any],
    inputs: list[list[int]],
    parameters: dict[str, Any],
    services: dict[str, Any],
) -> list[int]:
    """One digit for each image of 64 pixels, from 0 (paper) to 16 (ink)."""
    rng = np.random.default_rng(services["seed"])
    images, labels = scaled(context["images"]), np.array(context["labels"])
    network = Network.new(images.shape[1], DIGITS, parameters, rng)
    training.fit(network, images, labels, parameters, rng)
    return [int(digit) for digit in network.scores(scaled(inputs)).argmax(axis=1)]


def scaled(images: list[list[int]]) -> np.ndarray:
    """Pixels from 0 to 1, an image a row."""
    return np.array(images, dtype=float) / BRIGHTEST
