"""Sessions of one cell: what its processes outside take, on record while they are at work.

A process outside thinks between its trials, and what that costs is a part of the search. Its
seconds are taken by the host's clock, its tokens and dollars as it tells them, and what it does not
tell is unknown.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from math import isfinite
from time import monotonic

from ..ledger.cell import CellState
from ..ledger.notebook import Notebook
from ..ledger.session import Session

EVERY_S = 5.0
"""seconds after which a trial that finishes takes the clock down once more"""


@dataclass
class _Clock:
    began_at: float
    written_at: float

    @property
    def seconds(self) -> float:
        return monotonic() - self.began_at


class Sessions:
    """Processes outside of one cell; thread-safe. Nothing is written once it is closed."""

    def __init__(self, cell: CellState, notebook: Notebook, *, continued: bool) -> None:
        """continued: the cell had a record when this command began."""
        self._cell, self._notebook, self._continued = cell, notebook, continued
        self._clocks: dict[int, _Clock] = {}
        """of those at work"""
        self._closed = False
        self._lock = threading.RLock()

    def __bool__(self) -> bool:
        """True if the cell has, or had, any."""
        return bool(self._cell.sessions)

    @property
    def seconds(self) -> float:
        """Seconds of all of them, up to now, also of those in earlier commands."""
        with self._lock:
            return sum(self._seconds(one) for one in self._cell.sessions.values())

    @property
    def usd(self) -> float:
        """Dollars of the cell that are known: of its sessions, and of its language model."""
        return self._cell.paid_usd

    def begin(self, reach: str) -> int:
        """Number of a new session, which is on record before its process starts."""
        with self._lock:
            number = max(self._cell.sessions, default=0) + 1
            now = monotonic()
            self._clocks[number] = _Clock(now, now)
            self._write(Session(number, reach, continued=self._continued))
        return number

    def spend(
        self, number: int, *, wall_s: float, tokens: int | None, usd: float | None, ending: str,
        output: str,
    ) -> None:  # fmt: skip
        """Take down what a session has taken until now; what is None is not told anew.

        Nothing goes back: a count that falls is an odd line of somebody's output.
        """
        with self._lock:
            known = self._cell.sessions[number]
            more = _more(known.tokens, _amount(tokens))
            told = replace(
                known,
                wall_s=max(known.wall_s, _amount(wall_s) or 0.0),
                tokens=None if more is None else round(more),
                usd=_more(known.usd, _amount(usd)),
                ending=ending or known.ending,
            )
            if self._closed:
                return
            if output:
                told = replace(told, output=self._notebook.put(output))
            self._write(told)
            if ending:
                self._clocks.pop(number, None)

    def checkpoint(self) -> None:
        """Take the clocks down, now and then, so that a kill loses little of them."""
        with self._lock:
            for number, clock in self._clocks.items():
                if monotonic() - clock.written_at >= EVERY_S:
                    known = self._cell.sessions[number]
                    self._write(replace(known, wall_s=self._seconds(known)))

    def end(self, ending: str) -> None:
        """End those that are still at work: their cell has come to its end without them."""
        with self._lock:
            for number in list(self._clocks):
                seconds = self._seconds(self._cell.sessions[number])
                self.spend(number, wall_s=seconds, tokens=None, usd=None, ending=ending, output="")

    def close(self) -> None:
        """Write nothing any more."""
        with self._lock:
            self._closed = True

    def _seconds(self, session: Session) -> float:
        clock = self._clocks.get(session.number)
        return max(session.wall_s, clock.seconds if clock else 0.0)

    def _write(self, session: Session) -> None:
        if not self._closed:
            self._notebook.write("session", asdict(session))
            if clock := self._clocks.get(session.number):
                clock.written_at = monotonic()


def _amount(value: float | None) -> float | None:
    """An amount that somebody's output tells; None where it can be none."""
    return value if value is not None and isfinite(value) and value >= 0 else None


def _more(known: float | None, told: float | None) -> float | None:
    return known if told is None else max(told, known or 0)
