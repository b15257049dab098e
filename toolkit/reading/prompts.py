"""Texts of a program that reach a language model: all that flows into the arguments of its call."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ..study.roles import Roles, is_completion
from .units import Unit, mentions


def is_prose(node: ast.AST) -> bool:
    """True for a text with a word and a blank or a colon: not a key, a mode or a separator."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    text = node.value
    return any(map(str.isalpha, text)) and (":" in text or any(map(str.isspace, text)))


def prompt_texts(units: Collection[Unit], roles: Roles) -> tuple[set[int], set[str]]:
    """Ids of the text nodes that reach a model, and names of the constants that hold some."""
    found: set[int] = set()
    names: set[str] = set()
    for unit in units:
        if roles.of(unit.path, unit.name) == "prompt":
            found |= _texts(unit.node)
    askers = {name for unit in units for name in _askers(unit)}
    for unit in units:
        for call in ast.walk(unit.node):
            if isinstance(call, ast.Call) and _asks(call, askers):
                values = [*call.args, *(keyword.value for keyword in call.keywords)]
                names |= _follow(unit.node, values, found)
    _spread(units, names, found)
    constants = {
        unit.short
        for unit in units
        if unit.form == "assignment"
        and any(id(node) in found and is_prose(node) for node in ast.walk(unit.node))
    }
    return found, constants


def _askers(unit: Unit) -> Iterator[str]:
    """Names of the functions of a unit, itself or within it, in which a model is asked."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(unit.node):
        if isinstance(node, functions) and any(map(is_completion, ast.walk(node))):
            yield node.name


def _asks(call: ast.Call, askers: Collection[str]) -> bool:
    """True if what a call is handed reaches a model: it asks one, or it calls or maps who does."""
    called = (call.func, *call.args)
    names = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in called
    }
    inner = (node for one in call.args if isinstance(one, ast.Lambda) for node in ast.walk(one))
    return is_completion(call) or bool(names & {*askers}) or any(map(is_completion, inner))


def _spread(units: Collection[Unit], names: set[str], found: set[int]) -> None:
    """Follow the constants and functions that are mentioned, as far as they make texts."""
    done: set[int] = set()
    grown = True
    while grown:
        grown = False
        for unit in units:
            wanted = unit.short in names and id(unit.node) not in done
            if wanted and any(is_prose(n) or _composes(n) for n in ast.walk(unit.node)):
                done.add(id(unit.node))
                found |= _texts(unit.node)
                names |= mentions(unit.node)
                grown = True


def _composes(node: ast.AST) -> bool:
    """True for an expression that puts a text together."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"join", "format"}
    return isinstance(node, ast.JoinedStr)


def _follow(function: ast.AST, values: list[ast.expr], found: set[int]) -> set[str]:
    """Names that reach these expressions within a function; their texts are noted in found."""
    names: set[str] = set()
    for value in values:
        names |= mentions(value)
        found |= _texts(value)
    before = -1
    while before != len(names):
        before = len(names)
        for target, written in _writes(function):
            if target in names:
                names |= mentions(written)
                found |= _texts(written)
    return names


def _writes(function: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """(name, expression put into it): assignments, and calls of its methods such as append."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from ((name, node.value) for name in _bases(target))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for name in _bases(node.func.value):
                yield from ((name, value) for value in node.args)


def _bases(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _texts(node: ast.AST) -> set[int]:
    return {
        id(inner)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }
