"""Questions of a program to a language model, which the host asks for it: here is no network.

A question and its answer go through the pipes of the calls, as messages of their own kind under the
stamp of the call that is out. So a result can be written ahead no more than before: the next call
has a stamp that nobody knows yet.

Many threads of a program may ask at once. One of those that wait reads for all of them, so that no
thread of ours runs in a program's process.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# beside this file, whose folder is run
import talk  # type: ignore[import-not-found]

MAX_TOKENS = 256


class NoAnswer(RuntimeError):  # noqa: N818 - what happened
    """A question was not answered, for good; the text says why."""


class TooLong(NoAnswer):
    """The messages are longer than the model can take: a program may shorten them."""


class Host(talk.Host):  # type: ignore[misc]
    """Host as the child sees it, which also answers questions while a call is out."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._reading = self._ended = self._open = False
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._calls: deque[tuple[bytes, Any]] = deque()
        self._number = self._turn = 0

    def take(self) -> Any:
        """The next message that is no answer; None where there is none."""
        with self._changed:
            self._turn += 1  # whoever still waits belongs to a call that has returned
            self._changed.notify_all()
        self._wait(lambda: bool(self._calls) or self._ended)
        if not self._calls:
            return None
        self.stamp, body = self._calls.popleft()
        self._open = True
        return body

    def give(self, frame: dict[str, Any]) -> None:
        """Answer; what the program asks from then on is refused until its next call."""
        with self._writing:
            self._open = False
            super().give(frame)

    def ask(self, question: Mapping[str, Any]) -> str:
        """Text that the language model answers. Raises NoAnswer, and TooLong for long messages."""
        turn = self._turn
        with self._writing:
            if not self._open:
                raise NoAnswer("a call that has returned asks nothing more")
            number = self._number = self._number + 1
            body = json.dumps({"ask": number, **question}).encode()
            talk.write(self.stamp, body, talk.QUESTION)
        self._wait(lambda: number in self._answers or turn != self._turn or self._ended)
        found = self._answers.pop(number, None)
        if found is None:
            raise NoAnswer("the call that asked has returned")
        if "error" in found:
            raise (TooLong if found.get("too_long") else NoAnswer)(found["error"])
        return str(found["text"])

    def _wait(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready; one of the threads that wait reads, for all of them."""
        with self._changed:
            while not ready():
                if self._reading:
                    self._changed.wait()
                else:
                    self._read_one()

    def _read_one(self) -> None:
        self._reading = True
        self._changed.release()
        message = None
        try:
            message = talk.message()
        finally:
            self._changed.acquire()
            self._reading, self._ended = False, message is None
            self._changed.notify_all()
        if message is not None:
            self._sort(*message)

    def _sort(self, stamp: bytes, kind: int, body: Any) -> None:
        if kind == talk.QUESTION:
            self._answers[body["answer"]] = body
        else:
            self._calls.append((stamp, body))


class Complete:
    """`services["complete"]`: text that a language model answers to messages."""

    TooLong = TooLong

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, messages: Sequence[Mapping[str, str]], max_tokens: int = MAX_TOKENS) -> str:
        return self._host.ask({"messages": checked(messages), "max_tokens": _whole(max_tokens)})


def checked(messages: Any) -> list[dict[str, str]]:
    """Messages as they are sent; raises TypeError where they are none."""
    with contextlib.suppress(TypeError, KeyError, ValueError):
        found = [{"role": one["role"], "content": one["content"]} for one in messages]
        if found and all(
            one["role"] in talk.ROLES and isinstance(one["content"], str) for one in found
        ):
            return found
    raise TypeError(
        'messages are a list of {"role": "system", "user" or "assistant", "content": text}, one at '
        "least"
    )


def _whole(max_tokens: Any) -> int:
    if isinstance(max_tokens, int) and not isinstance(max_tokens, bool) and max_tokens > 0:
        return int(max_tokens)
    raise TypeError(f"max_tokens is a whole number above 0, got {max_tokens!r}")
