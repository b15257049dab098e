"""Contract of a provider: one request in, one reply out, and the ways in which that can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..errors import UserError
from ..usage import CHARS_PER_TOKEN
from . import context

Messages = Sequence[Mapping[str, str]]
ENDINGS = {
    "thinking": "the model sent its thinking and no answer",
    "length": "the reply was cut off at the server's limit on its length",
    "filter": "a filter of the server stopped the reply",
    "refusal": "the model refused to answer",
    "tool": "the model called a tool, of which it has none, and sent no answer",
}


class LlmError(UserError):
    """Failure of a completion for good; the cell ends, and the same command resumes it.

    told: all that a server answered; empty where none did.
    """

    told: str = ""


class RecordingEnded(LlmError):  # noqa: N818 - what happened
    """A recording holds no answer for what is asked: it ends here, or was made of other code."""


class TooLong(LlmError):  # noqa: N818 - what the messages are
    """The messages are longer than the model's context.

    reason: the server's words. limit, sent: the most tokens that it takes, and those of the
    request, as far as it says so; else None.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message
        self.limit, self.sent = context.figures(self.reason)


class PromptFiltered(LlmError):  # noqa: N818 - what happened
    """A filter of the server refused the prompt itself. reason: the server's words."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class TransportError(Exception):
    """Failure of one call, which may be tried again after a while.

    retry_after_s: what the server asked for, or None. told: all that it answered.
    """

    told: str = ""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Request:
    """One completion to be had. key: its identity in the journal; title: for people."""

    key: str
    title: str
    messages: Messages
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """estimated: the provider gave no token counts; they are characters divided by four.

    usd: what it cost, or None where the provider does not know. seconds: what was waited for it
    when it was recorded, or None where that is unknown. prompt: digest of the messages that it was
    given to then. ending: why it is no whole answer, in words of
    ENDINGS with a comma between them; "" for a whole one.
    """

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    estimated: bool = False
    recorded: bool = False
    usd: float | None = None
    prompt: str = ""
    ending: str = ""
    seconds: float | None = None


class Answer(str):
    """A reply's text, which knows whether it is whole. ending: as in Reply. key: of its record."""

    ending: str
    key: str

    def __new__(cls, text: str, ending: str = "", key: str = "") -> Answer:
        made = super().__new__(cls, text)
        made.ending, made.key = ending, key
        return made

    @property
    def problem(self) -> str:
        """Why it is no whole answer, in a sentence; "" for a whole one."""
        return "; ".join(ENDINGS.get(word, word) for word in self.ending.split(", ") if word)


class Provider(Protocol):
    """Made by `factory(argument)` from `--llm name:argument`; inherit from it.

    name: what the journal and a cell's key call it. price_free: nothing is paid through it. model:
    whose price it has, where it has one. deterministic: the same messages always get the same
    reply, so that nobody has to measure how far they differ. instant: a reply takes no time worth
    telling, as it is made in this process. note: says a line to the user while a request waits; the
    host sets it.
    """

    name: str
    price_free: bool
    model: str = ""
    deterministic: bool = False
    instant: bool = False
    note: Callable[[str], None] = staticmethod(lambda text: None)

    def complete(self, request: Request) -> Reply:
        """Raises TransportError (tried again) or LlmError (final)."""
        ...

    def covers(self, searcher: str, options: Mapping[str, Any], seed: int) -> bool:
        """True if the provider can answer such a cell at all; a recording holds one cell."""
        return True


def estimate(messages: Messages, text: str) -> tuple[int, int]:
    """(tokens in, tokens out), roughly."""
    sent = sum(len(message["content"]) for message in messages)
    return sent // CHARS_PER_TOKEN, len(text) // CHARS_PER_TOKEN


def expand(path: str) -> Path:
    """The path with its `~`, which no shell expands behind the colon of --llm."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody of that name: a file may be called so
        return Path(path)
