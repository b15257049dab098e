"""Student's t distribution, without the quarter of a second that importing scipy.special takes.

Every command that tells an interval would wait for it. The tests compare with scipy.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, isnan, lgamma, log, log1p, nan, pi, sqrt
from statistics import NormalDist

EXACT = 1e-15
TINY = 1e-300
LARGE = 25.0  # where the asymptotic series has all digits


def two_sided(t: float, df: float) -> float:
    """Chance of a value at least so far from zero, on either side."""
    if isnan(t) or isnan(df):
        return nan
    return _beta(df / 2, t * t / df)


@lru_cache(maxsize=1 << 12)
def quantile(df: float, chance: float) -> float:
    """The value below which this much of the distribution lies.

    Newton's method on the upper tail, which is convex: from the normal quantile, which is never
    above, it comes nearer from one side and cannot overshoot.
    """
    if not 0 < chance < 1 or isnan(df):
        return nan
    if chance == 0.5:
        return 0.0
    if chance < 0.5:
        return -quantile(df, 1 - chance)
    t, tail = NormalDist().inv_cdf(chance), 1 - chance
    for _ in range(200):
        step = (two_sided(t, df) / 2 - tail) / _density(t, df)
        t += step
        if abs(step) <= EXACT * t:
            break
    return t


def _density(t: float, df: float) -> float:
    return exp(_ratio(df / 2) - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df * pi)


def _ratio(a: float) -> float:
    """log gamma(a + 1/2) - log gamma(a); a difference of two large numbers has few digits."""
    if a < LARGE:
        return lgamma(a + 0.5) - lgamma(a)
    series = 1 / 8 - (1 / 192 - (1 / 640 - 17 / 14336 / a**2) / a**2) / a**2
    return log(a) / 2 - series / a


def _beta(a: float, odds: float) -> float:
    """The regularised incomplete beta function I_x(a, 1/2) at x = 1 / (1 + odds)."""
    if odds == 0 or odds == inf:
        return 1.0 if odds == 0 else 0.0
    x, y = 1 / (1 + odds), 1 / (1 + 1 / odds)
    front = exp(_ratio(a) - (a + 0.5) * log1p(odds) + log(odds) / 2) / sqrt(pi)
    if x < (a + 1) / (a + 2.5):
        return front * _fraction(a, 0.5, x) / a
    return 1 - front * _fraction(0.5, a, y) / 0.5


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction (DLMF 8.17.22), by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    found, before, m = d, inf, 0
    while abs(before - found) > EXACT * found:
        before, m = found, m + 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for factor in (even, odd):
            d = 1 / _nonzero(1 + factor * d)
            c = _nonzero(1 + factor / c)
            found *= c * d
    return found


def _nonzero(value: float) -> float:
    return value if abs(value) > TINY else TINY
