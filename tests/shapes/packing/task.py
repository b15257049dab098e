"""Circles that must lie in a unit square and not overlap: checked, then summed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import toolkit

CIRCLES = 9


class Packing:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def items(self) -> Sequence[toolkit.Item]:
        return [toolkit.Item("square", "square", CIRCLES)]

    def vault(self) -> toolkit.Vault:
        return toolkit.Vault({"square": toolkit.Gold(None)}, sum_of_radii)


def sum_of_radii(gold: toolkit.Gold, output: Any) -> float:
    """The sum; raises ValueError where a circle leaves the square or meets another."""
    circles = [tuple(map(float, circle)) for circle in output]
    if len(circles) > CIRCLES:
        raise ValueError(f"{len(circles)} circles, at most {CIRCLES} are allowed")
    for n, (x, y, r) in enumerate(circles):
        if r < 0 or min(x - r, y - r, 1 - x - r, 1 - y - r) < -1e-12:
            raise ValueError(f"circle {n} leaves the square")
        for m, (u, v, s) in enumerate(circles[:n]):
            if math.hypot(x - u, y - v) < r + s - 1e-12:
                raise ValueError(f"circles {m} and {n} overlap")
    return sum(r for _, _, r in circles)
