"""A run as its ledger tells it, event by event, shown on a board."""

from __future__ import annotations

from typing import Any

from ..ledger.ledger import Event, Ledger
from ..ledger.state import State, apply
from ..search.budget import Budget
from .board import Board
from .progress import Clock

STEPS = {
    "assessed": "scoring programs",
    "transferred": "scoring on another study",
    "built": "attributing gains",
    "measured": "attributing gains",
    "attributed": "attributing gains",
    "checked": "checking integrity",
}
"""{kind of event: step of the comparison that writes it}"""


class Follower:
    """Follower of a ledger, which it only reads."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.ledger, self.state = ledger, State()
        self.board: Board | None = None
        self.last: Event | None = None
        self._clock = clock

    def read(self) -> list[Event]:
        """Take the events that are new, and return them."""
        events = list(self.ledger.events(self.last.seq if self.last else 0))
        for event in events:
            self.take(event)
        return events

    def take(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "study" and self._is_another(event.data):
            self.state, self.board = State(), None  # a run that came to nothing was replaced
        apply(self.state, event, self.ledger)
        self.last = event
        if event.kind == "command":
            self.board = self._opened(event.data)
        elif self.board:
            self._show(self.board, event)

    def _is_another(self, study: Any) -> bool:
        return bool(self.state.study) and self.state.study["digest"] != study["digest"]

    def _opened(self, command: Any) -> Board:
        """A board of a command's cells; those that have nothing left to do are there at once."""
        names = {key: key.rpartition("-")[0] for key in command["cells"]}
        budget = Budget(command["budget"], command["max_seconds"])
        state = self.state
        board = Board(
            state.study["name"], names, budget, state.study["full"], state.objective, self._clock
        )
        for key in names:
            cell = state.cells.get(key)
            if cell and cell.ended and cell.ended["budget"] >= budget.trials:
                board.begin(cell)
                board.end(cell)
        return board

    def _show(self, board: Board, event: Event) -> None:
        cell = self.state.cells.get(event.cell)
        board.step = STEPS.get(event.kind, "" if cell else board.step)
        if cell is None or not board.has(cell.key):
            return
        if event.kind == "started" and not board.knows(cell.key):
            board.begin(cell)
        elif event.kind == "finished" and board.knows(cell.key):
            board.finish(cell, cell.trials[event.data["number"]])
        elif event.kind == "ended":
            if not board.knows(cell.key):
                board.begin(cell)
            board.end(cell)
