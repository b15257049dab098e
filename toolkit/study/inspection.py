"""Checks of a study's task, read off its class before it is made."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import near_misses
from .task import Task

REQUIRED = {
    "items": "`def items(self)`, which gives a list of toolkit.Item(id, cluster, input)",
    "vault": "`def vault(self)`, which gives a toolkit.Vault",
}
OPTIONAL = {
    "contexts": "`def contexts(self)`, which gives {call: what the items of the call share}",
    "floors": "`def floors(self)`, which gives {name: output}",
    "check": "`def check(self, output)`, which gives what is wrong with an output, or ''",
    "answer": "`def answer(self, output)`, which gives the part of an output that is its answer",
    "metrics": "`def metrics(self, rows)`, which gives {name: number}",
    "given": "`def given(self, items)`, which gives {file name: bytes}, what a script is given",
    "read_output": "`def read_output(self, items, output)`, which gives an output for each item",
    "explain": "`def explain(self, item, output)`, which gives {name: what is shown of a failure}",
    "rule": "`def rule(self)`, which gives the scorer's rule in words",
    "trace": "`def trace(self, item, output)`, which gives {name: where an output was lost}",
    "empty": "`def empty(self, context)`, which gives the context with nothing in it to read",
    "form": "`def form(self, item)`, which gives the form of its input, such as its first word",
    "guesses": "`def guesses(self, item)`, which gives {name: output} made without its context",
    "found_here": "a class method `def found_here(cls, folder)`, which gives {name: digest}",
    "as_output": "`def as_output(self, gold)`, which gives an output with this gold answer",
}
WRITE = {**REQUIRED, **OPTIONAL}
ARGUMENTS = {
    "check": ("output",),
    "answer": ("output",),
    "metrics": ("rows",),
    "given": ("items",),
    "read_output": ("items", "output"),
    "explain": ("item", "output"),
    "trace": ("item", "output"),
    "empty": ("context",),
    "form": ("item",),
    "guesses": ("item",),
    "as_output": ("gold",),
    "found_here": ("folder",),
}
SWITCHES = {
    "wrong_context": "`wrong_context = True` (or False)",
    "named_floors": "`named_floors = [names]`, some of those that floors() gives",
    "lacks": "`lacks = [sentences]`, each on what the data on this machine lack",
    "empty_context": "`empty_context = {...}`, a context with nothing in it to read",
}
NOW = {
    "conversations": ("contexts", "it gives {call: context}"),
    "constants": ("floors", "it gives {name: output}, whole outputs as a program returns them"),
    "passages": ("explain", "explain(item, output) gives what is shown of a failure"),
}
"""{method of an earlier version: (what is in its place, how that one is)}"""
NEAR = 0.8
WORDS = {"form", "empty", "lacks", "rule", "trace"}
"""members with names so short that a helper may well have a similar one: `format`, `packs`"""
MAKE = "`def __init__(self, data)`, where data is the folder of the study's data"


def owners(made: type[Any]) -> list[type[Any]]:
    """The classes that a task is made of and that somebody wrote for it."""
    others = sys.stdlib_module_names | {"toolkit"}
    return [one for one in made.__mro__ if one.__module__.partition(".")[0] not in others]


def of_class(made: type[Any]) -> list[str]:
    """Fault of a task's class, before it is made; "" for none."""
    found = [text for method in REQUIRED if (text := _method(made, method))]
    found += [text for name in OPTIONAL if has(made, name) and (text := _method(made, name))]
    found += _misnamed(made)
    if inspect.isabstract(made):
        names = ", ".join(sorted(made.__abstractmethods__))
        found.append(f"{made.__name__} is abstract: it does not define {names}")
    elif wrong := mismatch(made, Path()):
        found.append(f"{made.__name__}(data) cannot be called: {wrong}; write {MAKE}")
    return found


def has(made: type[Any], name: str) -> bool:
    """True if a class, or one that it derives from, has a member of this name."""
    missing = object()
    return inspect.getattr_static(made, name, missing) is not missing


def _misnamed(made: type[Any]) -> Iterator[str]:
    """Members that nobody would call: of an earlier version, or with a slip of the pen.

    One whose right name is there as well is a helper of the class.
    """
    known = {**WRITE, **SWITCHES}
    absent = [name for name in known if not has(made, name) and name not in WORDS]
    names = {name for one in owners(made) for name in vars(one) if not name.startswith("_")}
    for name in sorted(names - set(known)):
        now, how = NOW.get(name, ("", ""))
        if now in absent:
            yield f"{made.__name__}.{name} is called {now} now: {how}; write {WRITE[now]}"
        elif hint := near_misses(name, absent, least=NEAR):
            close = next(one for one in absent if repr(one) in hint)
            yield (
                f"{made.__name__}.{name} is no member of a task{hint} (write {known[close]}, or "
                "begin the name of a helper with _)"
            )


def _method(made: type[Any], name: str) -> str:
    """Fault of one method of a class; "" for none."""
    raw = inspect.getattr_static(made, name, None)
    if raw is None or raw is inspect.getattr_static(Task, name, None):
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
    wrong = mismatch(method, *itself, *ARGUMENTS.get(name, ()))
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
