"""A program without some words: each is replaced, in every string literal, by a made-up one.

Replaced, not deleted: `(?:oslo|park)` without the word would be `(?:|park)`, which fits anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping
from string import ascii_lowercase


def without(tree: Mapping[str, str], words: Collection[str]) -> dict[str, str]:
    """{path: text}; a Python file that is touched loses its comments and its layout.

    Raises ValueError where a file cannot be written back.
    """
    replace = replacer(words)
    return {path: _file(path, text, replace) for path, text in tree.items()}


def replacer(words: Collection[str]) -> Callable[[str], str]:
    """A function that puts made-up words in the place of these, whatever their case."""
    made_up = {word: _made_up(number) for number, word in enumerate(sorted(words))}
    any_of_them = "|".join(map(re.escape, words))
    # after \b and its like a word begins, though a letter stands before it
    pattern = re.compile(
        rf"(?:(?<=\\[A-Za-z])|(?<![^\W\d_]))(?:{any_of_them})(?![^\W\d_])", re.IGNORECASE
    )
    return lambda text: pattern.sub(lambda found: made_up[found[0].lower()], text)


def _made_up(number: int) -> str:
    """0 -> "zqqa", 25 -> "zqqz", 26 -> "zqqba": a word that nobody says, one for each number."""
    text = ""
    while True:
        number, digit = divmod(number, 26)
        text = ascii_lowercase[digit] + text
        if not number:
            return f"zqq{text}"


def _file(path: str, text: str, replace: Callable[[str], str]) -> str:
    try:
        tree = ast.parse(text) if path.endswith(".py") else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None  # nothing imports it, but a program may open it
    if tree is None:
        return replace(text)
    touched = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = _value(node.value, replace)
            touched |= value != node.value
            node.value = value
    try:
        return ast.unparse(tree) + "\n" if touched else text
    except RecursionError as error:  # it runs, but is nested too deep to be written down
        raise ValueError(f"{path} is nested too deep") from error


def _value(value: str | bytes, replace: Callable[[str], str]) -> str | bytes:
    """Bytes that are no UTF-8 hold no word that could be found in them."""
    if isinstance(value, str):
        return replace(value)
    try:
        return replace(value.decode()).encode()
    except UnicodeDecodeError:
        return value
