"""A dry run of the unchanged program: what it would ask a language model, and nothing is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..jobs import Outcome, Told, Wanted
from ..records import canonical
from ..usage import CHARS_PER_TOKEN

if TYPE_CHECKING:
    from .bench import Bench

STUB = "unknown"
"""what every question is answered with: an answer that a program must be able to take"""


@dataclass(frozen=True)
class Rehearsed:
    """Questions of one evaluation. different: those that are not the same as an earlier one.

    tokens_in, tokens_out: of the different ones; the last is what they may take at most. problem:
    why the program did not come to its end; "" where it did.
    """

    calls: int
    different: int
    tokens_in: int
    tokens_out: int
    problem: str = ""


class Rehearsal:
    """Answers that are all the same, at once, as Answering has them; it counts."""

    identity = "rehearsal"
    waited_s = 0.0

    def __init__(self, most: int, calls: int) -> None:
        """most: tokens of an answer; calls: questions of an evaluation."""
        self.waits: Callable[[bool], None] = lambda on: None
        self._most, self._limit = most, calls
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._calls = self._tokens_in = self._tokens_out = 0

    def ask(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, told: Told, wanted: Wanted
    ) -> None:
        with self._lock:
            refused = self._calls >= self._limit
            if not refused:
                self._count(messages, min(max_tokens, self._most))
        told({"error": "no more than so many"} if refused else {"text": STUB})

    def _count(self, messages: Sequence[Mapping[str, str]], most: int) -> None:
        self._calls += 1
        name = canonical([list(messages), most])
        if name not in self._seen:
            self._seen.add(name)
            self._tokens_in += sum(len(one["content"]) for one in messages) // CHARS_PER_TOKEN
            self._tokens_out += most

    def settled(self, outcome: Outcome) -> Outcome:
        return outcome

    def found(self, outcome: Outcome) -> Rehearsed:
        """Count of it all, when the program has ended."""
        lines = outcome.detail.strip().splitlines()
        problem = (
            "" if outcome.status == "ok" else f"{outcome.status}: {lines[-1] if lines else ''}"
        )
        return Rehearsed(self._calls, len(self._seen), self._tokens_in, self._tokens_out, problem)


def rehearsed(bench: Bench) -> Rehearsed:
    """Questions of the unchanged program on the search split, counted in a run of its own.

    What a program asks next may follow from an answer; then this is a guess, and the run itself
    tells more.
    """
    limits = bench.study.answers
    assert limits is not None
    rehearsal = Rehearsal(limits.max_tokens, limits.calls)
    job = replace(bench.unchanged(bench.selection("search")), answers=rehearsal)
    with bench.tally.again():
        return rehearsal.found(bench.evaluator.run(job))
