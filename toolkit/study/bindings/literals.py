"""Literals of Python: read without running anything, and written so that they mean the same."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .place import UNKNOWN, Refused

MOST_BITS = 4096
"""of an integer that an expression of literals gives: `9**9**9` is not computed"""
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}


def value(node: ast.AST | None) -> Any:
    """Value of an expression of literals; UNKNOWN where it is anything else."""
    try:
        return _value(node)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return UNKNOWN


def _value(node: ast.AST | None) -> Any:
    if isinstance(node, ast.Constant) and _is_plain(node.value):
        return node.value
    if isinstance(node, ast.Tuple):
        return tuple(_value(one) for one in node.elts)
    if isinstance(node, ast.List):
        return [_value(one) for one in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = _number(node.operand)
        return -number if isinstance(node.op, ast.USub) else +number
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return computed(_ARITHMETIC[type(node.op)], _number(node.left), _number(node.right))
    raise ValueError("no literal")


def computed(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Result of an operator on two numbers; raises ValueError where it is beyond measure."""
    if function in (operator.pow, operator.lshift):
        size = max(1, left.bit_length()) if isinstance(left, int) else 1
        times = right if function is operator.pow else 1
        more = right if function is operator.lshift else 0
        if isinstance(right, int) and isinstance(left, int) and size * times + more > MOST_BITS:
            raise ValueError("too large a number")
    found = function(left, right)
    if not isinstance(found, int) and not (isinstance(found, float) and math.isfinite(found)):
        raise ValueError("no finite number")
    return found


def _number(node: ast.AST) -> Any:
    found = _value(node)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError("no number")
    return found


def _is_plain(found: object) -> bool:
    return found is None or isinstance(found, bool | int | float | str)


def written(found: Any, *, like: Any = UNKNOWN, plain: bool = False) -> str:
    """Source of a value; raises Refused.

    like: what stands there now: a list from JSON becomes a tuple where a tuple stands. plain: in
    ASCII alone.
    """
    if isinstance(found, list | tuple):
        made = tuple if isinstance(like, tuple) else type(found)
        inner = like if isinstance(like, list | tuple) else ()
        alike = [*inner, *[inner[-1] if inner else UNKNOWN] * len(found)]
        parts = [
            written(one, like=other, plain=plain) for one, other in zip(found, alike, strict=False)
        ]
        if made is list:
            return f"[{', '.join(parts)}]"
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if isinstance(found, float) and not math.isfinite(found):
        raise Refused(f"{found!r} has no literal in Python")
    if not _is_plain(found):
        raise Refused(f"a {type(found).__name__} has no literal of one value in Python")
    return ascii(found) if plain else repr(found)
