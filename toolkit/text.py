"""Text that a model, a plugin, a study or a program wrote, made harmless for people to look at."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

SHORT_CHARS = 200
_ORDERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""categories that a terminal may obey: controls, marks of direction, half characters, line ends"""
_WANTED = {"\n", "\t", "\u00ad", "\u200c", "\u200d"}
"""line ends and tabs; soft hyphens and joiners, which scripts and emoji are written with"""


def visible(text: str) -> str:
    r"""The text with `\x1b` in place of an escape character, so that no terminal obeys it."""
    if text.isprintable():
        return text
    return "".join(_shown(one) for one in text.replace("\r\n", "\n"))


def visible_in(value: Any) -> Any:
    """A JSON value with every text in it made visible, also the keys."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible_in(key): visible_in(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [visible_in(inner) for inner in value]
    return value


def visible_json(text: str) -> str:
    r"""JSON text with `\u009b` in place of what a terminal would obey; it means the same."""
    if text.isprintable():
        return text
    return "".join(json.dumps(one)[1:-1] if is_order(one) else one for one in text)


def short(value: Any) -> str:
    """A value as Python writes it, for a message: no longer than one reads.

    The value may be somebody's: Python refuses to write some, and their own repr may raise.
    """
    try:
        text = visible(repr(value))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return f"a value of type {type(value).__name__} that cannot be written"
    return text if len(text) <= SHORT_CHARS else f"{text[:SHORT_CHARS]}…"


def plain(value: Any) -> str:
    """A text as it is; of anything else what Python writes."""
    return value if isinstance(value, str) else short(value)


def said(error: BaseException) -> str:
    """Message of an exception; its class may be somebody's whose own text raises."""
    try:
        return visible(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(its text cannot be had)"


def is_order(character: str) -> bool:
    """True if a character steers a screen or cannot be encoded, instead of being seen."""
    return character not in _WANTED and unicodedata.category(character) in _ORDERS


def _shown(character: str) -> str:
    return ascii(character)[1:-1] if is_order(character) else character
