"""Start of the centres: rows across the square."""

from __future__ import annotations

from typing import Any

import numpy as np


def centres(count: int, parameters: dict[str, Any]) -> np.ndarray:
    """(count, 2) points in rows; every other row half a place aside where rows are shifted."""
    rows, margin = parameters["rows"], parameters["margin"]
    points = []
    for row, width in enumerate(shared(count, rows)):
        height = margin + (1.0 - 2.0 * margin) * (row + 0.5) / rows
        aside = 0.25 / width * (1 if row % 2 else -1) if parameters["shifted"] else 0.0
        points += [((place + 0.5) / width + aside, height) for place in range(width)]
    return np.clip(np.array(points), 0.0, 1.0)


def shared(count: int, rows: int) -> list[int]:
    """Number of points in each row: as equal as can be, the larger ones first."""
    least, more = divmod(count, rows)
    return [least + (row < more) for row in range(rows)]
