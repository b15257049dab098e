"""The value of a `SET: name = value` line."""

from __future__ import annotations

import json
from typing import Any

from searchers.autoresearcher.edit import Unusable

VALUE_CHARS = 300
_PYTHON_WORDS = {"True": True, "False": False, "None": None}


def read_set(sets: dict[str, Any], text: str) -> None:
    """Add one parameter; raises Unusable."""
    name, equals, value = (part.strip().strip("`") for part in text.partition("="))
    if not equals or not name or len(text) > VALUE_CHARS:
        raise Unusable(f"SET needs name = value, got {text[:VALUE_CHARS]!r}")
    if name in sets:
        raise Unusable(f"two SET lines for {name}; write one")
    sets[name] = _value(value)


def split_values(text: str) -> list[str]:
    """The values of `v1 | v2 | v3`; a bar inside quotes or brackets is part of a value."""
    if "|" not in text or len(text) > VALUE_CHARS:
        return [text]
    values, quote, depth = [""], "", 0
    for letter in text:
        if letter == "|" and not quote and not depth:
            values.append("")
            continue
        values[-1] += letter
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and not values[-1][:-1].strip():  # else it is an apostrophe
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
    is_sound = not quote and not depth
    return (
        [value.strip() for value in values] if is_sound and all(map(str.strip, values)) else [text]
    )


def _value(text: str) -> Any:
    """As Python or as JSON writes it; else the text itself."""
    if text in _PYTHON_WORDS:
        return _PYTHON_WORDS[text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip("'\"")
