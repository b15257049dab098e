"""Traces of a repair in the change of a function: small, local, and of a known sort.

A bug fix is an intent, which no syntax shows. These are the traces that repairs tend to leave;
docs/attribution-labels.md says where they mislead.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

from .calls import CONVERTING, NORMALISING, calls
from .kinds import MOST_NODES, kind, walk
from .trees import Difference, dump, size
from .units import Change


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
    return next(filter(None, (kind(place) for place in change.places)), "") or (
        "normalises" if set(come) & NORMALISING else ""
    )


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


def _loops_more(place: Difference) -> bool:
    """A new loop is a repair only around something that is tried in several ways."""
    loops = ast.For | ast.While
    new = [node for node in walk(place.after) if isinstance(node, loops)]
    old = [node for node in walk(place.before) if isinstance(node, loops)]
    tried = any(isinstance(node, ast.Try) for node in walk(place.after))
    return len(new) > len(old) and not tried


def _weighs_more(place: Difference) -> bool:
    """A new term with a weight: a formula of another shape, not a repaired one."""
    old, new = (sum(map(_is_weight, walk(side))) for side in (place.before, place.after))
    return new > old


def _is_weight(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    return any(
        isinstance(side, ast.Constant) and isinstance(side.value, float)
        for side in (node.left, node.right)
    )
