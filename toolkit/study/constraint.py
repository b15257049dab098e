"""Constraints of a study: bounds that a program's numbers must keep, such as `exact == 1`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from .. import errors
from ..text import short
from .objective import JUDGED

CLOSE = 1e-9
"""relative difference of two numbers that are equal: a mean of many is rounded"""
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "==": lambda value, bound: math.isclose(value, bound, rel_tol=CLOSE, abs_tol=CLOSE),
    "<": lambda value, bound: value < bound,
    ">": lambda value, bound: value > bound,
}
_FORM = re.compile(r"\s*([^<>=!]*?)\s*([<>=!]+)\s*(.*?)\s*")
_WRITE = 'write it like "peak_rss_mb <= 70000" (the operators are <=, >=, <, > and ==)'


@dataclass(frozen=True)
class Constraint:
    """A number's name, an operator and the bound."""

    name: str
    operator: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Raises ValueError, which says what is allowed."""
        found = _FORM.fullmatch(text)
        if not found or not found[1]:
            raise ValueError(f"{short(text)} is no constraint: {_WRITE}")
        name, operator, bound = found.groups()
        if operator not in OPERATORS:
            raise ValueError(f"{short(text)}: there is no operator {operator}: {_WRITE}")
        try:
            number = float(bound)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            what = f"a finite number, not {short(bound)}"
            raise ValueError(f"{short(text)}: behind {operator} stands {what}: {_WRITE}")
        return cls(name, operator, number)

    @property
    def text(self) -> str:
        return f"{self.name} {self.operator} {self.bound:.10g}"

    def broken(self, numbers: Mapping[str, float]) -> str:
        """The number and the bound, where it is broken; empty where it is kept.

        Raises KeyError where the number is not there.
        """
        value = numbers[self.name]
        if OPERATORS[self.operator](value, self.bound):
            return ""
        wrong = ": not every output is the right one" if self.name == JUDGED else ""
        return f"it breaks the constraint {self.text}: its {self.name} is {value:.10g}{wrong}"


def unknown(constraints: Sequence[Constraint], known: Collection[str]) -> list[str]:
    """A problem for each constraint that names none of the metrics that there are."""
    return [
        f"[objective] constraint {one.text}: {errors.unknown('metric', one.name, known)}; the "
        "task's metrics(rows) can give one of this name"
        for one in constraints
        if one.name not in known
    ]
