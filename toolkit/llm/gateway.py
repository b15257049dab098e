"""The one way to a language model: metered, journalled, retried on transport errors only.

A completion's key is (searcher, options, seed; stage; digests and statuses of the trials so far;
nth at that point), so that a replay finds it whatever the prompt's wording, the budget, the slots
or the machine. The prompt's digest is kept beside it, and a difference is reported.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import BudgetSpent
from ..figures import dollars
from ..ledger.cell import CellState
from ..ledger.entries import Completion
from ..ledger.notebook import Notebook
from ..records import Trial, canonical, digest
from .attempts import answered
from .prices import Prices
from .provider import Answer, LlmError, Messages, Provider, Reply, Request, TooLong, estimate
from .recorded import RecordedProvider
from .thinking import without_thinking
from .varying import kept, sent

MAX_REPLY_CHARS = 1_000_000
MOST_CUT = 3
CUT = {"thinking", "length", "filter", "refusal", "tool"}
REFUSED = "see what the model or its filter may take amiss in the brief, or ask another model"
ADVICE = (
    "give the server a larger context (vLLM --max-model-len, Ollama num_ctx, llama.cpp -c) or a "
    "higher limit of tokens for a reply, let the model think less or not at all, or shorten the "
    "prompts (-o autoresearch.failures=4)"
)


@dataclass
class Channel:
    """Provider and settings that all gateways of a run share.

    show: gets each prompt and reply, or None. recording: answers what it holds; the provider
    goes on where it ends. note: gets a line for each wait.
    """

    provider: Provider
    recording: RecordedProvider | None = None
    prices: Prices = field(default_factory=Prices)
    max_usd: float | None = None
    show: Callable[[str, Messages, Reply], None] | None = None
    sleep: Callable[[float], None] = time.sleep
    note: Callable[[str], None] = lambda text: None

    def source(self, key: str) -> Provider:
        """Provider that answers the completion of this key."""
        return self.recording if self.recording and self.recording.holds(key) else self.provider

    def check_price(self, source: Provider) -> None:
        """Refuse a model without a known price, before a reply is paid for."""
        if self.max_usd is None or self.prices.covers(source):
            return
        if not source.model:
            raise LlmError(f"--max-usd cannot be kept: {source.name!r} names no model with a price")
        raise LlmError(
            f"the price of {source.model!r} is not known, so --max-usd cannot be kept; give "
            f"it: --price {source.model}=IN/OUT, in dollars per million tokens"
        )


class Gateway:
    """Access of one cell to a channel."""

    def __init__(self, channel: Channel, notebook: Notebook, cell: CellState) -> None:
        self.channel, self._notebook, self._cell = channel, notebook, cell
        self._nth: dict[str, int] = {}
        self._cut: list[int] = []  # trials there were at each cut reply of the row of them, if any
        self._lock = threading.Lock()
        self._too_long = math.inf  # characters of the shortest messages that were too long
        self.mismatches = 0

    def complete(
        self,
        messages: Messages,
        history: Sequence[Trial],
        stage: str,
        options: dict[str, Any],
        shorter: Messages | None = None,
    ) -> tuple[Answer, Completion]:
        """(reply, its record). Raises BudgetSpent at --max-usd, LlmError where there is none.

        A journalled completion is never requested again. shorter: what is sent once in place of
        messages that the server finds too long.
        """
        with self._lock:  # one at a time in a cell: the nth call must be the nth call
            point, key = self._key(stage, history)
            messages = writable(messages)
            asked = [messages] if shorter is None else [messages, writable(shorter)]
            known = self._cell.completions.get(key)
            if known is None:
                self._check_whole(history)
                known = self._fitting(key, asked, stage, len(history), options)
                self._count_cut(known, len(history))
            self._nth[point] = self._nth.get(point, 0) + 1  # a call that failed is none
            self.mismatches += known.prompt not in map(_prompt, asked)
        return Answer(known.reply, known.ending, known.key), known

    def _count_cut(self, reply: Completion, trials: int) -> None:
        """Note replies of this command that were cut; who types it again has changed something."""
        if CUT & set(reply.ending.split(", ")) and not reply.recorded:
            self._cut.append(trials)
        else:
            self._cut.clear()

    def _check_whole(self, history: Sequence[Trial]) -> None:
        """Stop before one more reply is paid for; a cut reply that led to a program was of use."""
        if self._cut and any(trial.status != "invalid" for trial in history[self._cut[0] :]):
            self._cut.clear()
        if len(self._cut) >= MOST_CUT:
            last = list(self._cell.completions.values())[-1]
            why = Answer(last.reply, last.ending).problem
            advice = ADVICE if {"thinking", "length"} & set(last.ending.split(", ")) else REFUSED
            raise LlmError(
                f"{last.provider}: the last {len(self._cut)} replies were no whole answers, and "
                f"nothing in them could be tried ({why}); {advice}; then type the same command "
                "again: it asks anew from here"
            )

    def _key(self, stage: str, history: Sequence[Trial]) -> tuple[str, str]:
        """(the point in the search, the key of the next completion there)."""
        cell = self._cell
        trials = [[trial.candidate.digest, trial.status] for trial in history]
        base = [cell.searcher, dict(cell.options), cell.seed, stage, trials]
        point = digest(canonical(base))
        return point, digest(f"{point}:{self._nth.get(point, 0) + 1}")[:32]

    def _fitting(
        self, key: str, asked: Sequence[Messages], stage: str, trials: int, options: dict[str, Any]
    ) -> Completion:
        """Reply to the first messages, or to shorter ones where a server finds those too long.

        What is as long as messages that it found too long in this command is not sent at all.
        """
        if len(asked) > 1 and _length(asked[0]) >= self._too_long:
            return self._request(key, asked[1], stage, trials, options)
        try:
            return self._request(key, asked[0], stage, trials, options)
        except TooLong as error:
            self._too_long = min(self._too_long, _length(asked[0]))
            if len(asked) == 1:
                raise
            refused, counted = error.sent or estimate(asked[0], "")[0], error.sent is not None
        self.channel.note(
            f"{self._cell.name}: the request is too long for the model; a shorter one"
        )
        return self._request(key, asked[1], stage, trials, options, refused, counted)

    def _request(
        self,
        key: str,
        messages: Messages,
        stage: str,
        trials: int,
        options: dict[str, Any],
        refused: int = 0,
        counted: bool = True,
    ) -> Completion:
        """refused: tokens of a longer request that was found too long; no server is paid for them.

        counted: by the server, and not estimated from the characters.
        """
        title = f"{self._cell.name}, {stage}, after {trials} trials"
        self._check_money()
        self._notebook.write("requested", {"key": key, "stage": stage})
        began = time.monotonic()
        source = self.channel.source(key)
        self.channel.check_price(source)
        reply, attempts = self._call(source, Request(key, title, sent(messages), options))
        reply = _limited(reply)
        completion = Completion(
            key=key,
            stage=stage,
            prompt=reply.prompt or _prompt(messages),
            reply=reply.text.encode(errors="replace").decode(),
            model=reply.model,
            provider=source.name,
            tokens_in=reply.tokens_in + refused,
            tokens_out=reply.tokens_out,
            usd=self.channel.prices.of(source, reply),
            wall_s=time.monotonic() - began,
            attempts=attempts + bool(refused),
            estimated=reply.estimated or not counted,
            recorded=reply.recorded,
            ending=reply.ending,
            recorded_s=reply.seconds if reply.recorded else None,
        )
        self._notebook.put(list(kept(messages)))
        self._notebook.write("completion", asdict(completion))
        if self.channel.show:
            self.channel.show(title, sent(messages), reply)
        return completion

    def _check_money(self) -> None:
        limit = self.channel.max_usd
        spent = self._cell.paid_usd
        if limit is not None and spent >= limit:
            raise BudgetSpent(f"{dollars(spent)} of {dollars(limit)} are spent")

    def _call(self, source: Provider, request: Request) -> tuple[Reply, int]:
        """(reply, attempts)."""
        channel, name = self.channel, self._cell.name
        return answered(
            source, request, channel.sleep, lambda told: channel.note(f"{name}: {told}")
        )


def _length(messages: Messages) -> int:
    return sum(len(message["content"]) for message in messages)


def _prompt(messages: Messages) -> str:
    """Digest of messages, without what a resumed run may have otherwise."""
    return digest(canonical(list(kept(messages))))


def writable(messages: Messages) -> Messages:
    """The messages without halves of characters, which a program can print and UTF-8 cannot."""
    return [
        {name: text.encode(errors="replace").decode() for name, text in message.items()}
        for message in messages
    ]


def _limited(reply: Reply) -> Reply:
    """The reply at the length that is kept, marked where something is missing from it."""
    if len(reply.text) > MAX_REPLY_CHARS:
        reply = replace(reply, text=reply.text[:MAX_REPLY_CHARS], ending=reply.ending or "length")
    if not reply.ending and without_thinking(reply.text) is None:
        return replace(reply, ending="thinking")
    return reply
