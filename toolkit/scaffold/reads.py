"""Names that a code base reads, as far as its text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from .folder import Module

_AT_WILL = re.compile(r"\b(?:globals|vars|locals|exec|eval|dir)\(|\b__dict__\b|\bgetattr\(")
"""ways to read a name that the text does not spell"""


def names(modules: Iterable[Module]) -> set[str]:
    """Names that some line reads; empty where code may read any of them."""
    every = list(modules)
    if any(_AT_WILL.search(one.text) for one in every):
        return set()
    return {name for one in every for name in _read(one.tree)}


def _read(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.alias):
            yield node.name
