"""Range of a parameter from its value and its name: where a search may look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from . import words

Shape = dict[str, Any]
"""the keys of a declaration: int, float, choices or flag, and log"""
_RATES = {"lr", "eta", "stepsize", "rate"}
_SMALL = {"alpha", "decay", "eps", "epsilon", "l1", "l2", "lambda", "penalty", "reg", "wd", "gamma"}
_SHARES = {
    "bagging", "dropout", "fraction", "frac", "mix", "overlap", "prob", "probability", "ratio",
    "share", "subsample", "colsample", "p", "b",
}  # fmt: skip
_NEAR_ONE = {"beta", "beta1", "beta2", "ema", "momentum", "discount"}
_LENGTHS = {"epochs", "iter", "iterations", "iters", "rounds", "steps"}
_OF_MATHEMATICS = (
    math.pi, math.tau, math.e, math.sqrt(2), math.sqrt(3), math.sqrt(5), (1 + math.sqrt(5)) / 2,
    math.log(2), math.log(10), 1 / math.e, 1 / math.pi, 1 / math.sqrt(2), 0.5772156649015329,
)  # fmt: skip
_DIGITS = 4
"""digits from which on a number that agrees with such a constant is no chance"""
_COOLING = 0.98
"""factor from which on its distance to 1 counts, as that of a discount or of a cooling"""
_LEAST_WEIGHT = 0.05
LEAST_POWER = 8
"""power of two from which on a size stays one: below, a number is a count like any other"""


def proposed(
    name: str, value: Any, choices: Sequence[Any] = (), *, mixes: bool = False
) -> Shape | None:
    """Declaration of a parameter; None where no range follows from its value.

    mixes: the value weighs one thing against another, as in `a * x + (1 - a) * y`.
    """
    known = [one for one in choices if one is not None]
    if len(known) > 1 and value in known:
        return {"choices": known}
    if isinstance(value, bool):
        return {"flag": True}
    if isinstance(value, int):
        return _whole(set(words.split(name)), value)
    if not isinstance(value, float) or is_constant(value):
        return None
    parts = set(words.split(name))
    return _weight(parts, value) if mixes and 0 <= value <= 1 else _real(parts, value)


def is_constant(value: float) -> bool:
    """True for a number of mathematics, such as 3.14 and 2.718: nobody tunes it."""
    digits = len(f"{value!r}".replace(".", "").strip("-0"))
    close = any(f"{value:.{digits}g}" == f"{one:.{digits}g}" for one in _OF_MATHEMATICS)
    return value == 3.14 or (digits >= _DIGITS and close)


def _weight(name: set[str], value: float) -> Shape:
    """Range of a weight: all of it, without logarithm, since 0.9 is as far from 1 as 0.1 from 0."""
    if name & _NEAR_ONE and value >= 0.5:
        return {"float": [0.5, max(0.999, value)]}
    if name & _SHARES - {"b"}:
        return _share(value)
    return {"float": [0.0, 1.0 if value >= _LEAST_WEIGHT or not value else rounded(10 * value)]}


def _share(value: float) -> Shape:
    """A dropout of 1 and a sample of 0 leave nothing."""
    return {"float": [0.1, 1.0] if value >= 0.5 else [0.0, max(0.5, value)]}


def _whole(name: set[str], value: int) -> Shape | None:
    if value < 0:
        return None
    if value == 0:
        return {"int": [0, 10]}
    if value >= LEAST_POWER and value & (value - 1) == 0:
        return {"choices": [value >> 2, value >> 1, value, value << 1, value << 2]}
    if name & _LENGTHS:  # more of them costs more, and is better without end
        return {"int": [max(1, value // 4), 2 * value], "log": True}
    low, high = max(1, value // 4), max(4, 4 * value)
    return {"int": [low, high], **({"log": True} if value >= LEAST_POWER else {})}


def _real(name: set[str], value: float) -> Shape | None:
    if value == 0:
        return {"float": [0.0, 0.5 if name & _SHARES else 1.0]}
    if value < 0:
        return {"float": [rounded(4 * value), rounded(value / 4)]}
    if name & _NEAR_ONE and 0.5 <= value < 1:
        return {"float": [0.5, max(0.999, value)]}
    if "b" in name and value < 0.5:  # of BM25, whose textbook value is 0.75
        return {"float": [0.0, 1.0]}
    if name & _SHARES and value <= 1:
        return _share(value)
    if (
        _COOLING <= value < 1
    ):  # what is multiplied in again and again: 0.9 of it soon leaves nothing
        return {"float": [round(1 - 10 * (1 - value), 8), round(1 - (1 - value) / 10, 8)]}
    if name & _RATES or "learning" in name:
        return {"float": [rounded(value / 10), rounded(value * 10)], "log": True}
    if name & _SMALL:
        return {"float": [rounded(value / 100), rounded(value * 10)], "log": True}
    beyond = value >= 1 or "k1" in name  # BM25's k1 of 0.9 is no share: 1.2 and 2 are usual
    high = 4 * value if beyond else min(1.0, 4 * value)
    return {"float": [rounded(value / 4), max(rounded(high), value)]}


def rounded(value: float) -> float:
    """A number to two digits."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0


def holds(shape: Mapping[str, Any], value: Any) -> bool:
    """True if a declaration allows a value."""
    if "choices" in shape:
        return value in shape["choices"]
    if "flag" in shape:
        return isinstance(value, bool)
    low, high = shape["int"] if "int" in shape else shape["float"]
    return bool(low <= value <= high)
