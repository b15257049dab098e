"""Declared parameters of a study file: what a value may be, what it is, and where it goes."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..records import same
from ..text import short
from . import bindings, keys, switches
from .bindings import Binding, Files
from .space import Choice, Flag, Float, Int, Param
from .toml import Table

MOST = (1 << 63) - 1
WIDEST = sys.float_info.max / 4
"""the width of a range, and sums of two numbers in it, are still finite"""
LEAST = sys.float_info.min
_SHAPES = (
    "int = [low, high], float = [low, high], choices = [...], flag = true or "
    'patches = ["", "a.patch"]'
)
_USUAL = "the value of the unchanged program"


@dataclass
class Parameters:
    """space: {name: parameter}; bindings: {name: place} of those that are written somewhere."""

    space: dict[str, Param] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)


def read(table: Table, files: Files, command: Sequence[str] = ()) -> Parameters:
    """The table [parameters]. files, command: the unchanged program, which says the defaults."""
    found = Parameters()
    for name in table.raw:
        if not isinstance(table.raw[name], dict):
            table.problem(name, f"must be a table such as {{ int = [2, 16] }}{_stray(name)}")
            table.know(name)
            continue
        entry = table.table(name)
        binding = _binding(entry, files, command) if "at" in entry.raw else None
        param = _parameter(entry, binding, files)
        entry.reject_unread()
        if param is not None:
            found.space[name] = param
            if binding is not None:
                found.bindings[name] = binding
                _try(entry, binding, param, files)
    _check_apart(table, found.bindings, files)
    return found


def _stray(name: str) -> str:
    """Table in which such a key would be right; any text may be the name of a parameter."""
    return keys.elsewhere(name, "parameters") if name != "name" else ""


def named_files(table: Table) -> set[str]:
    """Files that parameters are bound to: they belong to the program, wherever they lie."""
    places = [one.get("at") for one in table.raw.values() if isinstance(one, dict)]
    found = set()
    for at in places:
        try:
            binding = bindings.parse(at) if isinstance(at, str) else None
        except ValueError:  # told with the parameter
            continue
        found |= {binding.path} if isinstance(binding, bindings.InFile) else set()
    return found


def _binding(entry: Table, files: Files, command: Sequence[str]) -> Binding | None:
    at = entry.text("at")
    try:
        binding = bindings.parse(at) if at else None
        if isinstance(binding, bindings.Flag) and not command:
            entry.problem("at", f"{at} is an option, and a function takes none: give a constant")
            return None
        return binding.settled(files, command) if binding else None
    except (ValueError, bindings.Gone) as error:
        entry.problem("at", str(error))
        return None


def _parameter(entry: Table, binding: Binding | None, files: Files) -> Param | None:
    shapes = [
        shape for shape in ("int", "float", "choices", "flag", switches.KEY) if shape in entry.raw
    ]
    if len(shapes) != 1:
        entry.problem("", f"needs exactly one of {_SHAPES}")
        entry.know(*entry.raw)  # which of them are right depends on the one that is meant
        return None
    shape = shapes[0]
    if shape == switches.KEY:
        if "at" in entry.raw:
            entry.problem("at", "is where a value is written; a patch says itself where it goes")
            entry.know(*entry.raw)
            return None
        return switches.read(entry)
    if "at" not in entry.raw:
        default, where = entry.value("default", what=_USUAL), ""
    elif binding is None:  # told by now
        entry.know(*entry.raw)
        return None
    else:
        default, where = _default(entry, binding, files, shape)
        if default is bindings.UNKNOWN:
            entry.know(*entry.raw)
            return None
    return _checked(entry, shape, default, where)


def _checked(entry: Table, shape: str, default: Any, where: str) -> Param | None:
    """where: of the default in the code, or "" where the study file says it."""
    try:
        param = _build(entry, shape, entry.value(shape), default)
        if not where and "default" not in entry.raw:  # told by now
            return None
        param.check(default)
    except (ValueError, TypeError) as error:
        said = str(error)
        if "must be" not in said:
            entry.problem(shape, said)
        elif where:
            entry.problem(shape, f"{said} at {where}; change the range, or the value in the code")
        else:
            entry.problem("default", said)
        return None
    return param


def _default(entry: Table, binding: Binding, files: Files, shape: str) -> tuple[Any, str]:
    """(value that the code has, where); (UNKNOWN, "") where it has none, which is told."""
    typed = entry.value("default", optional=True)
    try:
        value, where = binding.default(files), binding.where(files)
    except bindings.Gone as error:
        if "default" not in entry.raw:
            entry.problem("at", f"{error}; write default = … beside it, or give another place")
            return bindings.UNKNOWN, ""
        return typed, ""
    if "default" in entry.raw:
        entry.problem(
            "default",
            f"is read from the code, where it is {short(value)} ({where}): leave it out",
        )
        return bindings.UNKNOWN, ""
    return _meant(value, shape, of_text=not isinstance(binding, bindings.InFile)), where


def _meant(value: Any, shape: str, *, of_text: bool) -> Any:
    """A default as the parameter has it: options and variables are texts, and 1 is 1.0."""
    if shape == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if of_text and isinstance(value, str) and shape in {"int", "float"}:
        try:
            return float(value) if shape == "float" else int(value)
        except ValueError:
            return value
    return value


def _try(entry: Table, binding: Binding, param: Param, files: Files) -> None:
    """Note where the default, or a value far from it, cannot be written and read back."""
    for value in (param.default, *param.extremes()):
        try:
            made = bindings.bound({"": binding}, files, {"": value}, again=True)
            if not isinstance(binding, bindings.InFile):
                continue
            # a literal that is looked for by its value is another one afterwards
            back = value if "#" in binding.at else binding.default(made.files)
        except (bindings.Gone, bindings.Refused) as error:
            entry.problem("at", f"{short(value)} cannot be written there: {error}")
            return
        if not same(back, bindings.plain(value)):
            entry.problem("at", f"{short(value)} is written there, and read back as {short(back)}")
            return


def _check_apart(table: Table, known: Mapping[str, Binding], files: Files) -> None:
    """Note two parameters of one place."""
    names = list(known)
    spans = {
        name: (slot.path, slot.start, slot.end)
        for name, one in known.items()
        if isinstance(one, bindings.InFile) and (slot := one.slot(files))
    }
    for place, name in enumerate(names):
        for other in names[:place]:
            same_name = getattr(known[name], "name", name) == getattr(known[other], "name", other)
            if name in spans and other in spans:
                one, two = spans[name], spans[other]
                clash = one[0] == two[0] and one[1] < two[2] and two[1] < one[2]
            else:
                clash = type(known[name]) is type(known[other]) and same_name
            if clash:
                table.problem(f"{name}.at", f"is the place of {other}, too; a value has one name")


def _build(entry: Table, shape: str, raw: Any, default: Any) -> Param:
    if shape == "flag":
        return Flag(default)
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"is not of the form {_SHAPES}")
    if shape == "choices":
        return Choice(tuple(_choices(raw)), default)
    log = entry.yes("log")
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
