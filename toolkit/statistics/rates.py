"""Rates of events that are counted in rounds, with intervals that a computer can be held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """Fraction of events with its 95 % interval. hits of `of` happened, in so many rounds."""

    hits: int
    of: int
    rounds: int
    low: float
    high: float

    @property
    def mean(self) -> float:
        return self.hits / self.of if self.of else 0.0


def clopper_pearson(hits: float, of: float, *, level: float = 0.95) -> tuple[float, float]:
    """Exact binomial interval; also for numbers that are not whole, as effective ones are."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, of - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, of - hits, 1 - tail)) if hits < of else 1.0
    return low, high


def rate(counts: Sequence[tuple[int, int]], *, level: float = 0.95) -> Rate:
    """Rate over rounds, each (events, events that could have been).

    Events of one round are not independent. Their number is therefore taken for the one that has
    the same variance (Korn & Graubard 1998), at most for what it is; and for that of the rounds
    where no variance shows.
    """
    some = [(hits, of) for hits, of in counts if of]
    hits, of = sum(one for one, _ in some), sum(one for _, one in some)
    if not of:
        return Rate(0, 0, 0, 0.0, 1.0)
    size = min(float(of), _effective(some, hits / of))
    low, high = clopper_pearson(hits / of * size, size, level=level)
    return Rate(hits, of, len(some), low, high)


def _effective(counts: Sequence[tuple[int, int]], mean: float) -> float:
    """Number of independent events with the variance that the rounds show."""
    rounds, of = len(counts), sum(one for _, one in counts)
    squares = sum((hits - mean * one) ** 2 for hits, one in counts)
    if rounds < 2 or not squares:
        return float(rounds)
    variance = rounds / (rounds - 1) * squares / of**2
    return max(1.0, mean * (1 - mean) / variance)
