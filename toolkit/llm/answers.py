"""Answers of a language model to programs under study: asked by the host, and kept in the ledger.

An answer is found by its content: who answers, the messages, the limit of its length. It is on
record before a program gets it, so that a run that was killed pays for none of them twice, and
nothing is asked twice in a run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol

from ..errors import UserError
from ..ledger.window import Window
from ..records import canonical, digest
from ..study.answers import Answers
from .attempts import answered
from .prices import Prices
from .provider import LlmError, Messages, Provider, Request
from .session import AnswerLimit, Session
from .thinking import without_thinking

TEMPERATURE = 0
QUIET_S = 10.0
"""seconds in which the same line is not said again"""


class Record(Protocol):
    """Record of answers: a run's ledger, or the memory of one command.

    lasts: the next command finds the answers there.
    """

    lasts: bool

    def answer(self, key: str) -> Any: ...

    def keep_answers(self, rows: Mapping[str, Any]) -> None: ...

    def paid_for_answers(self) -> float: ...


class Memory:
    """Record of a command that has no run."""

    lasts = False

    def __init__(self) -> None:
        self._rows: dict[str, Any] = {}

    def answer(self, key: str) -> Any:
        return self._rows.get(key)

    def keep_answers(self, rows: Mapping[str, Any]) -> None:
        self._rows.update(rows)

    def paid_for_answers(self) -> float:
        return sum(one["usd"] or 0.0 for one in list(self._rows.values()))


class AnswerModel:
    """The language model that answers programs of one study. A context manager; thread-safe."""

    def __init__(
        self,
        provider: Provider,
        limits: Answers,
        record: Record,
        *,
        slots: int | None = None,
        prices: Prices | None = None,
        max_usd: float | None = None,
        note: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """slots: questions that are asked at a time; None: as many as the study says.

        max_usd: dollars of the whole run for answers. note: gets a line for each wait. sleep: waits
        before a question is asked again; None: by the clock, until the model is closed.
        """
        self.provider, self.limits, self.max_usd, self.note = provider, limits, max_usd, note
        self.prices = prices or Prices()
        self.slots = slots or limits.concurrency
        self._record = record
        self._lock, self._keeping = threading.Lock(), threading.Lock()
        self._asked: dict[str, Future[Any]] = {}
        self._unkept: dict[str, Any] = {}
        self._said: dict[str, float] = {}
        self.paid_usd = record.paid_for_answers()
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._check_price()
        self._window = Window(None, _serve, self.slots)

    def __enter__(self) -> AnswerModel:
        return self

    def __exit__(self, *_: object) -> None:
        """Ask nothing more; whoever waits for a server that is slow is left behind."""
        self._closed.set()
        self._window.close()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    @property
    def identity(self) -> str:
        """Digest of who answers, and of the limits of answers: outputs depend on them."""
        return digest(canonical([self.provider.name, self.limits.of_scores()]))

    def session(self, *, again: int = 0) -> Session:
        """Answers to one evaluation. again: to be asked anew, apart from those before."""
        return Session(self, self._window, again)

    def answer(self, messages: Messages, most: int, again: int = 0) -> tuple[Any, bool]:
        """(an answer's record, whether it was known already).

        most: tokens of the answer. Raises LlmError, TooLong, AnswerLimit.
        """
        key = self._key(messages, most, again)
        with self._lock:
            known = self._record.answer(key)
            if known is not None:
                return known, True
            other = self._asked.get(key)
            mine = self._asked[key] = Future() if other is None else other
        if other is not None:  # asked by another thread just now
            return other.result(), True
        try:
            found = self._request(key, messages, most)
        except BaseException as error:
            self._forget(key)
            mine.set_exception(error)
            raise
        self._forget(key)
        mine.set_result(found)
        return found, False

    def _key(self, messages: Messages, most: int, again: int) -> str:
        parts = [self.provider.name, list(messages), most, TEMPERATURE, *([again] if again else [])]
        return digest(canonical(parts))

    def _forget(self, key: str) -> None:
        with self._lock:
            self._asked.pop(key, None)

    def _request(self, key: str, messages: Messages, most: int) -> dict[str, Any]:
        self._check_money()
        options = {"temperature": TEMPERATURE, "max_tokens": most}
        request = Request(key, "an answer", messages, options)
        reply, attempts = answered(self.provider, request, self._pause, self._tell)
        text = without_thinking(reply.text) or ""
        found = {
            "text": text.encode(errors="replace").decode(),
            "model": reply.model,
            "provider": self.provider.name,
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "usd": self.prices.of(self.provider, reply),
            "estimated": reply.estimated,
            "ending": reply.ending,
            "attempts": attempts,
        }
        self._keep(key, found)
        return found

    def _keep(self, key: str, found: dict[str, Any]) -> None:
        """Put an answer on record; one thread writes for all that wait, at one stroke."""
        with self._lock:
            self._unkept[key] = found
            self.paid_usd += found["usd"] or 0.0
        with self._keeping:
            with self._lock:
                rows = dict(self._unkept)
            if key in rows:
                self._record.keep_answers(rows)
                with self._lock:
                    for kept in rows:
                        del self._unkept[kept]

    def _pause(self, seconds: float) -> None:
        self._sleep(seconds)
        if self.closed:
            raise LlmError("the run was stopped")

    def _tell(self, told: str) -> None:
        """Say a line once, though all questions that are out at a time have the same to say."""
        now = time.monotonic()
        with self._lock:
            said, self._said[told] = self._said.get(told, now - QUIET_S), now
        if now - said >= QUIET_S:
            self.note(f"answers: {told}")

    def _check_money(self) -> None:
        if self._closed.is_set():
            raise LlmError("the run was stopped")
        if self.max_usd is not None and self.paid_usd >= self.max_usd:
            again = "it goes on from here" if self._record.lasts else "it asks everything anew"
            raise AnswerLimit(
                f"${self.paid_usd:.4g} of --answer-max-usd {self.max_usd:g} are spent on "
                f"answers: type the same command again with a higher limit, and {again}"
            )

    def _check_price(self) -> None:
        """Refuse a model without a known price where dollars are limited."""
        source = self.provider
        if self.max_usd is not None and not self.prices.covers(source):
            raise UserError(
                f"the price of {source.model or source.name!r} is not known, so --answer-max-usd "
                f"cannot be kept; give it: --answer-price {source.model or 'MODEL'}=IN/OUT, in "
                "dollars per million tokens"
            )


def _serve(holder: object, errand: Callable[[], None]) -> None:
    errand()
