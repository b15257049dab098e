"""A prompt taken apart: its instructions, examples, lines of context and question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import utterances
from .instructions import QUOTED, directive, events
from .marks import ANSWERED, ASKED, Row, mark_context, mark_examples
from .utterances import Line
from .words import size

CONTEXT_TOKENS = 8192
REACH = 256
"""tokens before the end of the prompt within which an instruction of the user is remembered"""
Messages = Sequence[Mapping[str, str]]
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


def parse(messages: Messages) -> Prompt:
    """Raises TooLong above CONTEXT_TOKENS."""
    messages = [{**message, "content": _plain(message["content"])} for message in messages]
    whole = sum(size(line) for message in messages for line in message["content"].split("\n"))
    if whole > CONTEXT_TOKENS:
        raise TooLong(f"its context length is {CONTEXT_TOKENS} tokens, and the prompt has {whole}")
    asked, examples = _turns(messages)
    rows = [_split(message) for message in asked]
    for some in rows:
        examples += mark_examples(some)
        mark_context(some)
    flat = [row for some in rows for row in some]
    question = _question(flat)
    flat = _assumed(flat)
    lines = list(utterances.read(_context(flat)))
    return Prompt(whole, _remembered(flat), examples, lines, question)


def _turns(messages: Messages) -> tuple[list[Mapping[str, str]], list[tuple[str, str]]]:
    """(messages to answer, examples: earlier questions with the answers given to them)."""
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


def _plain(text: str) -> str:
    """The text without surplus blanks and empty lines, which would only take time."""
    spaced = re.sub(r"[^\S\n]+", " ", text.replace("\r\n", "\n"))
    return re.sub(r"\n(?: ?\n){2,}", "\n\n", spaced)


def _split(message: Mapping[str, str]) -> list[Row]:
    plain = WRAPPED.sub(
        lambda found: "Question: " + found[1].replace("\n", " "), message["content"]
    )
    system = message["role"] in {"system", "developer"}
    return [Row(text.strip(), system, size(text)) for text in plain.split("\n")]


def _question(rows: list[Row]) -> str:
    """The question; "" where there is none. Marks its lines, and parts instructions from them."""
    free = [n for n, row in enumerate(rows) if not row.part and row.text]
    labelled = [n for n in free if ASKED.match(rows[n].text)]
    if labelled:
        first = labelled[-1]
        text = rows[first].text[ASKED.match(rows[first].text).end() :]  # type: ignore[union-attr]
        taken = [first, *_going_on(rows, first + 1, bool(text))]
        text = " ".join([text, *(rows[n].text for n in taken[1:])])
    else:
        asking = [n for n in free if "?" in QUOTED.sub("", rows[n].text)] or _told(rows, free)
        if not asking:
            return ""
        taken = [asking[-1]]
        text = rows[asking[-1]].text
    for n in taken:
        rows[n].part = "question"
    question, told = _apart(text, labelled=bool(labelled))
    system = rows[taken[-1]].system
    rows[taken[-1] + 1 : taken[-1] + 1] = [Row(one, system, size(one)) for one in told]
    return question


def _going_on(rows: list[Row], start: int, begun: bool) -> list[int]:
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


def _told(rows: list[Row], free: list[int]) -> list[int]:
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
    asking = [n for n, one in enumerate(asked) if "?" in one]
    if asking and not labelled:  # of a line of prose only its last question, and what it shows
        asked = asked[asking[-1] :]
    return " ".join(asked).strip(), told


def _assumed(rows: list[Row]) -> list[Row]:
    """Rows of a prompt that marks no context: sentences that ask for nothing are taken for it."""
    if any(row.part == "context" for row in rows):
        return rows
    found = []
    for row in rows:
        if row.part or not row.text or ANSWERED.match(row.text):
            found.append(row)
            continue
        for text in SPLIT.split(row.text):
            part = "" if directive(text) else "context"
            found.append(Row(text, row.system, size(text), part))
    return found


def _context(rows: list[Row]) -> list[str]:
    return [row.text for row in rows if row.part == "context"]


def _remembered(rows: list[Row]) -> list[str]:
    """Lines of instructions: all of the system's, and those of the user near the end."""
    left = sum(row.size for row in rows)
    found = []
    for row in rows:
        left -= row.size
        if row.text and not row.part and (row.system or left <= REACH):
            found.append(row.text)
    return found
