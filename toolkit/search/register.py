"""Register of one cell: what its searcher says of itself besides asking, put on record in time.

Nothing is recorded any more once the lab is closed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from time import monotonic

from ..ledger.cell import CellState
from ..ledger.entries import Looked, Stage
from ..ledger.notebook import Notebook
from ..records import Failure, Trial
from .charges import Abandoned
from .delivery import Delivery
from .looks import Looks
from .sessions import Sessions
from .stages import Stages


class Register:
    """Looks, steps, sessions and completions of one cell, as long as its lab is open; thread-safe.

    It reads the cell and writes by way of the notebook.
    """

    def __init__(self, cell: CellState, notebook: Notebook) -> None:
        self.cell, self.notebook = cell, notebook
        self.active_at = monotonic()
        self.closed = ""
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._completing = 0
        self.continued = bool(cell.log or cell.sessions)
        self.sessions = Sessions(cell, notebook, continued=self.continued)
        self._looks, self._stages = Looks(cell, notebook), Stages(cell, notebook)
        self._delivery = Delivery(self._lock)

    @property
    def history(self) -> Sequence[Trial]:
        """Trials handed over so far, in the order in which they finished."""
        return self._delivery.history

    def begin_session(self, reach: str) -> int:
        """Number of a process outside that begins to search for this cell."""
        with self._open():
            return self.sessions.begin(reach)

    def alive(self) -> None:
        """Take a sign of life of a searcher that asks for nothing at the moment."""
        self.active_at = monotonic()

    @contextlib.contextmanager
    def thinking(self) -> Iterator[Sequence[Trial]]:
        """Busy with a completion meanwhile; the history that it is asked under."""
        with self._open():
            history = self.history
            self._completing += 1
        try:
            yield history
        finally:
            with self._lock:
                self._completing -= 1
                self.active_at = monotonic()

    def looked(self, look: Looked, shown: Sequence[Failure]) -> None:
        """Put a look on record before it is told."""
        with self._open():
            self._looks.tell(look, shown)

    def staged(self, stage: Stage) -> None:
        """Put a step of the searcher on record, unless a replay repeats it."""
        with self._open():
            self._stages.tell(stage)

    def withdraw(self, number: int, why: str) -> None:
        """Put on record that the searcher does not stand for a trial; the first reason stays.

        An empty reason says that it stands for it again.
        """
        with self._open():
            is_new = number in self.cell.trials and number not in self.cell.withdrawn
            if is_new if why else number in self.cell.withdrawn:
                self.notebook.withdrew(number, why)

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """The lock, while something may be recorded; raises Abandoned where nothing may."""
        with self._lock:
            if self.closed:
                raise Abandoned(self.closed)
            yield
            self.alive()

    def close(self, reason: str) -> None:
        """Close the lab: nothing is started or recorded any more."""
        with self._idle:
            self.closed = self.closed or reason
            self.sessions.close()
            self._idle.notify_all()
