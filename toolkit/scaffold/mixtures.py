"""Names whose value weighs one thing against another, as in `a * x + (1 - a) * y`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from . import words
from .folder import Module
from .syntax import assigned, calls, functions


def names(modules: Iterable[Module]) -> set[str]:
    """Names that some expression takes from 1, and names whose value is given to one of these."""
    every = list(modules)
    found = {name for one in every for name in _taken_from_one(one.tree)}
    pairs = {pair for one in every for pair in _given(one.tree)}
    while more := {source for source, target in pairs if target in found} - found:
        found |= more
    return found


def name(text: str) -> str:
    """A name as it is compared: `--mix-weight` and `MIX_WEIGHT` are one."""
    return "_".join(words.split(text))


def _taken_from_one(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            one = node.left.value if isinstance(node.left, ast.Constant) else None
            if type(one) in (int, float) and one == 1:
                yield from _named(node.right)


def _named(node: ast.expr) -> Iterator[str]:
    """The last name of `a`, `args.a` and `config["a"]`."""
    text = getattr(node, "id", "") or getattr(node, "attr", "")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        text = node.slice.value
    if isinstance(text, str) and text:
        yield name(text)


def _given(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, other name that gets its value), by an assignment or an argument."""
    for target, value in assigned(tree).items():
        yield from ((source, name(target)) for source in _named(value))
    places = {one.name: [arg.arg for arg in one.args.args] for one in functions(tree).values()}
    for called, call in calls(tree):
        for target, value in _arguments(call, places.get(called.rpartition(".")[2], ())):
            yield from ((source, name(target)) for source in _named(value))


def _arguments(call: ast.Call, places: Iterable[str]) -> list[tuple[str, ast.expr]]:
    named = [(one.arg, one.value) for one in call.keywords if one.arg]
    return [*zip(places, call.args, strict=False), *named]
