"""`complete(messages, max_tokens)`: what the reader writes for a prompt. A pure function."""

from __future__ import annotations

from dataclasses import dataclass

from . import evidence, prompt
from .answering import NO_CONTEXT, Answering
from .examples import imitated
from .prompt import Messages, Prompt, TooLong
from .wishes import Wishes, read
from .words import cut

__all__ = ["MAX_TOKENS", "NO_CONTEXT", "NO_QUESTION", "TooLong", "complete", "completion"]

MAX_TOKENS = 256
NO_QUESTION = "I do not see a question here. What would you like to know?"


@dataclass(frozen=True)
class Completion:
    """ending: "length" where max_tokens cut the text off."""

    text: str
    tokens_in: int
    tokens_out: int
    ending: str = ""


def complete(messages: Messages, max_tokens: int = MAX_TOKENS) -> str:
    """Raises TooLong for a prompt above the context length."""
    return completion(messages, max_tokens).text


def completion(messages: Messages, max_tokens: int = MAX_TOKENS) -> Completion:
    """The text with its tokens counted. Raises TooLong."""
    asked = prompt.parse(messages)
    text, count, missing = cut(answer(asked), max_tokens)
    return Completion(text, asked.tokens, count, "length" if missing else "")


def answer(asked: Prompt) -> str:
    """The whole answer to a prompt, however long it is."""
    if not asked.question:
        return NO_QUESTION
    wishes = read(tuple(asked.instructions), imitated(asked.examples))
    found = evidence.search(asked.question, asked.lines)
    return _finished(Answering(asked.question, found, wishes).text(), wishes)


def _finished(text: str, wishes: Wishes) -> str:
    """The text in its case, with its first words."""
    if not wishes.stop:
        text = text.rstrip(".!")
    if wishes.case:
        text = text.lower() if wishes.case == "lower" else text.upper()
    return f"{wishes.prefix} {text}" if wishes.prefix else text
