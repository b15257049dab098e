"""Tests and effect sizes for two systems, and for many such pairs at once."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from .flips import MOST, sign_flips


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted for their number (Holm 1979): the family-wise error stays at the level."""
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = running
    return adjusted


def sign_flip(values: Mapping[str, float], clusters: Mapping[str, str]) -> float:
    """Two-sided p of paired differences {item: one - two}: whole clusters change their sign.

    Assumes nothing but symmetry (Fisher's paired permutation test). All 2^G signs up to 16
    clusters, else 9,999 drawn ones. With G clusters p cannot go below 2^(1 - G): 0.0625 at five.
    """
    sums: dict[str, float] = {}
    for item, value in values.items():
        sums[clusters[item]] = sums.get(clusters[item], 0.0) + value
    totals = list(sums.values())
    if len(totals) <= MOST:
        return sign_flips(totals)
    least = abs(sum(totals)) - 1e-9 * sum(map(abs, totals))  # equal sums differ by rounding
    found = [
        abs(sum(s * t for s, t in zip(signs, totals, strict=True))) >= least
        for signs in _drawn(len(totals), 9999)
    ]
    return (sum(found) + 1) / (len(found) + 1)


def _drawn(length: int, draws: int) -> list[list[int]]:
    rng = random.Random(0)
    return [rng.choices((1, -1), k=length) for _ in range(draws)]


def probability_of_improvement(one: Sequence[float], two: Sequence[float]) -> float:
    """Chance that a run of `one` beats a run of `two`, ties half: Mann-Whitney's U / (m n).

    Agarwal et al. (2021) recommend it for few runs.
    """
    wins = sum((x > y) + 0.5 * (x == y) for x in one for y in two)
    return wins / (len(one) * len(two))


def interquartile_mean(values: Sequence[float]) -> float:
    """Mean without the lowest and the highest quarter, each rounded down to whole values."""
    cut = len(values) // 4
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)
