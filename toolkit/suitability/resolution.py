"""Resolution of a score: the smallest step by which it can change, read off the scores seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from ..bench.bench import Bench
from ..records import Scored

ENOUGH = 8
"""different scores from which a rounding is believed"""
DIGITS = 8
"""behind the point; a score with more of them is not rounded"""
ROUNDING = 1e-9


def step(bench: Bench, runs: Sequence[Scored]) -> float | None:
    """The smallest step of the objective on the search split; None where it is not known.

    A mean of item scores moves by the smallest difference of two item scores, over their number.
    One number of a whole split is taken to be rounded where every score seen is.
    """
    counted = rows(bench)
    if counted:
        return _between({run.items[row] for run in runs if run.ok for row in counted}, len(counted))
    return _rounding({run.score for run in runs if run.score is not None})


def rows(bench: Bench) -> list[str]:
    """Counted items of the search split, where the score is the mean of their scores."""
    objective = bench.study.objective
    if objective.pooled or objective.evidence == "measured" or bench.full == 1:
        return []
    counted = bench.counted
    return [item.id for items in bench.items["search"] for item in items if item.id in counted]


def _between(levels: Iterable[float], count: int) -> float | None:
    gaps = [high - low for low, high in pairwise(sorted(levels))]
    told = [gap for gap in gaps if gap > ROUNDING]
    return min(told) / count if told else None


def _rounding(scores: Iterable[float]) -> float | None:
    different = {round(score, DIGITS + 2) for score in scores}
    digits = max((_digits(score) for score in different), default=0)
    return 10.0**-digits if len(different) >= ENOUGH and digits <= DIGITS else None


def _digits(score: float) -> int:
    """Digits behind the point."""
    exponent = Decimal(repr(score)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
