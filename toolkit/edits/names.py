"""Faults of a tree that show without running it: syntax errors, and names that nobody defines.

An edit that calls a helper of another edit fits into the text without it, and runs without it
until the call is reached; only the names tell.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from pyflakes import messages
from pyflakes.checker import Checker

_UNDEFINED = (messages.UndefinedName, messages.UndefinedLocal, messages.UndefinedExport)
_TOO_DEEP = (SyntaxError, ValueError, RecursionError, MemoryError)


def problems(tree: Mapping[str, str]) -> frozenset[str]:
    """Problems of a tree, one line each and without line numbers, so that trees can be compared."""
    found: set[str] = set()
    for path, source in tree.items():
        if path.endswith(".py"):
            found |= {f"{path}: {what}" for what in _in_file(source)}
            found |= {f"{path}: {what}" for what in _imports(path, source, tree)}
    return frozenset(found)


@lru_cache(maxsize=4096)
def _in_file(source: str) -> frozenset[str]:
    try:
        parsed = ast.parse(source)
        compile(source, "tree", "exec", dont_inherit=True)
    except _TOO_DEEP as error:
        return frozenset({f"does not compile: {type(error).__name__}: {_first(error)}"})
    try:
        found = Checker(parsed, "tree").messages
    except RecursionError:  # it compiles: a chain of a thousand terms, whose names nobody looked up
        return frozenset()
    return frozenset(str(m.message % m.message_args) for m in found if isinstance(m, _UNDEFINED))


def _first(error: BaseException) -> str:
    return str(error.args[0]) if error.args else ""


def _imports(path: str, source: str, tree: Mapping[str, str]) -> Iterator[str]:
    """Problems of imports from the tree's own modules of names that these do not define."""
    for module, name in _wanted(path, source):
        file = _module_file(module, tree)
        if file is None:
            if _is_ours(module, tree):
                yield f"imports {module}, which is not there"
        elif name != "*" and not _module_file(f"{module}.{name}", tree):
            known = _bound(tree[file])
            if known is not None and name not in known:
                yield f"imports {name!r} from {module}, which does not define it"


@lru_cache(maxsize=4096)
def _wanted(path: str, source: str) -> tuple[tuple[str, str], ...]:
    """(module, name) of every `from module import name`; relative ones made absolute."""
    try:
        parsed = ast.parse(source)
    except _TOO_DEEP:
        return ()
    package = path.split("/")[:-1]
    found = []
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(module, alias.name) for alias in node.names]
    return tuple(found)


@lru_cache(maxsize=4096)
def _bound(source: str) -> frozenset[str] | None:
    """Names bound at a module's top; None where it cannot be told."""
    try:
        parsed = ast.parse(source)
    except _TOO_DEEP:
        return None
    names: set[str] = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            if node.name == "__getattr__":
                return None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return frozenset(names)


def _module_file(module: str, tree: Mapping[str, str]) -> str | None:
    stem = module.replace(".", "/")
    return next((file for file in (f"{stem}.py", f"{stem}/__init__.py") if file in tree), None)


def _is_ours(module: str, tree: Mapping[str, str]) -> bool:
    top = module.partition(".")[0]
    return any(path.startswith((f"{top}/", f"{top}.py")) for path in tree)
