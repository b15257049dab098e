"""A line of blocks: the best score so far over a cell's budget."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"

Curve = Sequence[tuple[float, float]]
"""(part of the budget that was spent, the best score from then on)"""


def spark(curve: Curve, spent: float, span: tuple[float, float], width: int) -> str:
    """`   ▁▁▂▅▅█     `: one block for each part of the budget, blank before and after.

    span: the lowest and the highest score of all cells, so that their lines can be compared.
    """
    found = []
    for number in range(width):
        begin, end = number / width, (number + 1) / width
        known = [score for at, score in curve if at <= min(end, spent)]
        found.append(_block(known[-1], span) if known and begin < spent else " ")
    return "".join(found)


def _block(score: float, span: tuple[float, float]) -> str:
    low, high = span
    part = (score - low) / (high - low) if high > low else 1.0
    return BLOCKS[min(len(BLOCKS) - 1, max(0, int(part * len(BLOCKS))))]
