"""The journal of a run: the one way in which a fact enters it.

A fact is appended to the ledger and folded into the state at one stroke, so that the state of a run
that goes on is at any moment what its ledger would fold into. Nothing else changes a state.
"""

from __future__ import annotations

import threading
from typing import Any

from .ledger import Ledger
from .state import State, apply, copied, load


class Journal:
    """A ledger and the state that it folds into; thread-safe."""

    def __init__(self, ledger: Ledger, state: State | None = None) -> None:
        """state: of this ledger, where somebody has folded it already."""
        self.ledger = ledger
        self.state = load(ledger) if state is None else state
        self._lock = threading.Lock()

    def write(self, kind: str, data: Any, *, cell: str = "") -> None:
        """Add one fact; it is durable, and part of the state, when this returns.

        The lock spans both: of two facts the one that the ledger has first is folded first.
        """
        with self._lock:
            apply(self.state, self.ledger.append(kind, data, cell=cell), self.ledger)

    def snapshot(self) -> State:
        """Copy of the state as it is now, for whoever reads it while the run goes on.

        Facts themselves never change, so that only the tables that hold them are copied.
        """
        with self._lock:
            return copied(self.state)

    def clear(self) -> None:
        """Forget a run that has come to nothing, but for the openings of the sealed split."""
        with self._lock:
            self.ledger.clear()
            self.state = load(self.ledger)
