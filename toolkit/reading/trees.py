"""Differences of two versions of a program, found by walking their trees side by side."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module


@dataclass(frozen=True)
class Difference:
    """Place where two trees differ, as narrow as possible. way: the nodes above, outermost first.

    before and after are runs of neighbouring nodes; one of them is empty where nodes were added
    or taken away.
    """

    before: tuple[ast.AST, ...]
    after: tuple[ast.AST, ...]
    way: tuple[tuple[ast.AST, str], ...] = ()

    @property
    def swap(self) -> tuple[ast.AST, ast.AST] | None:
        """Pair of nodes of which one replaces the other; None where there is no such pair."""
        both = len(self.before) == len(self.after) == 1
        return (self.before[0], self.after[0]) if both else None

    @property
    def size(self) -> int:
        """Number of nodes of the larger side."""
        return max(size(*self.before), size(*self.after))


def parse(text: str) -> ast.Module | None:
    """Module without docstrings, negative numbers as constants; None if the text is no Python.

    Also None where Python cannot write the tree down again: a number of 4,301 digits in hexadecimal
    is read but not printed, and an expression can be nested too deep for that.
    """
    try:
        folded: ast.Module = _Fold().visit(_without_docstrings(ast.parse(text)))
        ast.dump(folded)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return folded


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, Scope) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree


class _Fold(ast.NodeTransformer):
    """Folding of `-1` into one constant, so that a changed sign is a changed number."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant):
            value = operand.value
            if isinstance(value, int | float | complex) and not isinstance(value, bool):
                return ast.copy_location(ast.Constant(-value), node)
        return node


def parse_all(files: Mapping[str, str]) -> dict[str, ast.Module | None]:
    """{path: tree} of the Python files."""
    return {path: parse(text) for path, text in files.items() if path.endswith(".py")}


def dump(node: ast.AST | Sequence[ast.AST]) -> str:
    """Text that is equal for equal code; it tells 1, 1.0 and True apart, as `==` does not."""
    if isinstance(node, ast.AST):
        return ast.dump(node)
    return "\n".join(map(ast.dump, node))


def size(*nodes: ast.AST) -> int:
    """Number of AST nodes, without the contexts and operators that every expression carries."""
    slight = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
    return sum(not isinstance(inner, slight) for node in nodes for inner in ast.walk(node))


def places(
    before: ast.AST, after: ast.AST, way: tuple[tuple[ast.AST, str], ...] = ()
) -> Iterator[Difference]:
    """Places where two trees differ."""
    if type(before) is not type(after) or _differs_itself(before, after) or _wraps(before, after):
        yield Difference((before,), (after,), way)
        return
    for field, old in ast.iter_fields(before):
        new = getattr(after, field)
        inner = (*way, (after, field))
        if isinstance(old, list):
            yield from _places_in_lists(old, new, inner)
        elif isinstance(old, ast.AST) and isinstance(new, ast.AST):
            yield from places(old, new, inner)
        elif isinstance(old, ast.AST) or isinstance(new, ast.AST):
            yield Difference(_some(old), _some(new), inner)


def _wraps(before: ast.AST, after: ast.AST) -> bool:
    """True if one of two expressions contains the other: it was wrapped or unwrapped."""
    if not isinstance(before, ast.BinOp | ast.BoolOp | ast.Call | ast.IfExp):
        return False
    inner, outer = (before, after) if size(before) < size(after) else (after, before)
    wanted = dump(inner)
    return any(dump(node) == wanted for node in ast.walk(outer) if node is not outer)


def _some(node: object) -> tuple[ast.AST, ...]:
    return (node,) if isinstance(node, ast.AST) else ()


def _differs_itself(before: ast.AST, after: ast.AST) -> bool:
    """True if two nodes differ in a name, a constant or the like: in no node below them."""
    for field, old in ast.iter_fields(before):
        new = getattr(after, field)
        plain = not isinstance(old, ast.AST | list) and not isinstance(new, ast.AST | list)
        if plain and (type(old) is not type(new) or repr(old) != repr(new)):
            return True
        if _texts(old) != _texts(new):
            return True
    return False


def _texts(value: object) -> list[str]:
    """Names in a list that holds no nodes, as `global` has."""
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []


def _places_in_lists(
    old: list[ast.AST | None], new: list[ast.AST | None], way: tuple[tuple[ast.AST, str], ...]
) -> Iterator[Difference]:
    values = not any(isinstance(node, ast.stmt) for node in old)
    if values and [type(node) for node in old] == [type(node) for node in new]:
        for one, other in zip(old, new, strict=True):
            if one is not None and other is not None:
                yield from places(one, other, way)
        return
    left, right = ([_key(node) for node in nodes] for nodes in (old, new))
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for tag, low, high, start, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, come = _nodes(old[low:high]), _nodes(new[start:end])
        if len(gone) == len(come) and high - low == len(gone) == end - start:
            for one, other in zip(gone, come, strict=True):
                yield from places(one, other, way)
        else:
            yield Difference(gone, come, way)


def _key(node: object) -> str:
    return dump(node) if isinstance(node, ast.AST) else repr(node)


def _nodes(values: Sequence[object]) -> tuple[ast.AST, ...]:
    return tuple(value for value in values if isinstance(value, ast.AST))
