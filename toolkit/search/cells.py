"""Cells that a command asks for, their budget, and the observer of their progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import interrupts
from ..bench.cost import After
from ..errors import PluginError
from ..ledger.cell import CellState
from ..llm.gateway import Channel
from ..records import Trial, canonical, digest
from .budget import Budget
from .searcher import Searcher

STALL_S = 900.0


@dataclass(frozen=True)
class CellSpec:
    """A searcher under an alias with options and one seed."""

    alias: str
    searcher: str
    factory: Callable[..., Any]
    options: Mapping[str, Any]
    seed: int
    model: str | None = None
    uses_llm: bool = False

    @property
    def key(self) -> str:
        """A changed option is another cell: it never replays another sampler's trials."""
        parts = [self.alias, self.searcher, dict(self.options), self.model, self.seed]
        return f"{self.alias}-{self.seed}-{digest(canonical(parts))[:8]}"

    def make(self) -> Searcher:
        """A fresh searcher; raises PluginError where it is none, and what its options raise."""
        made: Searcher = self.factory(**self.options)
        if not callable(getattr(made, "run", None)):
            raise PluginError(
                f"searcher {self.alias!r} ({type(made).__name__}) has no method run(lab): write "
                "one, or derive from toolkit.AskTell and write ask() and tell(trial)"
            )
        return made

    def row(self) -> dict[str, Any]:
        """The cell as the ledger keeps it."""
        return {
            "alias": self.alias,
            "searcher": self.searcher,
            "options": dict(self.options),
            "seed": self.seed,
            "model": self.model,
            "independent": self._independent(),
        }

    def _independent(self) -> bool:
        try:
            return bool(getattr(self.make(), "independent", False))
        except BaseException as error:  # its cell will fail of it, and say why
            if interrupts.came(error):
                raise
            return False


@dataclass(frozen=True)
class Plan:
    """Plan of one command. slots: cells, and evaluations, at a time.

    search_only: the baseline and the cells, and nothing that only a report needs. after: how much
    follows the search; None: all of it, unless that would cost more than the search (cost.py).
    weak: agents run without walls, and could read the data.
    """

    cells: Sequence[CellSpec]
    budget: Budget
    slots: int = 1
    stall_s: float = STALL_S
    channel: Channel | None = None
    search_only: bool = False
    after: After | None = None
    weak: bool = False

    def covers(self, ended: Mapping[str, Any] | None) -> bool:
        """True if a cell that ended so has nothing left to do under this plan's budget."""
        if ended is None or ended["status"] != "finished":
            return False
        limit = self.budget.max_seconds
        wider = limit is None or limit > (ended["max_seconds"] or float("inf"))
        timed_out = ended["max_seconds"] is not None and wider
        return ended["budget"] >= self.budget.trials and not timed_out


class Observer:
    """Callbacks of a comparison, called by several threads; these do nothing."""

    def note(self, text: str) -> None:
        """Take a line for a person."""

    def begun(self, cell: CellState) -> None:
        """A cell begins, or goes on from what is on record."""

    def finished(self, cell: CellState, trial: Trial) -> None:
        """A trial became part of the record."""

    def ended(self, cell: CellState) -> None:
        """A cell came to its end."""
