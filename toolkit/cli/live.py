"""Standard error while a run goes on: a live display on a terminal, a few lines elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import inf

from rich.console import Console, RenderableType
from rich.live import Live

from ..text import visible
from . import output
from .board import Board
from .progress import Clock

PLAIN_EVERY_S = 10.0
REFRESHES_PER_S = 4


class Pace:
    """Rate at which plain lines are shown."""

    def __init__(self, clock: Clock, every_s: float = PLAIN_EVERY_S) -> None:
        self._clock, self._every_s, self._last = clock, every_s, -inf

    def is_due(self) -> bool:
        """True at most once in so many seconds; it counts as shown then."""
        now = self._clock()
        if now - self._last < self._every_s:
            return False
        self._last = now
        return True


class Screen:
    """Live display of a board, on stderr, so that stdout stays the result.

    board: gives the board of the moment; None while there is none.
    """

    def __init__(self, board: Callable[[], Board | None]) -> None:
        self._board = board
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = self._make_live()

    @property
    def is_live(self) -> bool:
        return self._live is not None

    def _make_live(self) -> Live | None:
        """A live display needs a terminal that can move its cursor."""
        dumb = os.environ.get("TERM", "") in {"dumb", "unknown"}
        if dumb or not self._console.is_terminal:
            return None
        return Live(
            console=self._console, refresh_per_second=REFRESHES_PER_S, transient=True,
            get_renderable=self._table,
        )  # fmt: skip

    def _table(self) -> RenderableType:
        board, size = self._board(), self._console.size
        return board.table(size.width, size.height) if board else ""

    def note(self, text: str) -> None:
        """A line for a person, above the display where there is one."""
        if self._live and self._live.is_started:
            self._live.console.print(visible(text), soft_wrap=True)
        else:
            output.note(text)

    def __enter__(self) -> Screen:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
