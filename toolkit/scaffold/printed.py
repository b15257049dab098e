"""Numbers with a name that a program prints or leaves in a JSON file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import clocks
from .folder import Module
from .syntax import Names, argument, assigned, calls, constant, path

NUMBER = r"([-+]?(?:nan|inf|[\d.]+(?:e[-+]?\d+)?))"
"""nan is among them: a pattern that passes over it would take an earlier number for the last"""
_LABEL = re.compile(
    r"(?:^|[\s|,;(\[{\"'])(?P<label>[A-Za-z][\w@./\- ]*?)(?P<gap>[\"')]*\s*[:=]?\s*)$"
)
_FIELDS = re.compile(r"[|,;\t\n(\[]|\s-\s|->")
_NOT_NUMBERS = (ast.Compare, ast.BoolOp, ast.JoinedStr, ast.Dict, ast.List, ast.Tuple, ast.ListComp)
_TEXTS = {"str", "repr", "join", "strftime", "strip", "upper", "lower", "title", "describe"}
RESULT = "result"
"""name of a number that is printed without one"""
_SUMS = (ast.BinOp, ast.IfExp, ast.Name)
_SHOWN_AS_TEXT = (ord("r"), ord("a"), ord("s"))
_WORDS_BEFORE = 3


@dataclass(frozen=True)
class Printed:
    """A number that a module shows. pattern: finds it in what the program prints.

    looped: it is printed again and again; clocked: it follows from what a clock says. Where file is
    not empty, it stands there under the key.
    """

    name: str
    path: str
    line: int
    pattern: str = ""
    looped: bool = False
    clocked: bool = False
    file: str = ""
    key: str = ""


@dataclass(frozen=True)
class _Piece:
    """A stretch of a printed line: a text, or (hole) a value between texts."""

    text: str
    hole: ast.expr | None = None
    spec: str = ""


def read(module: Module) -> list[Printed]:
    """Numbers that a module prints or dumps, in the order of its text."""
    names, looped, timed = assigned(module.tree), _looped(module.tree), clocks.names(module.tree)
    found: list[Printed] = []
    for name, call in calls(module.tree):
        inside = id(call) in looped
        if name in {"print", "click.echo", "sys.stdout.write", "rich.print", "tqdm.write"}:
            for label, pattern, value in _labels(call, names):
                clocked = clocks.follows(value, timed)
                found.append(
                    Printed(label, module.path, call.lineno, pattern, inside, clocked=clocked)
                )
        elif name in {"json.dump", "yaml.dump", "yaml.safe_dump"} or name.endswith(".write_text"):
            found += _dumped(module, call, names)
    return found


def _looped(tree: ast.Module) -> set[int]:
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    return {id(node) for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Call)}


def _labels(call: ast.Call, names: Names) -> Iterator[tuple[str, str, ast.expr]]:
    """(name, pattern, value) of each number that one call prints."""
    if len(call.args) == 1 and isinstance(call.args[0], ast.Call):
        inner = call.args[0]
        if ast.unparse(inner.func) == "json.dumps" and inner.args:
            for key in keys(inner.args[0], names):
                yield key, rf'"{re.escape(key)}":\s*{NUMBER}', inner.args[0]
            return
    pieces = list(_pieces(call))
    if len(pieces) == 1 and isinstance(pieces[0].hole, _SUMS):
        yield bare(pieces[0].hole), rf"^\s*{NUMBER}\s*$", pieces[0].hole
        return
    before = ""
    for piece in pieces:
        if piece.hole is None:
            before += piece.text
            continue
        named = _named(before)
        if named and _may_be_number(piece):
            yield *named, piece.hole
        before += "\0"  # a label never reaches over a value


def bare(value: ast.expr) -> str:
    """Name of a number that is printed by itself: that of the variable, else "result"."""
    return value.id if isinstance(value, ast.Name) else RESULT


def _pieces(call: ast.Call) -> Iterator[_Piece]:
    for place, node in enumerate(call.args):
        if place:
            yield _Piece(" ")
        yield from _of(node)


def _of(node: ast.expr) -> Iterator[_Piece]:
    """Pieces of one argument: f-string, "…".format(…), "…" % …, text or value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _Piece(node.value)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                spec = ast.unparse(part.format_spec) if part.format_spec else ""
                text = "r" if part.conversion in _SHOWN_AS_TEXT else spec.strip("'\"f")
                yield _Piece("", part.value, text)
            else:
                yield from _of(part)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _of(node.left)
        yield from _of(node.right)
    elif _template(node):
        yield from _filled(node)
    else:
        yield _Piece("", _unwrapped(node))


def _unwrapped(node: ast.expr) -> ast.expr:
    """The value in str(value), beside whose text it is printed."""
    is_text = isinstance(node, ast.Call) and ast.unparse(node.func) == "str" and node.args
    return node.args[0] if isinstance(node, ast.Call) and is_text else node


def _template(node: ast.expr) -> str:
    """Text with places for values of `"…" % …` or `"…".format(…)`; empty for anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = constant(node.left)
        return text if isinstance(text, str) else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        text = constant(node.func.value) if node.func.attr == "format" else None
        return text if isinstance(text, str) else ""
    return ""


def _filled(node: ast.expr) -> Iterator[_Piece]:
    if isinstance(node, ast.BinOp):
        right = node.right
        values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
        place = re.compile(r"%[-+ #0-9.]*([a-zA-Z])")
    else:
        assert isinstance(node, ast.Call)
        values, place = list(node.args), re.compile(r"\{[^{}]*?(?::([^{}]*))?\}")
    text, at = _template(node), 0
    for number, match in enumerate(place.finditer(text)):
        yield _Piece(text[at : match.start()])
        value = values[number] if number < len(values) else ast.Name("value")
        yield _Piece("", value, match.group(1) or "")
        at = match.end()
    yield _Piece(text[at:])


def _named(before: str) -> tuple[str, str] | None:
    """(name, pattern) of the number that follows a text; None where no word stands before it."""
    line = before.rpartition("\n")[2].rpartition("\0")[2]
    starts = [match.end() for match in _FIELDS.finditer(line)]
    field = line[starts[-1] :] if starts and line[starts[-1] :].strip() else line
    match = _LABEL.search(field) or _LABEL.search(line)
    if match is None:
        return None
    label, gap = match["label"].strip(), match["gap"]
    if len(label.split()) > _WORDS_BEFORE + 1:
        label = " ".join(label.split()[-_WORDS_BEFORE:])
    words = r"\s+".join(map(_escaped, label.split()))
    sign = re.sub(r"\s+", "", gap)
    between = r"\s*" if sign and gap[:1].isspace() else ""
    return label, rf"\b{words}{between}{_escaped(sign)}\s*{NUMBER}"


def _escaped(text: str) -> str:
    """A text as a pattern, without the escapes that no reader needs."""
    return re.escape(text).replace(r"\-", "-").replace(r"\@", "@").replace(r"\/", "/")


def _may_be_number(piece: _Piece) -> bool:
    value = piece.hole
    if piece.spec[-1:] in {"s", "r"} or "," in piece.spec or isinstance(value, _NOT_NUMBERS):
        return False
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] not in _TEXTS
    return True


def keys(node: ast.expr, names: Names) -> list[str]:
    """Keys of a dictionary that a literal, or the name of one, gives."""
    if isinstance(node, ast.Name):
        known = names.get(node.id)
        return keys(known, {}) if known is not None else []
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
        return [one.arg for one in node.keywords if one.arg]
    if not isinstance(node, ast.Dict):
        return []
    literal = [(constant(key), value) for key, value in zip(node.keys, node.values, strict=True)]
    return [key for key, value in literal if isinstance(key, str) and not _is_text(value)]


def _is_text(node: ast.expr) -> bool:
    return isinstance(constant(node), str | list | tuple | dict) or isinstance(node, ast.JoinedStr)


def _dumped(module: Module, call: ast.Call, names: Names) -> Sequence[Printed]:
    """Numbers of a dictionary that is written to a JSON file whose name stands in the code."""
    if ast.unparse(call.func).endswith(".write_text"):
        inner = argument(call, 0, "data")
        if not isinstance(inner, ast.Call) or ast.unparse(inner.func) != "json.dumps":
            return []
        value = argument(inner, 0, "obj")
        where = call.func.value if isinstance(call.func, ast.Attribute) else None
    else:
        value, where = argument(call, 0, "obj"), _opened(module.tree, argument(call, 1, "fp"))
    file = path(where, names, _here(module))
    if value is None or file is None or file.suffix not in {".json", ".yaml", ".yml"}:
        return []
    return [
        Printed(key, module.path, call.lineno, file=file.as_posix(), key=key)
        for key in keys(value, names)
    ]


def _here(module: Module) -> Path:
    return Path(module.path).parent


def _opened(tree: ast.Module, handle: ast.expr | None) -> ast.expr | None:
    """Path that was opened as a handle: `with open(PATH, "w") as handle`, or open(…) itself."""
    if isinstance(handle, ast.Call):
        return _opens(handle)
    if not isinstance(handle, ast.Name):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.withitem) or not isinstance(node.context_expr, ast.Call):
            continue
        if isinstance(node.optional_vars, ast.Name) and node.optional_vars.id == handle.id:
            return _opens(node.context_expr)
    return None


def _opens(call: ast.Call) -> ast.expr | None:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "open":
        return call.func.value
    return argument(call, 0, "file")
