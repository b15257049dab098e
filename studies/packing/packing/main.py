"""Entry point: rows of centres, moved one at a time, then the radii that fit around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from packing import radii
from packing.start import centres

CIRCLES = 26


def run(
    context: None, inputs: list[None], parameters: dict[str, Any], services: dict[str, Any]
) -> list[list[list[float]]]:
    """One packing [[x, y, radius], ...]."""
    rng = np.random.default_rng(services["seed"])
    points = anneal(centres(CIRCLES, parameters), parameters, rng)
    sizes = radii.grown(points, parameters["rounds"])
    return [np.column_stack([points, radii.safe(sizes)]).tolist()]


def anneal(points: np.ndarray, parameters: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Move one centre at a time; keep what is better, and sometimes what is a little worse."""
    steps, best, value = parameters["steps"], points, radii.halves(points).sum()
    current, level = points, value
    for step in range(steps):
        left = 1.0 - step / steps
        reach = parameters["step_size"] * left ** parameters["shrink"]
        moved = current.copy()
        chosen = rng.integers(len(points))
        moved[chosen] = np.clip(moved[chosen] + rng.normal(0.0, reach, 2), 0.0, 1.0)
        found = radii.halves(moved).sum()
        if found > level or rng.random() < np.exp(
            (found - level) / (parameters["temperature"] * left + 1e-12)
        ):
            current, level = moved, found
            if level > value:
                best, value = current, level
    return best
