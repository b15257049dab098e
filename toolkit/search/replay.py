"""The cursor over a cell's recorded log: what a resumed searcher may be told by now.

Resume is a replay. A searcher is a program with a state of its own, which no ledger can hold; so it
starts again from its seed, and whatever it asks for is answered from the log by (digest, share, nth
occurrence) until it asks for something that the log does not have.

The answers must come as they came then. With one evaluation at a time that is the order of asking.
With several in flight a searcher has asked for B before it saw what became of A, so that A must not
be handed over before B was asked for again: told of A too early, it would propose something else
than B, and everything after that would differ. Hence a recorded finish is held back until every
start that stands before it in the log has been asked for. Without this 10 of 40 asks of a two-slot
TPE matched; with it all of them do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..records import Candidate, Trial

HOLD_S = 30.0
"""for which a recorded finish is held back while the searcher asks for nothing"""
Asked = tuple[str, float, bool, int]
"""(candidate's digest, share, smoke, which replicate): what makes two asks one"""


@dataclass
class Attempt:
    """One attempt of a cell, as this command sees it.

    future: who asked for it waits there; None while nobody has asked in this command. charged: it
    is on this command's meter. running: its program is. passed: its trial became part of the
    history before anybody asked for it.
    """

    start: Started
    future: Future[Trial] | None = None
    charged: bool = False
    running: bool = False
    passed: bool = False

    @property
    def number(self) -> int:
        return self.start.number

    @property
    def claimed(self) -> bool:
        """True if the searcher has asked for it in this command."""
        return self.future is not None


class Replay:
    """One cell's log as it was when the command began. Not thread-safe: its scheduler is.

    What this command adds to the record is handed over as it finishes, and is none of the log.
    """

    def __init__(self, cell: CellState, attempts: Mapping[int, Attempt]) -> None:
        """attempts: of every recorded number at least."""
        self._attempts = attempts
        self._log = tuple(cell.log)
        self._position = 0
        self._waiting = _by_ask(cell)
        self._held_since: float | None = None
        self.diverged = False
        """the searcher asked for other things than the log has: nothing is held back any more"""

    def find(
        self, candidate: Candidate, share: float, smoke: bool, again: int = 0
    ) -> Attempt | None:
        """The first recorded attempt of this candidate that nobody has asked for yet.

        It is taken off the list, so that a searcher that proposes one candidate twice gets both
        trials, in their order, and not the first one twice.
        """
        waiting = self._waiting.get((candidate.digest, share, smoke, again))
        return self._attempts[waiting.popleft()] if waiting else None

    def adopt(self) -> tuple[list[Attempt], list[Attempt]]:
        """(attempts that finished, in their order; those that a kill cut off); nothing is replayed.

        For a searcher that cannot start again: a process outside, a person.
        """
        numbers = [number for kind, number in self._log if kind == "finished"]
        known = set(numbers)
        cut_off = [one for number, one in sorted(self._attempts.items()) if number not in known]
        self._waiting.clear()
        self._position = len(self._log)
        return [self._attempts[number] for number in numbers], cut_off

    def release(self) -> list[Attempt]:
        """Attempts whose recorded trials may be handed over by now, in the order of the log."""
        due = []
        while self._position < len(self._log):
            kind, number = self._log[self._position]
            attempt = self._attempts[number]
            if kind == "started" and not attempt.claimed and not self.diverged:
                break  # what finished after this start was not known when it was asked for
            if kind == "finished":
                due.append(attempt)
            self._position += 1
        held = self._position < len(self._log)
        # counted from the first hold on, however often something else is released meanwhile
        self._held_since = (self._held_since or monotonic()) if held else None
        return due

    def is_overdue(self, active_at: float) -> bool:
        """True if the searcher seems to wait for a trial that is held back.

        A searcher that is not deterministic may never ask for what the log has next, and would
        wait for ever. active_at: time of its last call.
        """
        since = self._held_since
        return since is not None and monotonic() - max(since, active_at) > HOLD_S


def _by_ask(cell: CellState) -> dict[Asked, deque[int]]:
    """{what was asked for: numbers of the recorded starts, in order}"""
    found: dict[Asked, deque[int]] = {}
    for number, start in sorted(cell.started.items()):
        key = (start.candidate.digest, start.share, start.smoke, start.again)
        found.setdefault(key, deque()).append(number)
    return found
