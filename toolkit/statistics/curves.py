"""Anytime curves, and what a random search of another length would have found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log


def anytime_mean(
    steps: Sequence[tuple[float, float]], budget: float, *, since: float = 0.0, scale: str = "cost"
) -> float:
    """Mean height of the step curve over [since, budget]: its area over its width.

    steps: (cost at which an incumbent was found, its score on the test split), by rising cost;
    the first, the baseline, at or before `since`. With scale="log" equal factors of cost weigh
    the same, and `since` must be above zero.
    """
    if not steps or steps[0][0] > since or since >= budget:
        raise ValueError(f"the curve must cover {since:g} to {budget:g} and start there")
    if scale == "log" and since <= 0:
        raise ValueError("a log scale starts above zero: set since, as 1 trial")
    ends = [min(max(cost, since), budget) for cost, _ in steps] + [budget]
    marks = [log(end) for end in ends] if scale == "log" else ends
    area = sum(
        score * (right - left)
        for (left, right), (_, score) in zip(pairwise(marks), steps, strict=True)
    )
    return area / (marks[-1] - marks[0])


def expected_validated(search: Sequence[float], trials: int) -> float:
    """Expected search score of the best of `trials` independent trials, given N >= trials of them.

    Unbiased: the k-th lowest is the best of C(k-1, n-1) of the C(N, n) subsets (Dodge et al. 2019
    in the form of Tang et al. 2020). Only for random search: other searchers' trials are not
    independent.
    """
    total = len(search)
    if not 1 <= trials <= total:
        raise ValueError(f"trials must be 1 to {total}, got {trials}")
    ranked = sorted(search)
    best, way = 0.0, trials / total  # C(rank - 1, n - 1) / C(N, n), from the highest rank down
    for rank in range(total, trials - 1, -1):
        best += way * ranked[rank - 1]
        way *= (rank - trials) / (rank - 1) if rank > 1 else 0.0
    return best
