"""Values that others wrote, cut to a length that a page can hold and made visible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text import visible

LONGEST = 20_000
"""characters of one text: a megabyte in a note is nothing that anybody reads"""
LINE = 400
"""characters of one line of a difference"""


def harmless(value: Any) -> Any:
    """A JSON value with every text in it cut and made visible, also the keys."""
    if isinstance(value, str):
        return visible(clipped(value))
    if isinstance(value, Mapping):
        return {harmless(key): harmless(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(inner) for inner in value]
    return value


def clipped(text: str, most: int = LONGEST) -> str:
    """The text, or its beginning with the number of characters that are left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters)"


def lines(diff: str) -> list[tuple[str, str]]:
    """[(class, line)] of a difference: file, hunk, add, del or the same."""
    return [(_sort(line), clipped(line, LINE)) for line in diff.splitlines()]


def _sort(line: str) -> str:
    if line.startswith(("diff ", "--- ", "+++ ", "new file", "deleted file")):
        return "file"
    if line.startswith("@@"):
        return "hunk"
    return {"+": "add", "-": "del"}.get(line[:1], "same")
