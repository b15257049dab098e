"""Parts of an answer, as in a list with commas."""

from __future__ import annotations

from typing import Any

from .words import strings


def count(answer: Any) -> int:
    """How many comma-separated parts an answer has that are not blank."""
    text = ", ".join(strings(answer))
    return sum(bool(part.strip()) for part in text.split(","))
