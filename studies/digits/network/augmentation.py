"""Changed copies of training images: noise, and shifts by a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

SIDE = 8


def changed(images: np.ndarray, parameters: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """A batch as the network is shown it."""
    if parameters["shift"]:
        images = shifted(images, rng)
    if parameters["noise"]:
        images = images + rng.normal(0.0, parameters["noise"], images.shape)
    return images


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image moved by at most one pixel, along one axis; paper comes in at the edge."""
    padded = np.pad(images.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    moves = np.array([(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)])[rng.integers(0, 5, len(images))]
    moved = [
        picture[down : down + SIDE, right : right + SIDE]
        for picture, (down, right) in zip(padded, moves, strict=True)
    ]
    return np.array(moved).reshape(len(images), SIDE * SIDE)
