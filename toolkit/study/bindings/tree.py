"""Python files as trees whose nodes know where they stand in the text."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ...errors import near_misses
from . import literals
from .place import Files, Gone, Missing, Slot, Text, file

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One parsed file."""

    path: str
    source: Text
    body: Sequence[ast.stmt]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.source.lines():
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def _lines(self) -> list[str]:
        return self.source.lines()

    def offset(self, line: int, column: int) -> int:
        """Offset in the text; a tree counts columns in bytes of UTF-8."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return self._starts[line - 1] + len(text.encode()[:column].decode())

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Start and end of an expression, with the parentheses that a tuple is written in."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self.offset(node.lineno, node.col_offset)
        return start, self.offset(node.end_lineno, node.end_col_offset)

    def slot(self, node: ast.expr, *, inside: bool = False) -> Slot:
        """Slot of an expression, to be written as Python. inside: it is part of a larger one."""
        start, end = self.span(node)
        text, found = self.source.text, literals.value(node)
        plain = self.source.encoding != "utf-8"
        before, after = text[start - 1 : start], text[end : end + 1]

        def write(value: Any) -> str:
            made = literals.written(value, like=found, plain=plain)
            made = f"({made})" if inside and made.startswith("-") else made
            # as in `return-1` and `0.3if x else y`
            made = f" {made}" if _is_word(before) and _is_word(made[0]) else made
            return f"{made} " if _is_word(after) and _is_word(made[-1]) else made

        return Slot(self.path, start, end, node.lineno, found, write, text[start:end])

    def comment(self, node: ast.expr) -> str:
        return self.source.comment(self.span(node)[1])


def module(files: Files, path: str) -> Module:
    """One file of a program, parsed; raises Gone where it is not there or is no Python."""
    if path not in files:
        raise Missing(f"there is no file {path}", near_misses(path, files))
    return _parsed(path, files[path])


@lru_cache(maxsize=64)
def _parsed(path: str, content: bytes) -> Module:
    source = file({path: content}, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Module(path, source, ast.parse(source.text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Gone(f"{path} is no Python that can be read: {error}") from error


def modules(files: Files) -> Iterator[Module]:
    """Every Python file that can be parsed."""
    for path in sorted(files):
        if path.endswith(".py"):
            try:
                yield module(files, path)
            except Gone:
                continue


def inner(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body in their order, with those in its branches and loops, in no scope."""
    for node in body:
        yield node
        if not isinstance(node, Function | ast.ClassDef):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    yield from inner([child])
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from inner(child.body)


def scopes(body: Sequence[ast.stmt], name: str) -> list[Function | ast.ClassDef]:
    """Functions and classes of that name, right in a body."""
    return [n for n in inner(body) if isinstance(n, Function | ast.ClassDef) and n.name == name]


def _is_word(letter: str) -> bool:
    return letter == "_" or letter.isalnum()
