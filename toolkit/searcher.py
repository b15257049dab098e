"""What a searcher is, and a driver for those that think in ask and tell."""

from __future__ import annotations

import queue
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from .errors import BudgetSpent
from .records import Candidate, Trial

if TYPE_CHECKING:
    from .lab import Lab


class Searcher(Protocol):
    """Proposes candidates. Options are keyword-only arguments of `__init__`."""

    def run(self, lab: Lab) -> None:
        """Search until the budget is spent; letting BudgetSpent escape is the normal ending."""
        ...


class AskTell:
    """Base of searchers with `ask` and `tell`; keeps `parallel` evaluations in flight."""

    parallel: int = 1

    def start(self, lab: Lab) -> None:
        """Called once, before the first `ask`."""

    def ask(self) -> Candidate | None:
        """The next candidate, or None if there is nothing to propose until the next `tell`."""
        raise NotImplementedError

    def tell(self, trial: Trial) -> None:
        """One finished trial, in the order in which they finished."""

    def run(self, lab: Lab) -> None:
        self.start(lab)
        done: queue.SimpleQueue[Future[Trial]] = queue.SimpleQueue()
        flying, asking = 0, True
        while True:
            while asking and flying < self.parallel:
                candidate = self.ask()
                if candidate is None:
                    break
                try:
                    lab.submit(candidate).add_done_callback(done.put)
                except BudgetSpent:
                    asking = False
                else:
                    flying += 1
            if not flying:
                return
            trial = done.get().result()
            flying -= 1
            self.tell(trial)
