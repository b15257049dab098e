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


def _value(text: str) -> Any:
    """As Python or as JSON writes it; else the text itself."""
    if text in _PYTHON_WORDS:
        return _PYTHON_WORDS[text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip("'\"")
