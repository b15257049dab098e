"""Words and token n-grams of texts, of JSON and of the string literals of a program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..study.stemming import porter_stemmer

TOKEN = re.compile(r"\w+")
WORD = re.compile(r"[^\W\d_]{3,}")
# the "b" of \b in a regular expression is no letter of the word that follows
ESCAPE = re.compile(r"\\[A-Za-z]")


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text.lower())


def words(text: str) -> list[str]:
    """Runs of three letters or more, in lower case."""
    return WORD.findall(ESCAPE.sub(" ", text).lower())


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Porter's stem: "cats" is known where "cat" is."""
    return _stemmer().stem(word)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    return porter_stemmer()


def stems(texts: Iterable[str]) -> set[str]:
    return {stem(word) for word in {word for text in texts for word in words(text)}}


def strings(value: Any) -> Iterator[str]:
    """Texts inside a JSON value; numbers as they are written, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, Iterable):
        for inner in value:
            yield from strings(inner)
    elif value is not None:
        yield str(value)


def has_text(value: Any) -> bool:
    """True if a JSON value holds a text that is not blank, and not only numbers."""
    if isinstance(value, str):
        return bool(value.strip())
    inner = value.values() if isinstance(value, Mapping) else value
    return isinstance(inner, Iterable) and any(has_text(one) for one in inner)


def literals(path: str, text: str) -> list[str]:
    """A program's texts and bytes without docstrings; any other file is its lines.

    So is a .py file that Python cannot read: nothing imports it, but a program may open it.
    """
    try:
        tree = ast.parse(text) if path.endswith(".py") else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        return text.splitlines()
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in idle
    )
    return [
        one if isinstance(one, str) else one.decode("utf-8", "replace")
        for one in found
        if isinstance(one, str | bytes)
    ]
