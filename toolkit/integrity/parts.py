"""List items of an answer that is written with commas."""

from __future__ import annotations

from typing import Any

from .words import strings


def count(answer: Any) -> int:
    """Number of comma-separated items of an answer that are not blank."""
    text = ", ".join(strings(answer))
    return sum(bool(part.strip()) for part in text.split(","))
