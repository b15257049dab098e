"""Lines of a prompt that are marked as its context or its examples by the way they stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from . import utterances
from .instructions import directive, events

_NAMES = (
    r"(?:context|conversations?|memor(?:y|ies)|dialogues?|transcripts?|notes?|excerpts?|passages?"
    r"|lines?|history|messages|evidence|chat|documents?|text|turns?|log|facts)"
)
HEADING = re.compile(
    rf"^\W{{0,8}}(?:\S+ ){{0,12}}?{_NAMES}\b[^.?!]{{0,60}}:\W{{0,8}}$|^#+ .{{0,40}}\b{_NAMES}\b",
    re.I,
)
OPEN = re.compile(rf"^\s*<({_NAMES})\b[^>]{{0,40}}>\s*", re.I)
FENCE = re.compile(r"^\s*(```|\"\"\"|~~~)")
ASKED = re.compile(
    r"^\W{0,8}(?:(?!answer)[\w']+ ){0,2}?(?:question|query|q)(?: ?\d{1,3})?\W{0,3}:\W{0,3}(?=\S|$)",
    re.I,
)
ANSWERED = re.compile(
    r"^\W{0,8}(?:[\w']+ ){0,2}?(?:answer|a)(?: ?\d{1,3})?\W{0,3}:\W{0,3}(?=\S|$)", re.I
)


@dataclass
class Row:
    """One line of a message. part: context, example, question, or "" for all else."""

    text: str
    system: bool
    size: int
    part: str = ""


def mark_examples(rows: list[Row]) -> list[tuple[str, str]]:
    """Mark questions that have their answers below them, and return both."""
    full = [row for row in rows if row.text]
    found = []
    for asked, answered in pairwise(full):
        question, answer = ASKED.match(asked.text), ANSWERED.match(answered.text)
        if question and answer and answered.text[answer.end() :]:
            asked.part = answered.part = "example"
            found.append((asked.text[question.end() :], answered.text[answer.end() :]))
    return found


def mark_context(rows: list[Row]) -> None:
    _mark_enclosed(rows)
    spoken = _spoken(rows)
    for row in rows[min(spoken) : max(spoken) + 1] if spoken else ():
        if not row.part and not ASKED.match(row.text):
            row.part = "context"
    if spoken:
        _mark_tail(rows[max(spoken) + 1 :])
    _mark_headed(rows)


def _mark_enclosed(rows: list[Row]) -> None:
    """Mark what stands between tags such as <context> and </context>, or between fences."""
    closing = ""
    for row in rows:
        if closing:
            end = row.text.lower().find(closing)
            row.part, row.text = "context", row.text if end < 0 else row.text[:end]
            closing = closing if end < 0 else ""
        elif opened := OPEN.match(row.text):
            closing = f"</{opened[1].lower()}>"
            rest = row.text[opened.end() :]
            end = rest.lower().find(closing)
            row.part, row.text = "context", rest if end < 0 else rest[:end]
            closing = closing if end < 0 else ""
        elif fence := FENCE.match(row.text):
            row.part, row.text, closing = "context", "", fence[1]


def _spoken(rows: list[Row]) -> list[int]:
    """Places of the lines that somebody speaks.

    A word with a colon alone makes no speaker, unless a date or the like stands before it, or the
    line above or below is spoken as well: an instruction may begin so.
    """
    full = [n for n, row in enumerate(rows) if row.text and row.part in {"", "context"}]
    made = {n: utterances.utterance(rows[n].text) for n in full}
    found = []
    for at, n in enumerate(full):
        one = made[n]
        beside = [made[m] for m in (*full[at - 1 : at], *full[at + 1 : at + 2])]
        if one and (one.stamped or any(beside) or rows[n].part):
            found.append(n)
    return found


def _mark_tail(rows: list[Row]) -> None:
    """Mark what goes on right below the last line that is spoken, and asks for nothing."""
    for row in rows:
        told = not row.text or row.part or ASKED.match(row.text) or ANSWERED.match(row.text)
        if told or events(row.text) or row.text.endswith("?") or HEADING.match(row.text):
            return
        row.part = "context"


def _mark_headed(rows: list[Row]) -> None:
    """Mark what stands below a heading such as "Conversation:", up to a line with another duty."""
    inside = blank = False
    for row in rows:
        if row.part == "context":
            inside, blank = False, False
        elif row.part or ASKED.match(row.text) or ANSWERED.match(row.text):
            inside = False
        elif HEADING.match(row.text):
            inside, blank = True, False
        elif not row.text:
            blank = inside
        elif blank and (directive(row.text) or row.text.endswith("?")):
            inside = False
        elif inside:
            row.part, blank = "context", False
