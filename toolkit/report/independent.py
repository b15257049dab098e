"""Scores that independent trials, as those of a random search, are expected to reach.

It tells what a tuner's adaptivity was worth: the number of independent trials that are expected to
reach the same score.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..statistics import expected_validated

PART = 0.5  # beyond this part of the trials the estimate is little but the best of them
CHECKPOINTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
ROUNDING = 1e-9


def pool(state: State, mine: Sequence[CellState]) -> list[float] | None:
    """The search scores of all trials of all seeds: they are draws from one distribution.

    A trial that failed or lost to the baseline counts as the baseline, which one then keeps. None
    where the trials are not independent or scored by a view, or some saw a part of the split only.
    """
    trials = [trial for cell in mine for trial in cell.trials.values()]
    if not trials or not all(cell.independent and not cell.objective for cell in mine):
        return None
    if any(trial.share < 1 for trial in trials):
        return None
    base = state.baseline.score
    if base is None:
        return None
    found = [trial.score if trial.ok else None for trial in trials]
    return [base if score is None else max(base, score) for score in found]


def most_trials(scores: Sequence[float]) -> int:
    """Largest number of trials of which something is said."""
    return max(1, int(PART * len(scores)))


def expected(scores: Sequence[float]) -> list[dict[str, Any]]:
    """[{"trials", "search"}]: the expected score of the best of so many trials."""
    most = most_trials(scores)
    counts = [count for count in CHECKPOINTS if count < most] + [most]
    return [{"trials": n, "search": expected_validated(scores, n)} for n in counts]


def as_many(scores: Sequence[float], level: float) -> int | None:
    """Fewest trials, about, that are expected to reach a score; None if more than `most_trials`."""
    counts, enough = range(1, most_trials(scores) + 1), level - ROUNDING
    place = bisect_left(counts, enough, key=lambda count: expected_validated(scores, count))
    return counts[place] if place < len(counts) else None
