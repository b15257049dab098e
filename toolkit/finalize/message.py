"""Messages of commits and patches: hypothesis, causal gain and interval, needs.

A hypothesis is a model's or a stranger's text. It stands in quoted lines, so that no tool takes one
of them for a header, a trailer, a separator or a diff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap
from typing import Any

from ..report.wording import Wording
from ..text import visible
from .pieces import Piece
from .series import Series, Stage, Step

SUBJECT_CHARS = 72
NOTE_CHARS = 4000
WIDTH = 76
_QUOTE = "> "
_SAID: Mapping[Stage, str] = {
    "start": "The study's starting patch: what the searchers began with.",
    "decided": "",
    "undecided": "The gain of this part is not decided: its interval holds zero.",
    "losing": "This part loses, or needs a part that loses.",
}


@dataclass(frozen=True)
class Words:
    """Words of one run for its messages. run: name of its folder."""

    run: str
    series: Series
    wording: Wording

    def subject(self, step: Step) -> str:
        """First line: never empty, never more than one line."""
        if not step.pieces:
            return "Starting patch of the study"
        names = ", ".join(map(named, step.pieces))
        labels = ", ".join(dict.fromkeys(_label(piece) for piece in step.pieces))
        head = f"{names} ({labels})"
        note = one_line(step.pieces[0].part.note)
        return shorten(f"{head}: {note}" if note else head, SUBJECT_CHARS, placeholder="…")

    def body(self, step: Step) -> str:
        """Paragraphs under the subject."""
        found = [_SAID[step.stage]] if step.pieces or step.stage == "start" else []
        if step.because:
            found = [f"It is here because {_listed(step.because)} cannot do without it."]
        if step.pieces and not self.series.measured:
            found = [
                "Nobody has measured what this part gains; "
                f"`toolkit attribute {visible(self.run)}` does."
            ]
        for piece in step.pieces:
            found += self._of(piece)
        found += [f"No file of the program holds this. {line}" for line in step.beside]
        found.append(self._origin())
        return "\n\n".join(_filled(part) for part in found if part) + "\n"

    def _of(self, piece: Piece) -> list[str]:
        found = [self._hypothesis(piece), *map(self._gain, piece.rows), self._set(piece)]
        needs = [row["needs"] for row in piece.rows]
        names = dict.fromkeys(name for some in needs for name in some)
        return [*found, f"It needs: {one_line(', '.join(names))}." if names else ""]

    def _hypothesis(self, piece: Piece) -> str:
        cell, note = self.series.cell, one_line(piece.part.note)
        if not note:
            return ""
        if len(note) > NOTE_CHARS:
            more = len(note) - NOTE_CHARS
            note = f"{note[:NOTE_CHARS]}… ({more:,} characters more are in the ledger)"
        head = f"Hypothesis of {one_line(cell.name)}, trial {piece.part.trial}:"
        return head + "\n" + "\n".join(_QUOTE + line for line in wrap(note, WIDTH - 2))

    def _gain(self, row: Mapping[str, Any]) -> str:
        """Values by both solution concepts, each with its interval."""
        value, enabling = row["value"], row.get("enabling")
        words = self.wording
        told = f"ordered {words.figure(value)}{words.gain_unit}"
        if enabling:
            told += f", enabling {words.figure(enabling)}{words.gain_unit}"
        else:
            told += ", enabling not measured"
        return f"Causal gain {words.where} [95 %]: {told}. {_reading(row)}"

    def _set(self, piece: Piece) -> str:
        """Values that are handed over to the program, because no file of it holds them."""
        bound = self.series.state.study.get("bindings", {})
        part = piece.part
        if part.form == "switch":
            return ""
        told = {name: f"= {value(one)}" for name, one in part.overrides.items()}
        told |= dict.fromkeys(part.dropped, "back to its default")
        loose = [f"{name} {text}" for name, text in told.items() if name not in bound]
        if not loose:
            return ""
        return (
            f"No file of the program holds this value; hand it over: {one_line(', '.join(loose))}."
        )

    def _origin(self) -> str:
        study = self.series.state.study
        name, digest = one_line(study["name"]), study["digest"][:12]
        return f"From the run {one_line(self.run)} of the study {name} ({digest})."


def named(piece: Piece) -> str:
    """`edit 3`, or `top_k = 10`; on one line."""
    part = piece.part
    if part.form == "edit":
        return one_line(part.name)
    told = f"= {value(part.overrides[part.name])}" if part.name in part.overrides else ""
    return one_line(f"{part.name} {told or 'back to its default'}")


def value(found: Any) -> str:
    """A parameter's value as JSON, cut where it is longer than one reads."""
    return shorten(json.dumps(found, ensure_ascii=False), SUBJECT_CHARS, placeholder="…")


def one_line(text: str) -> str:
    """A text on one line, with whatever a terminal would obey made visible."""
    return " ".join(visible(text).split())


def _label(piece: Piece) -> str:
    """Label that the searcher claimed, or the one that was read off where it claimed none."""
    read = next((row["read"] for row in piece.rows), "")
    return one_line(piece.part.label or read) or "no label"


def _reading(row: Mapping[str, Any]) -> str:
    claimed, read = row["label"] or "none", row["read"]
    return f"Label: {one_line(claimed)} (as its code reads: {one_line(read)})."


def _listed(pieces: Sequence[Piece]) -> str:
    return ", ".join(map(named, pieces))


def _filled(paragraph: str) -> str:
    """A paragraph in lines of a message's width; a quotation has its lines already."""
    if f"\n{_QUOTE}" in paragraph:
        return paragraph
    return "\n".join(wrap(paragraph, WIDTH, break_on_hyphens=False))
