"""The check of a packing: 26 circles in the unit square, of which no two overlap."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

CIRCLES = 26


def check(packing: Any) -> float:
    """Sum of the radii of a packing [[x, y, radius], ...]; raises ValueError where it is none.

    Every float is a fraction, so that nothing is rounded and there is no tolerance.
    """
    if not isinstance(packing, list) or len(packing) != CIRCLES:
        raise ValueError(f"a packing is a list of {CIRCLES} circles")
    for number, circle in enumerate(packing, 1):
        if not isinstance(circle, list) or len(circle) != 3 or not all(map(is_number, circle)):
            raise ValueError(f"circle {number} is [x, y, radius], three finite numbers")
    circles = [tuple(map(Fraction, circle)) for circle in packing]
    for number, (x, y, radius) in enumerate(circles, 1):
        if radius < 0:
            raise ValueError(f"circle {number} has a negative radius")
        if min(x, y, 1 - x, 1 - y) < radius:
            raise ValueError(f"circle {number} leaves the square")
        for other, (u, v, size) in enumerate(circles[: number - 1], 1):
            if (x - u) ** 2 + (y - v) ** 2 < (radius + size) ** 2:
                raise ValueError(f"circles {other} and {number} overlap")
    return math.fsum(radius for _, _, radius in packing)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
