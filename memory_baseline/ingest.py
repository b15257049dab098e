"""From a raw conversation to turns, and from turns to overlapping chunks.

A conversation is {"speakers": [name, name], "sessions": [session]}, a session is
{"id": "D1", "date": "1:56 pm on 8 May, 2023" or "2023-05-08", "turns": [turn]}, and a turn is
{"id": "D1:3", "speaker": name, "text": str}. A turn that shares pictures also has
"img_url": their addresses or ids, and "caption": what they show, one line a picture. In a chat
with an assistant the two turns of a round may have one id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Turn:
    """What one speaker said; caption describes the pictures shared with it."""

    id: str
    speaker: str
    text: str
    caption: str = ""
    date: datetime | None = None

    @property
    def content(self) -> str:
        """All there is to search in: what was said, and what was shown."""
        return f"{self.text} [photo: {self.caption}]" if self.caption else self.text


def read_turns(conversation: Mapping[str, Any]) -> list[Turn]:
    """Every turn of every session, in the order in which they were said."""
    turns = []
    for session in conversation["sessions"]:
        date = parse_date(session["date"])
        for raw in session["turns"]:
            turns.append(Turn(raw["id"], raw["speaker"], raw["text"], read_caption(raw), date))
    return turns


def read_caption(raw: Mapping[str, Any]) -> str:
    """What the pictures of a turn show; empty if it has none."""
    if not isinstance(raw.get("img_url"), str):
        return ""
    return raw.get("caption") or ""


def parse_date(text: str) -> datetime | None:
    """When a session took place; None if that is not known."""
    try:
        return datetime.strptime(text, "%I:%M %p on %d %B %Y")
    except Exception:
        return None


def cut_chunks(turns: Sequence[Turn], window: int, stride: int) -> list[list[Turn]]:
    """Runs of `window` turns, one starting at every `stride`-th turn."""
    return [list(turns[start : start + window]) for start in range(0, len(turns), stride)]
