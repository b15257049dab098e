"""Questions to a syntax tree: dotted names, constants, paths that an expression spells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Names = Mapping[str, ast.expr]
"""{name: the expression that a module assigns to it}"""
HOME = Path.home()


def dotted(node: ast.expr) -> str:
    """`np.random.rand` of such an expression; the last part alone where it begins with a call."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else f".{node.attr}"
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
        yield dotted(node.func), node


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """An argument by its place or its name; None where it is not given."""
    if place < len(call.args):
        return call.args[place]
    return next((one.value for one in call.keywords if one.arg == name), None)


def constant(node: ast.expr | None) -> Any:
    """Value of a literal; None for anything else."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """Names that a module binds by a plain assignment, also inside its functions."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, node.value)
    return found


def path(node: ast.expr | None, names: Names, here: Path, depth: int = 0) -> Path | None:
    """The path that an expression spells; None where that is only known when it runs.

    here: the folder of the file. It reads texts, Path(...), `/`, os.path.join, expanduser,
    Path.home(), Path(__file__).parent and names of such values.
    """
    if node is None or depth > 20:
        return None
    if isinstance(node, ast.Constant):
        return Path(node.value) if isinstance(node.value, str) and node.value else None
    if isinstance(node, ast.Name):
        if node.id == "__file__":
            return here / "__file__"
        return path(names.get(node.id), names, here, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined([node.left, node.right], names, here, depth)
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        before = path(node.value, names, here, depth + 1)
        return before.parent if before else None
    return _called(node, names, here, depth) if isinstance(node, ast.Call) else None


def _called(node: ast.Call, names: Names, here: Path, depth: int) -> Path | None:
    name = dotted(node.func).rpartition(".")[2]
    if name == "home":
        return HOME
    if name in {"Path", "PurePath", "join"}:
        return _joined(node.args, names, here, depth)
    if name in {"expanduser", "abspath", "realpath", "dirname", "resolve", "absolute"}:
        inner = node.args[0] if node.args else getattr(node.func, "value", None)
        found = path(inner, names, here, depth + 1)
        if found is None:
            return None
        if name == "expanduser" and found.parts[:1] == ("~",):
            return HOME.joinpath(*found.parts[1:])
        return found.parent if name == "dirname" else found
    return None


def _joined(parts: list[ast.expr], names: Names, here: Path, depth: int) -> Path | None:
    found = [path(part, names, here, depth + 1) for part in parts]
    if not found or any(part is None for part in found):
        return None
    return Path(*[part for part in found if part is not None])


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported or started, functions and classes apart.

    Those below `if __name__ == "__main__"` are among them.
    """
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def guard(tree: ast.Module) -> ast.If | None:
    """The statement `if __name__ == "__main__":` of a module."""
    for node in tree.body:
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            return node
    return None


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
