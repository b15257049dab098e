"""Outputs of functions that know nothing of calls, contexts and JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def once_each(
    function: Callable[..., Any], arguments: str, context: Any, inputs: list[Any]
) -> list[Any]:
    """Outputs of one call, of a function that takes one input ("input"), or nothing ("none")."""
    return [plain(function(one) if arguments == "input" else function()) for one in inputs]


def plain(value: Any) -> Any:
    """A value as JSON has it: what has a `tolist`, as numpy's arrays and numbers do, is asked."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (str, int, float, bool, type(None))) and not hasattr(value, "tolist"):
        return value
    tolist = getattr(value, "tolist", None)
    return plain(tolist()) if callable(tolist) else value
