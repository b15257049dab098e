"""Reach of the declared space: whether a tuner of values could have made the same edit.

R0  the same program with other values of declared parameters, all inside their ranges
R1  the same, a value outside its range
R2  equal once every number, truth value and None is masked: a wider numeric space
R3  code or text

Never too generous: what is not shown to be R0 or R1 is not called so (docs/attribution-labels.md).
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..records import is_number
from ..study.space import Float, Int, Param
from . import reads
from .reads import Reads
from .trees import Difference, parse_all, places

Level = Literal["R0", "R1", "R2", "R3"]
RANKS: tuple[Level, ...] = get_args(Level)
# a program that can read its own text may run differently for a comment
_OWN_TEXT = re.compile(
    r"__doc__|getdoc|getsource|linecache|lineno|__code__|\.py[\"']|glob|iterdir|listdir|walk"
    r"|(?<!dirname\()__file__(?!\)(\.resolve\(\))?\.parent)"
)


@dataclass(frozen=True)
class Reach:
    """Level that an edit needs, and a short line that tells what decided it."""

    level: Level
    evidence: str


def reach(
    before: Mapping[str, str],
    after: Mapping[str, str],
    space: Mapping[str, Param],
    sets: Mapping[str, Any] | None = None,
) -> Reach:
    """Level at which the space reaches an edit. sets: parameters that it sets, beside its code."""
    found = [_of_value(space, name, value) for name, value in (sets or {}).items()]
    found += _of_code(before, after, space)
    if not found:
        return Reach("R0", "nothing that runs differs")
    return max(found, key=lambda one: RANKS.index(one.level))


def _of_value(space: Mapping[str, Param], name: str, value: Any) -> Reach:
    if name not in space:
        return Reach("R3", f"{name} is no declared parameter")
    try:
        space[name].check(value)
    except ValueError:
        if isinstance(space[name], Float | Int) and not is_number(value):
            return Reach("R3", f"{name} = {value!r} is no number")
        return Reach("R1", f"{name} = {value!r} is outside its range")
    return Reach("R0", f"{name} = {value!r} is in its range")


def _of_code(
    before: Mapping[str, str], after: Mapping[str, str], space: Mapping[str, Param]
) -> list[Reach]:
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    if not changed:
        return []
    odd = [p for p in changed if p not in before or p not in after or not p.endswith(".py")]
    if odd:
        return [Reach("R3", f"{odd[0]} is added, removed or no Python file")]
    if any(map(_OWN_TEXT.search, (*before.values(), *after.values()))):
        return [Reach("R3", "the program may read its own text")]
    old, new = parse_all(before), parse_all(after)
    trees = [tree for tree in old.values() if tree]
    if len(trees) < len(old) or not all(new.values()):
        return [Reach("R3", "a file is not Python that can be read")]
    found = [place for p in changed for place in _places(old[p], new[p])]
    return _judged(found, reads.find(trees, space), space)


def _places(before: ast.Module | None, after: ast.Module | None) -> Iterator[Difference]:
    if before is not None and after is not None:
        yield from places(before, after)


def _judged(found: Sequence[Difference], known: Reads, space: Mapping[str, Param]) -> list[Reach]:
    """One judgement per place. known: the reads in the program before the edit."""
    literals: dict[str, list[Any]] = {}
    judged = []
    for place in found:
        old, new = place.swap or (None, None)
        name = known.parameter_of.get(id(old))
        if isinstance(new, ast.Constant) and name and known.closed:
            literals.setdefault(name, []).append(new.value)
        elif isinstance(new, ast.Constant) and id(old) in known.default_of and known.closed:
            judged.append(_of_value(space, known.default_of[id(old)], new.value))
        elif _is_numeric(old) and _is_numeric(new):
            judged.append(Reach("R2", f"{_text(old)} becomes {_text(new)} in the code"))
        else:
            judged.append(Reach("R3", _shown(place)))
    return judged + [_of_literal(space, n, v, known) for n, v in literals.items()]


def _of_literal(space: Mapping[str, Param], name: str, values: list[Any], known: Reads) -> Reach:
    """Reach of a literal in the place of a parameter: a setting if it stands in every place."""
    same = len({(type(value), repr(value)) for value in values}) == 1
    if not same or len(values) != len(known.sites[name]):
        return Reach("R3", f"{name} is still read elsewhere")
    return _of_value(space, name, values[0])


def _is_numeric(node: ast.AST | None) -> bool:
    """True for a number, a truth value or None."""
    if not isinstance(node, ast.Constant):
        return False
    return node.value is None or isinstance(node.value, bool | int | float | complex)


def _text(node: ast.AST | None) -> str:
    return ast.unparse(node) if node is not None else ""


def _shown(place: Difference) -> str:
    """Code of a place, shortened for a line of a table."""
    old, new = ("; ".join(map(_unparsed, side)) for side in (place.before, place.after))
    return (
        f"{textwrap.shorten(old, 40) or 'nothing'} becomes {textwrap.shorten(new, 40) or 'nothing'}"
    )


def _unparsed(node: ast.AST) -> str:
    try:
        return ast.unparse(node)
    except (AttributeError, ValueError, RecursionError):  # an operator alone, or code too deep
        return type(node).__name__
