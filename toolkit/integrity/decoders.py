"""Calls that turn unreadable literals into text, or read a program's own source, by name."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .statements import parsed

MODULES = frozenset(
    "base64 binascii zlib gzip bz2 lzma zipfile tarfile codecs marshal pickle shelve quopri uu "
    "struct array hashlib hmac importlib runpy builtins imp inspect linecache pkgutil zipimport "
    "ctypes".split()
)
CALLS = frozenset("eval exec compile __import__ chr globals open hash memoryview".split())
NAMES = frozenset("__builtins__ __doc__ __file__ __loader__ __spec__ __code__".split())
METHODS = frozenset(
    "fromhex from_bytes to_bytes literal_eval unhexlify read_text read_bytes co_consts "
    "modules".split()
)
# a word list may well have "pickle" and "dill" in it
AS_TEXT = frozenset(
    "base64 binascii zlib gzip bz2 lzma hashlib importlib builtins __builtins__ __import__".split()
)
PLAIN = frozenset("utf8 ascii latin1 iso88591".split())
Use = tuple[str, str, int]


def decoders(tree: Mapping[str, str], pristine: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """(name, path, line) of each use that goes beyond those of the pristine tree.

    A use is no fault: many a decent program hashes or compresses. It says what to read.
    """
    known = Counter(name for name, _, _ in _uses(pristine))
    found = []
    for use in _uses(tree):
        known[use[0]] -= 1
        if known[use[0]] < 0:
            found.append(use)
    return found


def _uses(tree: Mapping[str, str]) -> Iterator[Use]:
    for path, text in sorted(tree.items()):
        module = parsed(path, text)
        if module is not None:
            for node in ast.walk(module):
                for name in _of(node):
                    yield name, path, node.lineno  # type: ignore[attr-defined]


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names if one.name.split(".")[0] in MODULES)
    elif isinstance(node, ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Attribute):
        if node.attr in METHODS | NAMES:
            yield node.attr
    elif isinstance(node, ast.Name):
        if node.id in CALLS | NAMES and isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value in AS_TEXT:
            yield node.value
    elif isinstance(node, ast.Call):
        yield from _called(node)


def _imported(node: ast.ImportFrom) -> Iterator[str]:
    module = node.module or ""
    if module.split(".")[0] in MODULES and not node.level:
        yield from (f"{module}.{one.name}" for one in node.names)
    else:
        yield from (f"{module}.{one.name}" for one in node.names if one.name in METHODS)


def _called(node: ast.Call) -> Iterator[str]:
    """int("zz", 36), "uryyb".encode("rot13"), bytes([…])."""
    name: Any = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
    first = node.args[0] if node.args else None
    if name == "int" and len(node.args) == 2 and not _is(node.args[1], 10):
        yield "int with a base"
    elif name in ("encode", "decode") and isinstance(first, ast.Constant):
        codec = str(first.value).lower().replace("-", "").replace("_", "")
        if codec not in PLAIN:
            yield f"{name}({first.value!r})"
    elif name in ("bytes", "bytearray") and len(node.args) == 1 and not _is_text(first):
        yield f"{name} of numbers"


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
