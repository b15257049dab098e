"""Values that follow from a clock: an edit of the clock changes them, whatever work is done."""

from __future__ import annotations

import ast
from collections.abc import Collection

from .syntax import dotted

_CLOCKS = {
    "clock_gettime", "default_timer", "monotonic", "monotonic_ns", "perf_counter",
    "perf_counter_ns", "process_time", "process_time_ns", "thread_time", "time", "time_ns",
    "timeit",
}  # fmt: skip


def names(tree: ast.Module) -> set[str]:
    """Names of a module that are assigned from a clock, or from such a name."""
    found: set[str] = set()
    while True:
        more = {name for name, value in _assignments(tree) if follows(value, found)}
        if more <= found:
            return found
        found |= more


def _assignments(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    pairs = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            pairs += [(one.id, node.value) for one in node.targets if isinstance(one, ast.Name)]
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            pairs.append((node.target.id, node.value))
    return pairs


def follows(value: ast.expr, timed: Collection[str]) -> bool:
    """True if an expression reads a clock, or a name that follows from one."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name.rpartition(".")[2] in _CLOCKS and name.partition(".")[0] in {
                "time", "timeit", "default_timer", "perf_counter", "process_time", "monotonic",
            }:  # fmt: skip
                return True
        if isinstance(node, ast.Name) and node.id in timed:
            return True
    return False
