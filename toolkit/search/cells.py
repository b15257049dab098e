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
from .searcher import Searcher, controls

STALL_S = 900.0
SERVE = "serve"
"""searcher of the cell that `toolkit serve` runs, which no other command can ask for"""


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
    objective: str = ""
    """the view whose scores it is shown; "" for the study's objective"""
    wished: bool = False
    """that view is what its searcher's own options ask for"""

    @property
    def key(self) -> str:
        """A changed option is another cell: it never replays another sampler's trials."""
        parts: list[Any] = [self.alias, self.searcher, dict(self.options), self.model, self.seed]
        parts += [self.objective] if self.objective else []
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
            **({"objective": self.objective} if self.objective else {}),
            **self._traits(),
        }

    def _traits(self) -> dict[str, Any]:
        """Traits that its searcher says it has; `live` and `controls` only where it does."""
        try:
            made = self.make()
            independent, live = (bool(getattr(made, one, False)) for one in ("independent", "live"))
        except BaseException as error:  # its cell will fail of it, and say why
            if interrupts.came(error):
                raise
            return {"independent": False}
        held = {"controls": dict(found)} if (found := controls(made)) else {}
        return {"independent": independent, **({"live": True} if live else {}), **held}


@dataclass(frozen=True)
class Plan:
    """Plan of one command. slots: cells, and evaluations, at a time.

    search_only: the baseline and the cells, and nothing that only a report needs. after: how much
    follows the search; None: all of it, unless that would cost more than the search (cost.py).
    joins: it reports the cells of the last command too, where they had the same budget.
    weak: agents run without walls, and could read the data.
    """

    cells: Sequence[CellSpec]
    budget: Budget
    slots: int = 1
    stall_s: float = STALL_S
    channel: Channel | None = None
    search_only: bool = False
    after: After | None = None
    joins: bool = False
    weak: bool = False

    def covers(self, ended: Mapping[str, Any] | None) -> bool:
        """True if a cell that ended so has nothing left to do under this plan's budget."""
        if ended is None or ended["status"] != "finished":
            return False
        timed_out = _is_wider(self.budget.max_seconds, ended["max_seconds"])
        if ended.get("count_waiting") and not self.budget.count_waiting:
            timed_out = True  # what it waited leaves seconds now
        paid_out = _is_wider(self.budget.max_usd, ended.get("max_usd"))
        return ended["budget"] >= self.budget.trials and not timed_out and not paid_out


def _is_wider(limit: float | None, before: float | None) -> bool:
    return before is not None and (limit is None or limit > before)


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
