"""Typed reading of a TOML table that collects every problem, each with its key."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import near_misses
from ..records import same
from ..text import short
from .space import Choice, Flag, Float, Int, Param

MOST = (1 << 63) - 1
WIDEST = sys.float_info.max / 4
"""the width of a range, and sums of two numbers in it, are still finite"""
LEAST = sys.float_info.min
_MISSING = object()
_SHAPES = "int = [low, high], float = [low, high], choices = [...] or flag = true"


class Table:
    """One table of a study file. Reads mark keys as known; `reject_unread` reports the rest."""

    def __init__(self, raw: Any, where: str, problems: list[str], *, absent: bool = False) -> None:
        self.raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        self.where = where
        self.problems = problems
        self.absent = absent
        self._known: set[str] = set()

    def _key(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def problem(self, key: str, text: str) -> None:
        """Note a problem with a key; with the table itself where the key is empty."""
        self.problems.append(f"{self._key(key) if key else self.where}: {text}")

    def _get(self, key: str, default: Any, kind: type | tuple[type, ...], what: str) -> Any:
        self._known.add(key)
        value = self.raw.get(key, default)
        if value is _MISSING:
            if not self.absent:
                self.problem(key, f"is missing; it must be {what}")
            return None
        wrong = not isinstance(value, kind) or (
            isinstance(value, bool) and kind not in (bool, object)
        )
        if wrong and value is not default:
            self.problem(key, f"must be {what}, got {value!r}")
            return None if default is _MISSING else default
        return value

    def text(self, key: str, *, default: Any = _MISSING) -> str:
        found: str = self._get(key, default, str, "a text") or ""
        if "\0" in found:  # no path and no name holds one, and the system raises over it
            self.problem(key, f"holds a null character: {short(found)}")
            return ""
        return found

    def texts(self, key: str, *, default: Any = _MISSING) -> Sequence[str]:
        found = self._get(key, default, (list, tuple), "a list of texts") or []
        if not all(isinstance(text, str) for text in found):
            self.problem(key, f"must be a list of texts, got {found!r}")
            return []
        return list(found)

    def either(self, key: str, *, default: Any = _MISSING, what: str) -> str | list[str]:
        """A text, or a list of texts; what: the words for it in a problem."""
        found = self._get(key, default, (str, list, tuple), what)
        if isinstance(found, str):
            return self.text(key)
        if not all(isinstance(text, str) for text in found or ()):
            self.problem(key, f"must be {what}, got {found!r}")
            return []
        return list(found or ())

    def one_of(self, key: str, allowed: Sequence[str], *, default: str) -> str:
        """A text of a few; the default, and a problem, where it is another."""
        found = self.text(key, default=default)
        if found not in allowed:
            listing = " or ".join(f'"{one}"' for one in allowed)
            hint = near_misses(found, allowed)
            self.problem(key, f'must be {listing}, got "{short(found)[1:-1]}"{hint}')
            return default
        return found

    def switch(self, key: str, *, default: bool) -> bool:
        return bool(self._get(key, default, bool, "true or false"))

    def number(self, key: str, *, default: float, low: float, high: float) -> float:
        value = self._get(key, default, (int, float), f"a number of at least {low:g}")
        if not low <= value <= high:
            self.problem(key, f"must be a number from {low:g} to {high:g}, got {short(value)}")
        return float(value)

    def integer(self, key: str, *, default: int, low: int) -> int:
        value = self._get(key, default, int, f"an integer of at least {low}")
        if value < low:
            self.problem(key, f"must be at least {low}, got {value!r}")
        return int(value)

    def table(self, key: str, *, optional: bool = False) -> Table:
        default = {} if optional else _MISSING
        raw = self._get(key, default, dict, f"a table [{self._key(key)}]")
        return Table(raw, self._key(key), self.problems, absent=key not in self.raw)

    def tables(self, key: str) -> Sequence[Table]:
        raw = self._get(key, _MISSING, list, f"tables [[{self._key(key)}]]") or []
        return [Table(one, f"{self._key(key)}[{i}]", self.problems) for i, one in enumerate(raw)]

    def accept(self) -> None:
        """Take every key as known: which are right depends on one that is wrong."""
        self._known.update(self.raw)

    def reject_unread(self) -> None:
        for key in self.raw:
            if key not in self._known:
                hint = near_misses(key, self._known)
                self.problem(
                    key, f"is not a known key{hint} (known: {', '.join(sorted(self._known))})"
                )


def read_parameters(table: Table) -> dict[str, Param]:
    """{name: Param} of the table [parameters]."""
    space: dict[str, Param] = {}
    for name in table.raw:
        entry = table.table(name)
        is_table = isinstance(table.raw[name], dict)  # anything else is told by now
        param = _parameter(entry) if is_table else None
        entry.reject_unread()
        if param is not None:
            space[name] = param
    return space


def _parameter(entry: Table) -> Param | None:
    shapes = [shape for shape in ("int", "float", "choices", "flag") if shape in entry.raw]
    if len(shapes) != 1:
        entry.problem("", f"needs exactly one of {_SHAPES}")
        entry._known.update(entry.raw)  # which of them are right depends on the one that is meant
        return None
    shape = shapes[0]
    default = entry._get("default", _MISSING, object, "the value of the unchanged program")
    raw = entry._get(shape, _MISSING, object, "")
    try:
        param = _build(entry, shape, raw, default)
        if "default" not in entry.raw:  # told by now
            return None
        param.check(default)
    except (ValueError, TypeError) as error:
        entry.problem("default" if "must be" in str(error) else shape, str(error))
        return None
    return param


def _build(entry: Table, shape: str, raw: Any, default: Any) -> Param:
    if shape == "flag":
        return Flag(default)
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"is not of the form {_SHAPES}")
    if shape == "choices":
        return Choice(tuple(_choices(raw)), default)
    log = bool(entry._get("log", False, bool, "true or false"))
    whole = shape == "int"
    if len(raw) != 2 or not all(_is_end(end, whole=whole) for end in raw) or raw[0] > raw[1]:
        what = "two integers" if whole else "two finite numbers"
        raise ValueError(f"needs [low, high], {what} with low <= high, got {short(raw)}")
    if log and raw[0] <= 0:
        raise ValueError("with log = true the low end is above 0")
    problem = _undrawable(raw, whole=whole, log=log)
    if problem:
        raise ValueError(f"{problem}: no searcher can draw from {short(raw)}")
    if whole:
        return Int(raw[0], raw[1], default, log)
    number = float(default) if _is_end(default, whole=True) and abs(default) <= WIDEST else default
    return Float(float(raw[0]), float(raw[1]), number, log)


def _undrawable(raw: Sequence[Any], *, whole: bool, log: bool) -> str:
    """Fault that the machine's numbers make; "" where every searcher can draw."""
    low, high = raw
    if whole:
        return "" if low >= -MOST and high <= MOST else "an integer has at most 64 bits"
    if low < -WIDEST or high > WIDEST:
        return f"an end lies outside {-WIDEST:.0e} to {WIDEST:.0e}"
    if 0 < high - low < LEAST or (log and low < LEAST):
        return f"it takes numbers below {LEAST:.0e}, which have no precision left"
    return "with log = true high / low is too large" if log and high / low > WIDEST else ""


def _is_end(value: Any, *, whole: bool) -> bool:
    """A number that a program in any language can hold; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _choices(values: Sequence[Any]) -> Sequence[Any]:
    """Raises ValueError where JSON, as which a program gets them, cannot hold or tell them."""
    for place, value in enumerate(values):
        if not same(value, value):
            raise ValueError(
                f"holds {value!r}; a choice is a text, a finite number, true or false, or a list "
                "or table of such values"
            )
        if any(same(value, other) for other in values[:place]):
            raise ValueError(f"holds {value!r} twice; each value stands once")
    return values
