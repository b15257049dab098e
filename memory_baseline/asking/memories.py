"""Memories as a prompt shows them: which of the turns that were found, in which order and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory_baseline.asking.prompts import put, read_prompt
from memory_baseline.ingest import Turn
from memory_baseline.retrieve import Hit


class Memories:
    """Words the turns of one conversation by the prompt `turn`, which may name of a turn its
    {speaker}, {content} ({text} and {caption}), {date} of the session, {pictures} and {id}."""

    def __init__(self, conversation: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self.form = read_prompt("turn")
        self.parameters = parameters
        self.dates: dict[str, str] = {}
        self.pictures: dict[str, list[str]] = {}
        self.places: dict[str, int] = {}
        for session in conversation["sessions"]:
            for raw in session["turns"]:
                self.dates[raw["id"]] = session["date"]
                self.pictures.setdefault(raw["id"], []).extend(raw.get("img_url") or ())
                self.places.setdefault(raw["id"], len(self.places))

    def of(self, hits: Sequence[Hit]) -> str:
        """The turns that were found, a line each."""
        turns = list(dict.fromkeys(turn for hit in hits for turn in hit.chunk))
        turns = turns[: self.parameters["max_memories"]]
        if self.parameters["memory_order"] == "time":
            turns.sort(key=lambda turn: self.places[turn.id])
        return "\n".join(map(self.word, turns))

    def word(self, turn: Turn) -> str:
        """A turn as one memory."""
        values = {
            "speaker": turn.speaker,
            "content": turn.content,
            "text": turn.text,
            "caption": turn.caption,
            "date": self.dates[turn.id],
            "pictures": ", ".join(self.pictures[turn.id]),
            "id": turn.id,
        }
        return put(self.form, values)
