"""Traces of a repair in the change of a function: small, local, and of a known sort.

A bug fix is an intent, which no syntax shows. These are the traces that repairs tend to leave;
docs/attribution-labels.md says where they mislead.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from .trees import Place, dump, size
from .units import Change

MOST_NODES = 60
NORMALISING = {
    "lower", "casefold", "upper", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix",
    "normalize", "normalize_L2", "normalise", "norm", "findall", "sub", "split", "splitlines",
    "translate", "replace", "compile", "finditer", "fullmatch", "match", "search", "escape",
    "nan_to_num", "clip", "unescape", "maketrans",
}  # fmt: skip
CONVERTING = {
    "str", "int", "float", "bool", "list", "tuple", "set", "dict", "frozenset", "type",
    "isinstance", "hasattr", "abs", "max", "min", "sum", "len", "any", "all", "enumerate",
    "zip", "range", "reversed", "copy", "deepcopy", "get", "setdefault", "items", "keys",
    "values", "fromkeys", "join", "format", "isdigit", "isalpha", "isalnum", "startswith",
    "endswith", "asarray", "ascontiguousarray", "astype", "isnan", "isfinite", "maximum",
    "minimum", "zeros", "strptime", "strftime", "date", "fromisoformat", "fromtimestamp",
    "utcfromtimestamp", "loads", "dumps", "close", "sleep",
}  # fmt: skip
PROTECTIVE = {
    "response_format", "encoding", "errors", "axis", "dtype", "default", "timeout", "random_state",
    "kind", "strict", "ensure_ascii", "keepdims", "flags", "seed", "reverse", "key", "copy",
    "tzinfo",
}  # fmt: skip
_ORDERED = (
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.Eq,
    ast.NotEq,
    ast.In,
    ast.NotIn,
    ast.Is,
    ast.IsNot,
)


def repair(change: Change, helpers: Mapping[str, ast.AST]) -> str:
    """Sort of repair that a changed function looks like; "" for none.

    helpers: {name: node} of the functions that the edit adds.
    """
    before, after = change.before, change.after
    if before is None or after is None or not _same_signature(before.node, after.node):
        return ""
    used = _helpers_used(after.node, helpers)
    nodes = sum(place.size for place in change.places) + sum(map(size, used))
    if nodes > MOST_NODES:
        return ""
    come = calls(after.node, *used) - calls(before.node)
    come = Counter({name: n for name, n in come.items() if name not in helpers})
    if set(come) - NORMALISING - CONVERTING or any(map(_loops_more, change.places)):
        return ""
    if any(map(_weighs_more, change.places)):
        return ""
    gone = calls(before.node) - calls(after.node, *used)
    if set(gone) - NORMALISING - CONVERTING:
        return ""
    return next(filter(None, (_repaired(place) for place in change.places)), "") or (
        "normalises" if set(come) & NORMALISING else ""
    )


def calls(*nodes: ast.AST) -> Counter[str]:
    """Number of calls of each function or method, by its last name."""
    found: Counter[str] = Counter()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                found[_called(inner)] += 1
    return found


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _helpers_used(node: ast.AST, helpers: Mapping[str, ast.AST]) -> list[ast.AST]:
    """New functions that a function calls, and those that they call."""
    found: dict[str, ast.AST] = {}
    queue = [node]
    while queue:
        for name in calls(queue.pop()):
            if name in helpers and name not in found:
                found[name] = helpers[name]
                queue.append(helpers[name])
    return list(found.values())


def _same_signature(before: ast.AST, after: ast.AST) -> bool:
    old, new = getattr(before, "args", None), getattr(after, "args", None)
    return (old is None) == (new is None) and (not old or not new or dump(old) == dump(new))


def _loops_more(place: Place) -> bool:
    """A new loop is a repair only around something that is tried in several ways."""
    loops = ast.For | ast.While
    new = [node for node in _walk(place.after) if isinstance(node, loops)]
    old = [node for node in _walk(place.before) if isinstance(node, loops)]
    tried = any(isinstance(node, ast.Try) for node in _walk(place.after))
    return len(new) > len(old) and not tried


def _weighs_more(place: Place) -> bool:
    """A new term with a weight: a formula of another shape, not a repaired one."""
    old, new = (sum(map(_is_weight, _walk(side))) for side in (place.before, place.after))
    return new > old


def _is_weight(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    return any(
        isinstance(side, ast.Constant) and isinstance(side.value, float)
        for side in (node.left, node.right)
    )


def _walk(nodes: Collection[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield from ast.walk(node)


def _repaired(place: Place) -> str:
    """Repair that one place looks like; "" for none."""
    for look in (_exceptions, _guard, _comparison, _sign, _off_by_one, _order, _pattern, _keyword):
        found = look(place)
        if found:
            return found
    return _condition(place) or _wrapped(place)


def _exceptions(place: Place) -> str:
    """Others are caught, more is tried, or something else is done about it."""
    inside = any(isinstance(node, ast.ExceptHandler) for node, _ in place.way)
    return (
        "handles an exception otherwise"
        if inside or _caught(place.before) != _caught(place.after)
        else ""
    )


def _caught(nodes: Collection[ast.AST]) -> list[str]:
    handlers = [node for node in _walk(nodes) if isinstance(node, ast.ExceptHandler)]
    return sorted(dump(handler.type) if handler.type else "" for handler in handlers)


def _guard(place: Place) -> str:
    """An early way out for what is empty or missing, or a value in its stead."""
    if not place.before and place.after and all(map(_leaves_early, place.after)):
        return "guards a special case"
    swap = place.swap
    if not swap:
        return ""
    old, new = swap
    fallback = isinstance(new, ast.BoolOp) and _contains(new.values[0], old)
    chosen = isinstance(new, ast.IfExp) and (_contains(new.body, old) or _contains(new.orelse, old))
    bounded = isinstance(new, ast.Call) and _called(new) in {"max", "min"} and _contains(new, old)
    return "guards a special case" if fallback or chosen or bounded else ""


def _leaves_early(node: ast.AST) -> bool:
    """`if not words: return []`: with nothing much in its hands."""
    if not isinstance(node, ast.If) or node.orelse or len(node.body) != 1:
        return False
    (step,) = node.body
    if isinstance(step, ast.Return):
        return step.value is None or size(step.value) <= 8
    return isinstance(step, ast.Continue | ast.Raise | ast.Break)


def _comparison(place: Place) -> str:
    if place.swap and all(isinstance(node, _ORDERED) for node in place.swap):
        return "turns a comparison"
    if place.swap and all(isinstance(node, ast.boolop) for node in place.swap):
        return "turns a condition"
    return ""


def _sign(place: Place) -> str:
    if not place.swap:
        return ""
    old, new = place.swap
    for one, other in ((old, new), (new, old)):
        if isinstance(one, ast.UnaryOp) and dump(one.operand) == dump(other):
            return "turns a sign" if isinstance(one.op, ast.USub) else "turns a condition"
    both = {type(old), type(new)}
    return "turns a sign" if both == {ast.Add, ast.Sub} else ""


def _off_by_one(place: Place) -> str:
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


def _is_position(place: Place) -> bool:
    for node, field in place.way[-3:]:
        if isinstance(node, ast.Subscript | ast.Slice) and field in {"slice", "lower", "upper"}:
            return True
        if isinstance(node, ast.Call) and _called(node) in {"range", "enumerate"}:
            return True
    return False


def _order(place: Place) -> str:
    """The direction of a sort."""
    keyword = next((n for n, _ in reversed(place.way) if isinstance(n, ast.keyword)), None)
    inside = keyword is not None and keyword.arg in {"reverse", "ascending", "descending"}
    added = any(isinstance(n, ast.keyword) and n.arg == "reverse" for n in place.after)
    return "turns the order" if inside or added else ""


def _pattern(place: Place) -> str:
    """A format of dates or a regular expression."""
    if not place.swap or not all(_is_text(node) for node in place.swap):
        return ""
    call = next((n for n, _ in reversed(place.way) if isinstance(n, ast.Call)), None)
    known = {"strptime", "strftime", "findall", "sub", "split", "compile", "match", "search"}
    return "repairs a pattern" if call is not None and _called(call) in known else ""


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _keyword(place: Place) -> str:
    """An argument that was missing from a call."""
    new = [node for node in place.after if isinstance(node, ast.keyword)]
    only = bool(new) and len(new) == len(place.after) and not place.before
    known = only and all(node.arg in PROTECTIVE for node in new)
    return f"gives the missing {new[0].arg}" if known else ""


def _condition(place: Place) -> str:
    """Another test of an if, a while or a filter."""
    tests = {"test", "ifs"}
    inside = any(field in tests for _, field in place.way)
    return "asks another condition" if inside and place.size <= MOST_NODES // 2 else ""


def _wrapped(place: Place) -> str:
    """The same value, converted or divided by its size; or another name in its place."""
    if not place.swap:
        return ""
    old, new = place.swap
    if isinstance(new, ast.BinOp) and isinstance(new.op, ast.Div) and _contains(new.left, old):
        return "normalises"
    if isinstance(new, ast.Call) and _contains(new, old):
        return "converts or normalises" if _called(new) in NORMALISING | CONVERTING else ""
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
