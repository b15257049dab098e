"""Sorts of repair, told by the traces that they leave in one place of a change."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from .calls import CONVERTING, NORMALISING, PROTECTIVE, called
from .trees import Difference, dump, size

MOST_NODES = 60


def kind(place: Difference) -> str:
    """Sort of repair that one place looks like; "" for none."""
    for look in (_exceptions, _guard, _comparison, _sign, _off_by_one, _order, _pattern, _keyword):
        found = look(place)
        if found:
            return found
    return _condition(place) or _wrapped(place)


def _exceptions(place: Difference) -> str:
    """Others are caught, more is tried, or something else is done about it."""
    inside = any(isinstance(node, ast.ExceptHandler) for node, _ in place.way)
    return (
        "handles an exception otherwise"
        if inside or _caught(place.before) != _caught(place.after)
        else ""
    )


def _caught(nodes: Collection[ast.AST]) -> list[str]:
    handlers = [node for node in walk(nodes) if isinstance(node, ast.ExceptHandler)]
    return sorted(dump(handler.type) if handler.type else "" for handler in handlers)


def _guard(place: Difference) -> str:
    """An early way out for what is empty or missing, or a value in its stead."""
    if not place.before and place.after and all(map(_leaves_early, place.after)):
        return "guards a special case"
    swap = place.swap
    if not swap:
        return ""
    old, new = swap
    fallback = isinstance(new, ast.BoolOp) and _contains(new.values[0], old)
    chosen = isinstance(new, ast.IfExp) and (_contains(new.body, old) or _contains(new.orelse, old))
    bounded = isinstance(new, ast.Call) and called(new) in {"max", "min"} and _contains(new, old)
    return "guards a special case" if fallback or chosen or bounded else ""


def _leaves_early(node: ast.AST) -> bool:
    """`if not words: return []`: with nothing much in its hands."""
    if not isinstance(node, ast.If) or node.orelse or len(node.body) != 1:
        return False
    (step,) = node.body
    if isinstance(step, ast.Return):
        return step.value is None or size(step.value) <= 8
    return isinstance(step, ast.Continue | ast.Raise | ast.Break)


def _comparison(place: Difference) -> str:
    if place.swap and all(isinstance(node, ast.cmpop) for node in place.swap):
        return "turns a comparison"
    if place.swap and all(isinstance(node, ast.boolop) for node in place.swap):
        return "turns a condition"
    return ""


def _sign(place: Difference) -> str:
    if not place.swap:
        return ""
    old, new = place.swap
    for one, other in ((old, new), (new, old)):
        if isinstance(one, ast.UnaryOp) and dump(one.operand) == dump(other):
            return "turns a sign" if isinstance(one.op, ast.USub) else "turns a condition"
    both = {type(old), type(new)}
    return "turns a sign" if both == {ast.Add, ast.Sub} else ""


def _off_by_one(place: Difference) -> str:
    """One more or less, or another small constant, in an index or a range."""
    if not place.swap:
        return ""
    for one, other in (place.swap, place.swap[::-1]):
        if not isinstance(one, ast.BinOp) or not isinstance(one.op, ast.Add | ast.Sub):
            continue
        if _is_one(one.right) and dump(one.left) == dump(other):
            return "off by one"
    values = [n.value for n in place.swap if isinstance(n, ast.Constant)]
    # by type: True and 1.0 are equal to 1 and no positions
    small = len(values) == 2 and all(
        value is None or (type(value) is int and -1 <= value <= 2) for value in values
    )
    if place.way and place.way[-1][1] == "upper" and not {-1, None} & set(values):
        return ""  # how many to take is a setting
    return "off by one" if small and _is_position(place) else ""


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) == 1


def _is_position(place: Difference) -> bool:
    for node, field in place.way[-3:]:
        if isinstance(node, ast.Subscript | ast.Slice) and field in {"slice", "lower", "upper"}:
            return True
        if isinstance(node, ast.Call) and called(node) in {"range", "enumerate"}:
            return True
    return False


def _order(place: Difference) -> str:
    """The direction of a sort."""
    keyword = next((n for n, _ in reversed(place.way) if isinstance(n, ast.keyword)), None)
    inside = keyword is not None and keyword.arg in {"reverse", "ascending", "descending"}
    added = any(isinstance(n, ast.keyword) and n.arg == "reverse" for n in place.after)
    return "turns the order" if inside or added else ""


def _pattern(place: Difference) -> str:
    """A format of dates or a regular expression."""
    if not place.swap or not all(_is_text(node) for node in place.swap):
        return ""
    call = next((n for n, _ in reversed(place.way) if isinstance(n, ast.Call)), None)
    known = {"strptime", "strftime", "findall", "sub", "split", "compile", "match", "search"}
    return "repairs a pattern" if call is not None and called(call) in known else ""


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _keyword(place: Difference) -> str:
    """An argument that was missing from a call."""
    new = [node for node in place.after if isinstance(node, ast.keyword)]
    only = bool(new) and len(new) == len(place.after) and not place.before
    known = only and all(node.arg in PROTECTIVE for node in new)
    return f"gives the missing {new[0].arg}" if known else ""


def _condition(place: Difference) -> str:
    """Another test of an if, a while or a filter."""
    tests = {"test", "ifs"}
    inside = any(field in tests for _, field in place.way)
    return "asks another condition" if inside and place.size <= MOST_NODES // 2 else ""


def _wrapped(place: Difference) -> str:
    """The same value, converted or divided by its size; or another name in its place."""
    if not place.swap:
        return ""
    old, new = place.swap
    if isinstance(new, ast.BinOp) and isinstance(new.op, ast.Div) and _contains(new.left, old):
        return "normalises"
    if isinstance(new, ast.Call) and _contains(new, old):
        return "converts or normalises" if called(new) in NORMALISING | CONVERTING else ""
    if isinstance(old, ast.Name) and isinstance(new, ast.Name):
        return "takes another variable"
    if isinstance(old, ast.Attribute) and isinstance(new, ast.Attribute):
        return "takes another attribute" if dump(old.value) == dump(new.value) else ""
    if (
        _is_text(old)
        and _is_text(new)
        and any(isinstance(n, ast.Subscript) for n, _ in place.way[-1:])
    ):
        return "takes another key"
    return ""


def _contains(outer: ast.AST, inner: ast.AST) -> bool:
    wanted = dump(inner)
    return any(dump(node) == wanted for node in ast.walk(outer))


def walk(nodes: Collection[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield from ast.walk(node)
