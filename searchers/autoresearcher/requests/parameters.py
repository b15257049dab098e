"""Parameters in words: what each is, and what it may be."""

from __future__ import annotations

import json
from typing import Any

import toolkit
from searchers.autoresearcher import telling


def words(param: toolkit.Param) -> str:
    """`a number from 0 to 1`: all that a value may be."""
    if isinstance(param, toolkit.Flag):
        return "true or false"
    if isinstance(param, toolkit.Choice):
        return f"one of {', '.join(value(param, one) for one in param.values)}"
    if not isinstance(param, toolkit.Int | toolkit.Float):
        return str(param)
    kind = "a whole number" if isinstance(param, toolkit.Int) else "a number"
    scale = ", better moved by factors than by steps" if param.log else ""
    return f"{kind} from {param.low:g} to {param.high:g}{scale}"


def value(param: toolkit.Param, given: Any) -> str:
    """A value as a line `SET: name = value` has it; in quotes where two choices read alike."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if not isinstance(given, str):
        return json.dumps(given)
    is_bare = given and "\n" not in given and not telling.reads_alike(param, given)
    return given if is_bare else json.dumps(given, ensure_ascii=False)


def told(param: toolkit.Param, now: Any, first: Any) -> str:
    """`3 (a whole number from 1 to 8; 2 at the beginning)`"""
    moved = "" if toolkit.same(now, first) else f"; {value(param, first)} at the beginning"
    return f"{value(param, now)} ({words(param)}{moved})"
