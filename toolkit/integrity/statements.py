"""Statements of a program: the texts, numbers and names in them, and where they stand."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

SHORT = 3  # characters of a text that may stand for a number
CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

SINGLE: dict[object, str] = {False: "0", True: "1", None: "n", ...: "e"}


@dataclass(frozen=True)
class Statement:
    """The constants of one statement, or a block of comments, or a file that is no Python.

    numbers: their digits; truth values, None and `...` are numbers, too. whole: all of it, by which
    it is known again. kind: "statement", "docstring", "comment" or "file".
    """

    path: str
    line: int
    whole: str
    texts: Sequence[str] = ()
    numbers: Sequence[str] = ()
    kind: str = "statement"

    def holding(self, texts: Sequence[str], numbers: Sequence[str]) -> Statement:
        """The same place with some of what it holds."""
        return replace(self, texts=texts, numbers=numbers)


@dataclass
class _Holder:
    node: ast.stmt
    texts: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


def statements(tree: Mapping[str, str]) -> list[Statement]:
    """Statements that hold anything, file by file.

    Docstrings and comments count, for a program can read them.
    """
    return [one for path, text in tree.items() for one in _of(path, text)]


def parsed(path: str, text: str) -> ast.Module | None:
    """Tree of a Python file; None for another file, or one that Python refuses."""
    if not path.endswith(".py"):
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def names(tree: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """{(path, name): first line}: every name that a program gives or uses."""
    found: dict[tuple[str, str], int] = {}
    for path, text in tree.items():
        for node in ast.walk(parsed(path, text) or ast.Module([], [])):
            for key in ("id", "attr", "arg", "name", "asname"):
                value = getattr(node, key, None)
                if isinstance(value, str):
                    found.setdefault((path, value), getattr(node, "lineno", 1))
    return found


def name_words(name: str) -> str:
    """snake_case and camelCase as words."""
    return " ".join(CAMEL.findall(name)) if name.isascii() else name


def _of(path: str, text: str) -> Iterator[Statement]:
    tree = parsed(path, text)
    if tree is None:
        lines = text.splitlines()
        if lines:
            yield Statement(path, 1, text, lines, kind="file")
        return
    lines = text.splitlines()
    for holder in _holders(tree):
        if holder.texts or holder.numbers:
            node = holder.node
            kind = "docstring" if _is_idle(node) else "statement"
            whole = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            yield Statement(path, node.lineno, whole, holder.texts, holder.numbers, kind)
    yield from _comments(path, text)


def _holders(tree: ast.Module) -> list[_Holder]:
    """Innermost statement of each constant."""
    found: list[_Holder] = []
    waiting: list[tuple[ast.AST, _Holder | None]] = [(tree, None)]
    while waiting:
        node, holder = waiting.pop()
        if isinstance(node, ast.stmt):
            holder = _Holder(node)
            found.append(holder)
        elif isinstance(node, ast.Constant) and holder is not None:
            _hold(holder, node.value)
        waiting += [(child, holder) for child in reversed(list(ast.iter_child_nodes(node)))]
    return found


def _is_idle(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _hold(holder: _Holder, value: object) -> None:
    if isinstance(value, str):
        holder.texts.append(value)
    elif isinstance(value, bytes):
        holder.texts.append(value.decode("latin-1"))
    elif isinstance(value, bool | None) or value is ...:
        holder.numbers.append(SINGLE[value])
    elif isinstance(value, int | float | complex):
        holder.numbers.append(_digits(value))


def _digits(value: complex) -> str:
    """Digits of a number of any size: int() refuses to write one of 4,300 digits."""
    text = hex(value) if isinstance(value, int) else repr(value)
    return re.sub(r"[^0-9a-z]", "", text.removeprefix("0x"))


def _comments(path: str, text: str) -> Iterator[Statement]:
    """Comments on lines that follow each other are one."""
    block: list[tuple[int, str]] = []
    for line, comment in [*_comment_lines(text), (-1, "")]:
        if block and line != block[-1][0] + 1:
            texts = [said for _, said in block]
            yield Statement(path, block[0][0], "\n".join(texts), texts, kind="comment")
            block = []
        block.append((line, comment))


def _comment_lines(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string.lstrip("#").strip()
    except (tokenize.TokenError, SyntaxError):  # ast and tokenize differ at the edges
        return


def added(tree: Mapping[str, str], pristine: Mapping[str, str]) -> list[Statement]:
    """Statements that are new, each with those texts and numbers that are."""
    before = statements(pristine)
    wholes = {one.whole for one in before}
    texts = Counter(text for one in before for text in one.texts)
    numbers = Counter(number for one in before for number in one.numbers)
    return [
        one.holding(
            [text for text in one.texts if _anew(text, texts)],
            _beyond(one.numbers, numbers),
        )
        for one in statements(tree)
        if one.whole not in wholes
    ]


def _anew(text: str, known: Counter[str]) -> bool:
    """True if a text is new; a text as short as a number also counts where it is repeated."""
    if text not in known:
        return True
    return len(text) <= SHORT and bool(_beyond([text], known))


def _beyond(some: Sequence[str], known: Counter[str]) -> list[str]:
    """Things that occur more often than is known, in order; each of them uses up what is known.

    Else the numbers of the pristine program could be said again in every statement.
    """
    found = []
    for one in some:
        if known[one]:
            known[one] -= 1
        else:
            found.append(one)
    return found
