"""Answers to the program of one evaluation: how many, what they took, and why there are no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..jobs import Outcome, Told, Wanted
from ..ledger.window import Window
from ..records import DETAIL_CHARS, Answered, Status
from .provider import LlmError, Messages, TooLong

if TYPE_CHECKING:
    from .answers import AnswerModel


class AnswerLimit(LlmError):  # noqa: N818 - what happened
    """The limit of dollars for answers is reached."""


POLL_S = 0.5


class Session:
    """Answers to one evaluation, as Answering has them."""

    def __init__(self, model: AnswerModel, window: Window, again: int = 0) -> None:
        """again: number of the time that the same is asked on purpose, 0 the first."""
        self._model, self._window, self._again = model, window, again
        self.identity = model.identity
        self.waits: Callable[[bool], None] = lambda on: None
        self._idle = threading.Condition()
        self._out = self._calls = 0
        self._since = self._waited_s = 0.0
        self._used = Answered()
        self._refused: tuple[Status, str] | None = None
        self._fault: BaseException | None = None

    def ask(self, messages: Messages, max_tokens: int, told: Told, wanted: Wanted) -> None:
        with self._idle:
            problem = self._problem()
            if not problem:
                self._calls += 1
                self._began()
        if problem:
            told({"error": problem})
            return
        most = min(max_tokens, self._model.limits.max_tokens)
        asked = self._window.hand_in(partial(self._answer, messages, most, told, wanted))
        asked.add_done_callback(partial(self._dropped, told))

    def _dropped(self, told: Told, asked: Future[None]) -> None:
        """End a question that nobody took up any more."""
        if asked.cancelled():
            self._ended()
            told({"error": "the run was stopped"})

    def _problem(self) -> str:
        """Why nothing more is asked; "" where it is."""
        if self._refused:
            return self._refused[1]
        most = self._model.limits.calls
        if self._calls >= most:
            return f"this evaluation has asked {most} times: [answers] calls allows no more"
        return ""

    def _began(self) -> None:
        self._out += 1
        if self._out == 1:
            self._since = time.monotonic()
            self.waits(True)

    def _ended(self) -> None:
        with self._idle:
            self._out -= 1
            if not self._out:
                self._waited_s += time.monotonic() - self._since
                self.waits(False)
                self._idle.notify_all()

    def _answer(self, messages: Messages, most: int, told: Told, wanted: Wanted) -> None:
        answer: Mapping[str, Any]
        try:
            if wanted():
                found, known = self._model.answer(messages, most, self._again)
                self._charge(found, known=known)
                answer = {"text": found["text"]}
            else:  # while it was in the queue its program ended: nobody is to pay for it
                answer = {"error": "the call that asked has returned"}
        except TooLong as error:
            answer = {"error": str(error), "too_long": True}
        except LlmError as error:
            answer = {"error": self._refuse(error)}
        except BaseException as error:
            self._fault = self._fault or error
            answer = {"error": "the host failed"}
        self._ended()
        told(answer)

    def _charge(self, found: Mapping[str, Any], *, known: bool) -> None:
        usd = found["usd"]
        used = Answered(
            1, int(known), found["tokens_in"], found["tokens_out"], usd,
            0.0 if known else usd or 0.0, found["estimated"],
        )  # fmt: skip
        with self._idle:
            self._used += used

    def _refuse(self, error: LlmError) -> str:
        status: Status = "answer_limit" if isinstance(error, AnswerLimit) else "unanswered"
        with self._idle:
            self._refused = self._refused or (status, str(error))
            return self._refused[1]

    @property
    def waited_s(self) -> float:
        with self._idle:
            now = time.monotonic() - self._since if self._out else 0.0
            return self._waited_s + now

    def settled(self, outcome: Outcome) -> Outcome:
        """An outcome with its answers; without values where one was refused for good.

        A program may swallow that, and what it then returns would be a score of half its answers.
        """
        waited_s = self.waited_s  # by the program: it has ended, and the rest is the host's
        with self._idle:
            while self._out and not self._model.closed:  # then its outcome is recorded nowhere
                self._idle.wait(POLL_S)
            used, refused = replace(self._used, waited_s=waited_s), self._refused
            self._used, self._waited_s = Answered(), 0.0
        if self._fault:
            raise self._fault
        usage = replace(outcome.usage, answers=used) if used != Answered() else outcome.usage
        if refused is None or outcome.status == "lost":
            return replace(outcome, usage=usage)
        status, reason = refused
        detail = "\n".join(filter(None, [reason, outcome.detail]))[:DETAIL_CHARS]
        return Outcome(status, None, usage, detail)
