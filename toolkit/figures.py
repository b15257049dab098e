"""Numbers as people read them: one way to write levels, differences and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isclose, log10

DEFAULT = 3  # digits behind the point that fit scores in [0, 1]
FINEST = 8
ROUNDING = 1e-12
"""part of a number below which a difference is the rounding of a sum"""
PAIR = 3.55  # an error that begins with less has two digits
HUGE, TINY = 1e7, 1e-6  # beyond these, powers of ten are easier to read


@dataclass(frozen=True)
class Figures:
    """A number of digits behind the point, the same wherever one study's objective stands.

    None: four significant digits, with a power of ten where that is shorter.
    """

    decimals: int | None = DEFAULT

    def level(self, value: float | None) -> str:
        """`0.312`; a dash where the level is not known."""
        return "-" if value is None else format(value, self._form(""))

    def signed(self, value: float | None) -> str:
        """`+0.012`: a difference always says which way it goes."""
        return "-" if value is None else format(value, self._form("+"))

    def is_nothing(self, gain: float) -> bool:
        """True for a difference that these digits show as zero."""
        return float(self.signed(gain).replace(",", "")) == 0

    def span(self, mean: float | None, low: float | None, high: float | None) -> str:
        """`+0.012 [-0.003, +0.027]`; without brackets where there is no interval."""
        if low is None or high is None:
            return self.signed(mean)
        return f"{self.signed(mean)} [{self.signed(low)}, {self.signed(high)}]"

    def _form(self, sign: str) -> str:
        return f"{sign}.4g" if self.decimals is None else f"{sign}z,.{self.decimals}f"


def fitting(
    levels: Sequence[float], gains: Sequence[float] = (), *, exact: bool = False
) -> Figures:
    """Figures that fit these levels, and show the largest of the gains with two digits.

    exact: each level is, so that one more digit says something, and no two that differ are
    written alike.
    """
    largest = max(map(abs, levels), default=0.0)
    if largest >= HUGE or 0 < largest < TINY:
        return Figures(None)
    wanted = [_of_level(largest)]
    gain = max(map(abs, gains), default=0.0)
    if gain > ROUNDING * largest:
        wanted.append(1 - _magnitude(gain))
    if exact:
        wanted = [max(wanted) + 1, *(-_magnitude(step) for step in _steps(levels))]
    return Figures(min(FINEST, max(wanted)))


def supported(low: float | None, high: float | None) -> int | None:
    """Digits behind the point that an interval supports; None where it has no width.

    By the rule of the Particle Data Group: half of the interval is shown with two digits where it
    begins with 10 to 35, and else with one.
    """
    if low is None or high is None or not high - low > ROUNDING * max(abs(low), abs(high)):
        return None
    half = (high - low) / 2
    size = _magnitude(half)
    fine = int(half < PAIR * 10.0**size)
    return max(0, min(FINEST, fine - size))


def counted(number: float, one: str, several: str = "") -> str:
    """`1 trial`, `1,200 evaluations`, `2.5 trials`: a number and a noun that agree."""
    figure = f"{number:,}" if isinstance(number, int) else f"{number:,g}"
    return f"{figure} {one if number == 1 else several or f'{one}s'}"


def dollars(amount: float) -> str:
    """Dollars to the cent, or with as many digits as a smaller amount needs."""
    return f"${amount:.2f}" if amount == 0 or amount >= 0.01 else f"${amount:.2g}"


def lone(value: float) -> str:
    """One number by itself, in a unit of its own: about four digits of it."""
    return fitting([value]).level(value)


def metric(value: float) -> str:
    """The same of a number that may be a share of one, which has four digits behind the point."""
    share = value == 0 or 10**-DEFAULT <= abs(value) <= 1
    return Figures(DEFAULT + 1).level(value) if share else lone(value)


def _of_level(largest: float) -> int:
    """Digits behind the point by the size alone: 0.973, 1.034, 812.4, 53,120."""
    size = _magnitude(largest) if largest else 0
    if size >= 4:
        return 0
    return 1 if size >= 1 else max(DEFAULT, 2 - size)


def _steps(levels: Sequence[float]) -> list[float]:
    """Differences of neighbours, but for those that are the rounding of a sum."""
    pairs = pairwise(sorted(set(levels)))
    return [high - low for low, high in pairs if not isclose(low, high, rel_tol=ROUNDING)]


def _magnitude(value: float) -> int:
    return floor(log10(abs(value)))
