"""Reads of parameters in a program, and whether it could come by their values in any other way.

A read that is replaced by a literal equals a parameter set to that value only if all reads of the
parameter are known (flow.py).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .flow import Flow, carrier, key_read


@dataclass
class Reads:
    """Nodes that read parameters, by name and by id.

    sites: {parameter: nodes that read it}; parameter_of: {id of such a node: parameter};
    default_of: {id of the node of a default value: parameter}. closed: True if these are all the
    ways in which the program can see a parameter.
    """

    closed: bool = False
    sites: dict[str, list[ast.AST]] = field(default_factory=dict)
    parameter_of: dict[int, str] = field(default_factory=dict)
    default_of: dict[int, str] = field(default_factory=dict)


def find(trees: Collection[ast.Module], declared: Collection[str]) -> Reads:
    """The reads of the declared parameters in a whole program."""
    found = Reads()
    nodes = [node for tree in trees for node in _walk(tree)]
    carriers: set[str] = set()
    for node in nodes:
        read = key_read(node)
        if read and read[1] in declared:
            base, name, default = read
            carriers.add(carrier(base))
            found.sites.setdefault(name, []).append(node)
            found.parameter_of[id(node)] = name
            if default is not None:
                found.default_of[id(default)] = name
    # a read of anything but a name (`load()["top_k"]`) is of a dictionary that nobody can follow
    if "" not in carriers and carriers:
        flow = Flow(trees, nodes, carriers, declared)
        found.closed = flow.closed()
        found.default_of |= flow.default_of
    return found


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a tree without annotations, which name classes and do not call them."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns") and _is_plain(value):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _is_plain(annotation: ast.AST | None) -> bool:
    return annotation is not None and not any(isinstance(n, ast.Call) for n in ast.walk(annotation))
