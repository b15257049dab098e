"""Limits on one reply, as its form tells them and as it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Most edits, alternatives of an edit, values of a grid, questions, items of an answer, and
    characters of notes and of the reason for a stop that are read.
    """

    edits: int = 8
    alternatives: int = 3
    values: int = 4
    looks: int = 6
    items: int = 20
    notes_chars: int = 4000
    stop_chars: int = 300


LIMITS = Limits()
