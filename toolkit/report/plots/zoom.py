"""Parts to enlarge where one searcher is so far away that the others lie in one spot."""

from __future__ import annotations

from collections.abc import Sequence

CLOSE = 0.2  # of all that is shown: what lies nearer to the baseline is unreadable without a zoom
MARGIN = 0.1  # of what is shown, on each side
Range = tuple[float, float]


def nearness(values: Sequence[float]) -> float:
    """Distance from the baseline that still is close to it, when all of these are shown."""
    low, high = span(values)
    return CLOSE * (high - low)


def span(values: Sequence[float]) -> Range:
    return min(values), max(values)


def padded(limits: Range) -> Range:
    """Limits with a margin on both sides, also round a single value of any size."""
    margin = MARGIN * (limits[1] - limits[0]) or MARGIN * max(1.0, abs(limits[0]))
    return limits[0] - margin, limits[1] + margin
