"""What a study's task must be, read off its class before it is made."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from .task import Task

WRITE = {
    "conversations": "`def conversations(self)`, which gives {cluster: what the program is given}",
    "items": "`def items(self)`, which gives a list of toolkit.Item(id, cluster, question)",
    "vault": "`def vault(self)`, which gives a toolkit.Vault",
    "passages": "`def passages(self, cluster)`, which gives {turn id: text}, or {}",
    "constants": "`def constants(self)`, which gives {name: answer}, or {}",
}
MAKE = "`def __init__(self, data)`, where data is the folder of the study's data"


def owners(made: type[Any]) -> list[type[Any]]:
    """The classes that a task is made of and that somebody wrote for it."""
    others = sys.stdlib_module_names | {"toolkit"}
    return [one for one in made.__mro__ if one.__module__.partition(".")[0] not in others]


def of_class(made: type[Any]) -> list[str]:
    """What is wrong with a task's class, before it is made."""
    found = [text for method in WRITE if (text := _method(made, method))]
    if inspect.isabstract(made):
        names = ", ".join(sorted(made.__abstractmethods__))
        found.append(f"{made.__name__} is abstract: it does not define {names}")
    elif wrong := mismatch(made, Path()):
        found.append(f"{made.__name__}(data) cannot be called: {wrong}; write {MAKE}")
    return found


def _method(made: type[Any], name: str) -> str:
    """What is wrong with one method of a class, or nothing."""
    raw = inspect.getattr_static(made, name, None)
    if raw is None or raw is inspect.getattr_static(Task, name):
        missing = not hasattr(made, "__getattr__")  # else it may come from elsewhere
        return f"{made.__name__} has no method {name}; write {WRITE[name]}" if missing else ""
    called = f"{made.__name__}.{name}"
    bound = hasattr(type(raw), "__get__")
    method = raw.__func__ if isinstance(raw, staticmethod | classmethod) else raw
    if isinstance(raw, property | cached_property) or not (bound or callable(raw)):
        return f"{called} is a {type(raw).__name__} and no method; write {WRITE[name]}"
    if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
        return f"{called} is an `async def`; write {WRITE[name]}"
    itself = [None] if bound and not isinstance(raw, staticmethod) else []
    wrong = mismatch(method, *itself, *(["cluster"] if name == "passages" else []))
    return f"{called} cannot be called: {wrong}; write {WRITE[name]}" if wrong else ""


def mismatch(function: Callable[..., Any], *arguments: Any) -> str:
    """Why these arguments do not fit, or nothing."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C: it shows no signature
        return ""
    try:
        signature.bind(*arguments)
    except TypeError as error:
        return str(error)
    return ""
