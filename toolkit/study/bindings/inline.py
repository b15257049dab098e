"""Literals inside functions: `pack.py:construct#0.3`, and `#0.3@2` for the second of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ...records import is_number, same
from . import literals
from .place import UNKNOWN, Files, Gone, Missing, Place, Slot
from .tree import Function, Module, module, modules, scopes

_BEGIN = re.compile(r"([A-Z][\w-]*-BLOCK|[A-Z][\w-]*)-START\b")
_END = "{}-END"


def found(files: Files, path: str, function: str, literal: str) -> list[Slot]:
    """Slots of every such literal in a function (all of the file where it is ""), in their order.

    Raises Gone where there is no such file or function, and ValueError where it is no literal.
    """
    wanted = ast.parse(literal.strip(), mode="eval").body
    value = literals.value(wanted)
    home = module(files, path)
    nodes = _nodes(_body(home, function), spelt=isinstance(wanted, ast.BinOp))
    alike = [node for node in nodes if same(literals.value(node), value)]
    kept = [
        one for one in alike if isinstance(literals.value(one), tuple) == isinstance(value, tuple)
    ]
    return [home.slot(node, inside=True) for node in kept]


def slot(files: Files, path: str, function: str, literal: str, place: int, of: int) -> Slot:
    """Slot of the literal that is meant. place: its number, 0 where it is the only one; of: how
    many there are in the unchanged program, 0 where nobody knows. Raises Gone.
    """
    slots = found(files, path, function, literal)
    where = f"{path}: {function}" if function else path
    if not slots:
        raise Missing(f"{where} has no literal {literal}")
    if not place and len(slots) > 1:
        lines = ", ".join(str(one.line) for one in slots)
        raise Gone(
            f"{where} has {len(slots)} literals {literal} (lines {lines}): say which is meant by "
            f"#{literal}@1 to #{literal}@{len(slots)}"
        )
    if place > len(slots) or (of and len(slots) != of):
        had = f" where {of} were" if of else f", so there is no #{literal}@{place}"
        raise Gone(f"{where} has {len(slots)} literal(s) {literal}{had}")
    return slots[max(0, place - 1)]


def _body(home: Module, function: str) -> Sequence[ast.stmt]:
    body: Sequence[ast.stmt] = home.body
    for name in filter(None, function.split(".")):
        named = scopes(body, name)
        if not named:
            raise Missing(f"{home.path} defines no function {function}")
        if len(named) > 1:
            raise Gone(f"{home.path} defines {function} {len(named)} times")
        body = named[0].body
    return body


def _nodes(body: Sequence[ast.stmt], *, spelt: bool) -> list[ast.expr]:
    """Literals of a body. spelt: also those that an expression such as `2**19` computes."""
    kept = [node for one in body for node in _literals(one) if spelt or not _computes(node)]
    return sorted(kept, key=lambda node: (node.lineno, node.col_offset))


def _literals(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.JoinedStr):  # no place of its own in Python 3.11
        return
    if isinstance(node, ast.expr) and literals.value(node) is not UNKNOWN:
        yield node
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            return  # `-1` holds no literal 1
    for child in _children(node):
        yield from _literals(child)


def _computes(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Children that are no annotation and no docstring."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            text = child.value if isinstance(child, ast.Expr) else None
            is_text = isinstance(text, ast.Constant) and isinstance(text.value, str)
            if isinstance(child, ast.AST) and not is_text:
                yield child


def places(files: Files) -> Iterator[Place]:
    """Numbers inside blocks that comments mark, as `EVOLVE-BLOCK-START` and `-END` do."""
    for home in modules(files):
        blocks = list(marked(home.source.text))
        if blocks:
            yield from _listed(home, home.body, "", blocks)


def marked(text: str) -> Iterator[tuple[int, int]]:
    """(first line, last line) between the markers of each block."""
    for first, last, _ in _blocks(text):
        yield first, last


def names(text: str) -> Iterator[str]:
    """Beginning of the markers of each block."""
    for _, _, name in _blocks(text):
        yield name


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    begun: tuple[int, str] | None = None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        start = _BEGIN.search(line) if line.lstrip().startswith(("#", "//")) else None
        if begun is None and start:
            begun = number + 1, start[1]
        elif begun is not None and _END.format(begun[1]) in line:
            yield begun[0], number - 1, begun[1]
            begun = None


def _listed(
    home: Module, body: Sequence[ast.stmt], way: str, blocks: Sequence[tuple[int, int]]
) -> Iterator[Place]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef):
            name = f"{way}{node.name}"
            if isinstance(node, Function):
                yield from _in_function(home, node, name, blocks)
            else:
                yield from _listed(home, node.body, f"{name}.", blocks)


def _in_function(
    home: Module, node: Function, name: str, blocks: Sequence[tuple[int, int]]
) -> Iterator[Place]:
    nodes = [one for one in _nodes(node.body, spelt=False) if is_number(literals.value(one))]
    spelt = [home.slot(one).raw for one in nodes]
    for number, one in enumerate(nodes):
        if any(first <= one.lineno <= last for first, last in blocks):
            alike = [
                n
                for n, other in enumerate(nodes)
                if same(literals.value(other), literals.value(one))
            ]
            which = f"@{alike.index(number) + 1}" if len(alike) > 1 else ""
            at = f"{home.path}:{name}#{spelt[number]}{which}"
            yield Place(at, literals.value(one), home.comment(one), one.lineno, "literal")


def everywhere(files: Files) -> Iterator[Place]:
    """Numbers inside all functions, marked or not."""
    for home in modules(files):
        yield from _listed(home, home.body, "", [(1, len(home.source.text))])
