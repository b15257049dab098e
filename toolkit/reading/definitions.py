"""Definitions of a program: functions with their arguments, tables of constants."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(
    nodes: Sequence[ast.AST],
) -> tuple[dict[str, tuple[int, list[str]]], set[str]]:
    """{name: (arguments that a call does not give, all arguments)}, a class by its __init__.

    A name with two owners could be either; what those take is the second result.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    owners: Counter[str] = Counter()
    taken: dict[str, set[str]] = {}
    methods = {
        id(inner): node.name
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for inner in node.body
    }
    for node in nodes:
        if not isinstance(node, Function):
            continue
        name = methods[id(node)] if node.name == "__init__" and id(node) in methods else node.name
        names = [argument.arg for argument in arguments(node)]
        owners[name] += 1
        taken.setdefault(name, set()).update(names)
        found[name] = (int(id(node) in methods), names)
    shared = {name for name, count in owners.items() if count > 1}
    unique = {name: value for name, value in found.items() if name not in shared}
    return unique, {argument for name in shared for argument in taken[name]}


def arguments(node: Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def tables(trees: Collection[ast.Module]) -> Iterator[tuple[str, Mapping[int, str]]]:
    """(name, {id of a value: key}) of the module-level dictionaries of constants."""
    for tree in trees:
        for node in tree.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if (
                len(targets) == 1
                and isinstance(targets[0], ast.Name)
                and isinstance(node.value, ast.Dict)
            ):
                keys = node.value.keys
                if all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys):
                    texts = [str(k.value) for k in keys if isinstance(k, ast.Constant)]
                    pairs = zip(node.value.values, texts, strict=True)
                    yield targets[0].id, {id(v): text for v, text in pairs}
