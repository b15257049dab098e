"""Runs of one searcher on the toy study, as the contract of searchers makes them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..bench.bench import Bench
from ..compare import Comparison
from ..evaluators.machine import open_machine
from ..ledger.cell import CellState
from ..ledger.ledger import FILENAME, Ledger
from ..search.budget import Budget
from ..search.cells import CellSpec, Plan
from ..study import study as study_files

TOY = Path(__file__).parent.parent / "toy"
STORMY = TOY / "stormy.toml"
"""The toy study, where every candidate with x below 0.5 crashes."""
BOUNDED = TOY / "bounded.toml"
"""The toy study with requirements between its parameters."""


def search(
    factory: Callable[..., Any],
    folder: Path,
    *,
    budget: float = 12,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    study: Path = TOY,
) -> CellState:
    """Run one searcher as one cell of a comparison whose run lies in `folder`, and no further.

    The same call again resumes. The cell's `trials`, `charged` (in items) and `ended` say
    what happened.
    """
    found = study_files.load(study)
    cell = CellSpec("plugin", "plugin", factory, dict(options or {}), seed)
    with (
        Ledger(folder, writer=True) as ledger,
        open_machine(preload=found.preload, command=bool(found.command)) as evaluator,
    ):
        plan = Plan([cell], Budget(budget), stall_s=60, search_only=True)
        return Comparison(Bench(found, evaluator), ledger, plan).run().cells[cell.key]


def path(cell: CellState) -> list[str]:
    """Digests of the candidates that a cell asked for, in order."""
    return [cell.started[number].candidate.digest for number in sorted(cell.started)]


def forget(folder: Path, keep: int) -> None:
    """Cut a run's log after the nth start or finish, as a kill at that moment would have."""
    with Ledger(folder, writer=False) as ledger:
        steps = [e.seq for e in ledger.events() if e.kind in {"started", "finished"}]
    with contextlib.closing(sqlite3.connect(folder / FILENAME, isolation_level=None)) as database:
        database.execute("DELETE FROM events WHERE seq > ?", (steps[keep - 1],))


def expect_finished(cell: CellState) -> None:
    """AssertionError with the searcher's own error where it did not come to its end."""
    assert cell.ended is not None, "the run was stopped before the searcher came to its end"
    assert cell.ended["status"] == "finished", cell.ended["detail"]
