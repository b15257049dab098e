"""Requirements between parameters, such as `TOTAL % (BATCH * SEQ) == 0`.

Nothing of an expression is run as Python: it is walked over, and knows numbers, texts, the study's
parameters, arithmetic, comparisons, `and`, `or`, `not`, and the functions below.
"""

from __future__ import annotations

import ast
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import near_misses
from ..text import short
from .bindings.literals import computed
from .space import Param
from .toml import Table

SAMPLES = 10_000
"""random settings that are tried before a study is refused because none keeps its requirements"""
FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "len": len}
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip
_ALLOWED = (
    "numbers, texts, parameters, + - * / // % **, comparisons, and, or, not, min, max, abs and len"
)


@dataclass(frozen=True)
class Requirement:
    """text: as the study file writes it; names: parameters in it."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    @classmethod
    def parse(cls, text: str, known: Sequence[str]) -> Requirement:
        """Raises ValueError, which says what is allowed."""
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError) as error:
            what = f"{short(text)} is no expression ({error})"
            raise ValueError(f"{what}: write it like {_like(known)}") from error
        found: list[str] = []
        _check(tree, known, found)
        if not found:
            raise ValueError(f"{short(text)} names no parameter")
        return cls(text.strip(), tuple(dict.fromkeys(found)), tree)

    def broken(self, values: Mapping[str, Any]) -> str:
        """Reason against these values, with each that it names; empty where it is kept."""
        try:
            if _value(self.tree, values):
                return ""
            why = ""
        except (ArithmeticError, ValueError, TypeError) as error:
            why = f" cannot be computed ({error})"
        given = ", ".join(f"{name} = {short(values[name])}" for name in self.names)
        return f"it breaks the requirement {self.text}{why}: {given}"


def _like(known: Sequence[str]) -> str:
    return f'"{known[0]} <= 2 * {known[-1]}"' if known else '"BATCH * SEQ <= 4096"'


def _check(node: ast.AST, known: Sequence[str], found: list[str]) -> None:
    """Raises ValueError at anything that is not allowed; collects the names."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = ast.unparse(node)
        if name not in known:
            listing = ", ".join(known) or "none"
            hint = near_misses(name, known)
            raise ValueError(f"there is no parameter {name!r}{hint} (declared: {listing})")
        found.append(name)
        return
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called not in FUNCTIONS or node.keywords:
            raise ValueError(f"{called}(…) is not allowed; allowed are {_ALLOWED}")
        inside: Sequence[ast.AST] = node.args
    else:
        if not _is_allowed(node):
            what = short(ast.unparse(node)) if isinstance(node, ast.expr) else type(node).__name__
            raise ValueError(f"{what} is not allowed; allowed are {_ALLOWED}")
        inside = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
    for one in inside:
        _check(one, known, found)


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, bool | int | float | str)
    if isinstance(node, ast.BinOp):
        return type(node.op) in _BINARY
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd | ast.Not)
    if isinstance(node, ast.Compare):
        return all(type(one) in _COMPARED for one in node.ops)
    return isinstance(node, ast.BoolOp | ast.Tuple | ast.List)


def _value(node: ast.AST, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() | ast.Attribute():
            return values[ast.unparse(node)]
        case ast.Tuple() | ast.List():
            return [_value(one, values) for one in node.elts]
        case ast.Call():
            return FUNCTIONS[ast.unparse(node.func)](*(_value(one, values) for one in node.args))
        case ast.UnaryOp():
            found = _value(node.operand, values)
            if isinstance(node.op, ast.Not):
                return not found
            return -found if isinstance(node.op, ast.USub) else +found
        case ast.BinOp():
            left, right = _value(node.left, values), _value(node.right, values)
            if not all(isinstance(one, int | float) for one in (left, right)):
                raise TypeError(f"{short(left)} and {short(right)} are not both numbers")
            return computed(_BINARY[type(node.op)], left, right)
        case ast.BoolOp():
            whole = all if isinstance(node.op, ast.And) else any
            return whole(_value(one, values) for one in node.values)
        case ast.Compare():
            return _compared(node, values)
    raise ValueError(f"{type(node).__name__} is not allowed")


def _compared(node: ast.Compare, values: Mapping[str, Any]) -> bool:
    left = _value(node.left, values)
    for sign, other in zip(node.ops, node.comparators, strict=True):
        right = _value(other, values)
        if not _COMPARED[type(sign)](left, right):
            return False
        left = right
    return True


def broken(requires: Sequence[Requirement], values: Mapping[str, Any]) -> list[str]:
    """Reasons against the values of all parameters, one for each that is broken."""
    return [text for one in requires if (text := one.broken(values))]


def read(table: Table, space: Mapping[str, Param], *, whole: bool) -> tuple[Requirement, ...]:
    """The list `constraints` of the table [space]. whole: every parameter could be read."""
    found = []
    for text in table.texts("constraints", default=()):
        try:
            one = Requirement.parse(text, list(space))
        except ValueError as error:
            if whole:
                table.problem("constraints", f"{short(text)}: {error}")
            continue
        found.append(one)
    if found and whole and not table.problems:
        _check_room(table, found, space)
    return tuple(found)


def _check_room(table: Table, requires: Sequence[Requirement], space: Mapping[str, Param]) -> None:
    """Note where the unchanged program breaks one, or where no setting seems to keep all."""
    defaults = {name: param.default for name, param in space.items()}
    for text in broken(requires, defaults):
        table.problem("constraints", f"the unchanged program breaks one: {text[3:]}")
        return
    rng = random.Random(0)
    for _ in range(SAMPLES):
        if not broken(requires, {name: param.sample(rng) for name, param in space.items()}):
            return
    listing = " and ".join(one.text for one in requires)
    table.problem(
        "constraints",
        f"none of {SAMPLES:,} random settings keeps {listing}: no search would find another "
        "setting than the defaults. Widen the ranges, or declare choices that fit each other",
    )
