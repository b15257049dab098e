"""Radii that fit around given centres."""

from __future__ import annotations

import numpy as np

SAFE = 1.0 - 1e-12
"""rounding must not let two circles meet"""


def gaps(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(count, count) distances between centres, and (count,) distances to the border."""
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    return apart, np.minimum(points, 1.0 - points).min(axis=1)


def halves(points: np.ndarray) -> np.ndarray:
    """Radii when each circle takes at most half of the way to its neighbour."""
    apart, border = gaps(points)
    return np.minimum(apart.min(axis=1) / 2.0, border)


def grown(points: np.ndarray, rounds: int) -> np.ndarray:
    """Radii that start as halves; then each in turn takes all the room that is left to it."""
    apart, border = gaps(points)
    sizes = np.minimum(apart.min(axis=1) / 2.0, border)
    for _ in range(rounds):
        for number in np.argsort(-sizes):
            sizes[number] = max(0.0, min(border[number], (apart[number] - sizes).min()))
    return sizes


def safe(sizes: np.ndarray) -> np.ndarray:
    return sizes * SAFE
