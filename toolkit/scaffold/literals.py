"""Numbers inside functions that a search may set, where a program declares no value by name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence

from ..study.bindings.place import Place
from . import ranges, words
from .survey import Survey

_REPEATED = 3
"""a literal that stands more often in one function says how the program is built"""
_TOLERANCE = 1e-5
_LEAST_AMOUNT, _MOST_AMOUNT = 8, 10**6
"""whole numbers in a marked block that may say how much is done"""
_RANDOM = re.compile(r"\brandom\b|\brng\b|seed", re.IGNORECASE)


def fractions(found: Survey, every: Sequence[Place], *, marked: bool) -> list[Place]:
    """Fractions of functions that neither draw the data nor show the result.

    marked: they stand in blocks that the code marks for edits, which draw no data: chance there is
    part of the search. A block without fractions has its amounts, such as rounds.
    """
    functions = {
        (path, node.name): ast.unparse(node)
        for path, module in found.folder.modules.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
    }
    counts = Counter((home(one), one.value) for one in every)
    kept = []
    for one in every:
        path, function = home(one)
        text = functions.get((path, function.rpartition(".")[2]), "")
        drawn = not marked and _RANDOM.search(text)
        quiet = function not in {"main", "load", "read"} and not drawn
        fraction = isinstance(one.value, float) and one.value not in (0.0, 1.0, 2.0)
        fraction = fraction and abs(one.value) > _TOLERANCE and not ranges.is_constant(one.value)
        if quiet and fraction and counts[(path, function), one.value] <= _REPEATED:
            kept.append(one)
    return kept or [one for one in every if marked and _is_amount(found, one)]


def _is_amount(found: Survey, one: Place) -> bool:
    """True for a whole number that seems to say how much is done: no index, no seed, no size."""
    whole = isinstance(one.value, int) and _LEAST_AMOUNT <= one.value <= _MOST_AMOUNT
    text = line(found, one)
    named = re.match(r"\s*(\w+)\s*(?::[^=]+)?=[^=]", text)
    if not whole or _RANDOM.search(text) or re.search(rf"\[[^\]]*\b{one.value}\b|%", text):
        return False
    return named is None or (words.tunable(named[1]) and not words.is_problem(named[1]))


def line(found: Survey, one: Place) -> str:
    """Line of the code that a place stands in."""
    lines = found.folder.text(home(one)[0]).splitlines()
    return lines[one.line - 1] if 0 < one.line <= len(lines) else ""


def home(one: Place) -> tuple[str, str]:
    """File and function of a place."""
    path, _, rest = one.at.partition(":")
    return path, rest.partition("#")[0]
