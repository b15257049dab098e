"""A prompt taken apart: its instructions, examples, lines of context and question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from . import utterances
from .utterances import Line
from .wishes import directive, events
from .words import size

CONTEXT_TOKENS = 8192
REACH = 256
"""tokens before the end of the prompt within which an instruction of the user is remembered"""
Messages = Sequence[Mapping[str, str]]
_NAMES = (
    r"(?:context|conversations?|memor(?:y|ies)|dialogues?|transcripts?|notes?|excerpts?|passages?"
    r"|lines?|history|messages|evidence|chat|documents?|text|turns?|log|facts)"
)
HEADING = re.compile(
    rf"^\W*(?:\S+ ){{0,12}}?{_NAMES}\b[^.?!]{{0,60}}:\W*$|^#+ .{{0,40}}\b{_NAMES}\b", re.I
)
OPEN = re.compile(rf"^\s*<({_NAMES})\b[^>]{{0,40}}>\s*", re.I)
FENCE = re.compile(r"^\s*(```|\"\"\"|~~~)")
ASKED = re.compile(
    r"^\W*(?:(?!answer)[\w']+ ){0,2}?(?:question|query|q)(?: ?\d{1,3})?\W{0,3}:\W{0,3}(?=\S|$)",
    re.I,
)
ANSWERED = re.compile(
    r"^\W*(?:[\w']+ ){0,2}?(?:answer|a)(?: ?\d{1,3})?\W{0,3}:\W{0,3}(?=\S|$)", re.I
)
WRAPPED = re.compile(r"<question>\s*(.{0,2000}?)\s*</question>", re.I | re.S)
SPLIT = re.compile(r"(?<=[.!?])\s+")


class TooLong(ValueError):  # noqa: N818 - what a server calls it
    """A prompt has more tokens than the reader takes."""


@dataclass
class Prompt:
    """instructions: those that the reader remembers, in their order."""

    tokens: int
    instructions: list[str] = field(default_factory=list)
    examples: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    question: str = ""


@dataclass
class _Row:
    """One line of a message. part: context, example, question, or "" for all else."""

    text: str
    system: bool
    size: int
    part: str = ""


def parse(messages: Messages) -> Prompt:
    """Raises TooLong above CONTEXT_TOKENS."""
    whole = sum(size(line) for message in messages for line in message["content"].split("\n"))
    if whole > CONTEXT_TOKENS:
        raise TooLong(f"its context length is {CONTEXT_TOKENS} tokens, and the prompt has {whole}")
    asked, examples = _turns(messages)
    rows = [_split(message) for message in asked]
    for some in rows:
        examples += _mark_examples(some)
        _mark_context(some)
    flat = [row for some in rows for row in some]
    question, more = _question(flat)
    _assume_context(flat)
    lines = [line for some in rows for line in utterances.read(_context(some))]
    return Prompt(whole, [*_remembered(flat), *more], examples, lines, question)


def _turns(messages: Messages) -> tuple[list[Mapping[str, str]], list[tuple[str, str]]]:
    """(messages to answer, examples: earlier questions with the answers that were given to them)."""
    roles = [message["role"] for message in messages]
    last = max((n for n, role in enumerate(roles[:-1]) if role == "assistant"), default=-1)
    examples = [
        (messages[n - 1]["content"][-400:], messages[n]["content"])
        for n in range(1, last + 1)
        if roles[n] == "assistant" and roles[n - 1] == "user"
    ]
    kept = [
        message
        for n, message in enumerate(messages)
        if roles[n] != "assistant" and (n > last or roles[n] != "user")
    ]
    return kept, examples


def _split(message: Mapping[str, str]) -> list[_Row]:
    plain = re.sub(r"[^\S\n]+", " ", message["content"].replace("\r\n", "\n"))
    plain = WRAPPED.sub(lambda found: "Question: " + found[1].replace("\n", " "), plain)
    system = message["role"] in {"system", "developer"}
    return [_Row(text.strip(), system, size(text)) for text in plain.split("\n")]


def _mark_examples(rows: list[_Row]) -> list[tuple[str, str]]:
    """Mark questions that have their answers below them, and return both."""
    full = [row for row in rows if row.text]
    found = []
    for asked, answered in pairwise(full):
        question, answer = ASKED.match(asked.text), ANSWERED.match(answered.text)
        if question and answer and answered.text[answer.end() :]:
            asked.part = answered.part = "example"
            found.append((asked.text[question.end() :], answered.text[answer.end() :]))
    return found


def _mark_context(rows: list[_Row]) -> None:
    _mark_enclosed(rows)
    spoken = _spoken(rows)
    for row in rows[min(spoken) : max(spoken) + 1] if spoken else ():
        if not row.part and not ASKED.match(row.text):
            row.part = "context"
    _mark_headed(rows)


def _mark_enclosed(rows: list[_Row]) -> None:
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


def _spoken(rows: list[_Row]) -> list[int]:
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


def _mark_headed(rows: list[_Row]) -> None:
    """Mark what stands below a heading such as "Conversation:", up to a line with another duty."""
    inside = blank = False
    for row in rows:
        if row.part == "context":
            inside, blank = False, False
        elif HEADING.match(row.text):
            inside, blank = True, False
        elif row.part or ASKED.match(row.text) or ANSWERED.match(row.text):
            inside = False
        elif not row.text:
            blank = inside
        elif blank and (directive(row.text) or row.text.endswith("?")):
            inside = False
        elif inside:
            row.part, blank = "context", False


def _question(rows: list[_Row]) -> tuple[str, list[str]]:
    """(the question, the instructions that stand in its lines). Marks these lines."""
    free = [n for n, row in enumerate(rows) if not row.part and row.text]
    labelled = [n for n in free if ASKED.match(rows[n].text)]
    if labelled:
        first = labelled[-1]
        text = rows[first].text[ASKED.match(rows[first].text).end() :]  # type: ignore[union-attr]
        taken = [first, *_going_on(rows, first + 1, bool(text))]
        text = " ".join([text, *(rows[n].text for n in taken[1:])])
    else:
        asking = [n for n in free if "?" in rows[n].text] or _told(rows, free)
        if not asking:
            return "", []
        taken = [asking[-1]]
        text = rows[asking[-1]].text
    for n in taken:
        rows[n].part = "question"
    return _apart(text, labelled=bool(labelled))


def _going_on(rows: list[_Row], start: int, begun: bool) -> list[int]:
    """Places of the lines in which a question goes on below its label."""
    found: list[int] = []
    for n in range(start, len(rows)):
        row = rows[n]
        if not row.text and not found and not begun:
            continue
        if not row.text or row.part or ANSWERED.match(row.text) or events(row.text):
            break
        found.append(n)
    return found


def _told(rows: list[_Row], free: list[int]) -> list[int]:
    """Places of lines below the context that ask without a question mark: "Name the city."."""
    last = max((n for n, row in enumerate(rows) if row.part == "context"), default=len(rows))
    return [
        n
        for n in free
        if n > last and not events(rows[n].text) and not ANSWERED.match(rows[n].text)
    ]


def _apart(text: str, *, labelled: bool) -> tuple[str, list[str]]:
    """(question, instructions) of the sentences in its lines."""
    asked: list[str] = []
    told: list[str] = []
    for sentence in SPLIT.split(text):
        (told if events(sentence) and not sentence.endswith("?") else asked).append(sentence)
    if not labelled:  # of a line of prose only its last question
        asked = [one for one in asked if "?" in one][-1:] or asked
    return " ".join(asked).strip(), told


def _assume_context(rows: list[_Row]) -> None:
    """Take the sentences that ask for nothing for the context where a prompt marks none."""
    if any(row.part == "context" for row in rows):
        return
    for row in rows:
        if not row.part and row.text and not directive(row.text) and not ANSWERED.match(row.text):
            row.part = "context"


def _context(rows: list[_Row]) -> list[str]:
    return [row.text for row in rows if row.part == "context"]


def _remembered(rows: list[_Row]) -> list[str]:
    """Lines of instructions: all of the system's, and those of the user near the end."""
    left = sum(row.size for row in rows)
    found = []
    for row in rows:
        left -= row.size
        if row.text and not row.part and (row.system or left <= REACH):
            found.append(row.text)
    return found
