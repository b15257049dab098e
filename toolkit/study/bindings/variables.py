"""Environment variables that a program reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from . import flags, literals
from .place import UNKNOWN, Files, Missing, Place, Unreadable
from .tree import Module, modules

Read = tuple[str, Any, Module, ast.expr]
"""(variable, default or UNKNOWN, file, where it is read)"""


def reads(files: Files) -> Iterator[Read]:
    """Every `os.environ.get`, `os.getenv` and `os.environ[…]` with a name that is written out."""
    for home in modules(files):
        wrapped: dict[ast.AST, str] = {}
        for node in (one for statement in home.body for one in ast.walk(statement)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"int", "float"}:
                wrapped |= dict.fromkeys(node.args, ast.unparse(node.func))
            found = _read(node)
            if found is not None and isinstance(node, ast.expr):
                yield found[0], _typed(found[1], wrapped.get(node, "")), home, node


def _read(node: ast.AST) -> tuple[str, Any] | None:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if not name.endswith(("environ.get", "getenv")) or not node.args:
            return None
        given = node.args[1] if len(node.args) > 1 else None
        default = literals.value(given) if given is not None else UNKNOWN
        found = literals.value(node.args[0])
        return (found, default) if isinstance(found, str) else None
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        found = literals.value(node.slice)
        return (found, UNKNOWN) if isinstance(found, str) else None
    return None


def _typed(value: Any, type_: str) -> Any:
    try:
        if isinstance(value, str | int | float) and type_:
            return float(value) if type_ == "float" else int(value)
    except ValueError:
        return UNKNOWN
    return value


def default(files: Files, name: str) -> Any:
    """Value that the code takes without the variable; raises Gone."""
    found = [(value, home, node) for one, value, home, node in reads(files) if one == name]
    if not found:
        raise Missing(f"no Python file reads the environment variable {name}")
    known = [value for value, _, _ in found if value is not UNKNOWN]
    if not known or any(value != known[0] for value in known):
        _, home, node = found[0]
        what = "has no default that can be read" if not known else "has different defaults"
        raise Unreadable(f"{home.path}, line {node.lineno}: the variable {name} {what}")
    return known[0]


def text(value: Any) -> str:
    """A value as a variable holds it; raises Refused."""
    return flags.text(value)


def places(files: Files) -> Iterator[Place]:
    """Variables with the defaults that the code takes."""
    for name, value, home, node in reads(files):
        if value is not UNKNOWN:
            yield Place(f"env:{name}", value, home.comment(node), node.lineno, "env")
