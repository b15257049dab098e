"""Agents that a test writes down as a shell script, and what became of their cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from searchers.agent import Agent
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.outside import walls
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

PRELUDE = """
say() { echo "$*" >> "$TMPDIR/said"; }
try() { ./trial "$@" >> "$TMPDIR/answers" 2>&1; say $?; }
"""
"""say: into a file that `said` reads. try: a trial, whose exit status is said"""


@dataclass(frozen=True)
class Searched:
    """Outcome of one cell. folder: that of its agent."""

    cell: CellState
    folder: Path

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def said(self) -> list[str]:
        """Words of the script, line by line."""
        path = self.folder / "tmp" / "said"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    @property
    def answers(self) -> str:
        """Output of its trials."""
        return (self.folder / "tmp" / "answers").read_text()

    @property
    def statuses(self) -> list[str]:
        return [trial.status for _, trial in sorted(self.cell.trials.items())]

    @property
    def ending(self) -> str:
        return self.cell.sessions[max(self.cell.sessions)].ending


def script(folder: Path, text: str) -> str:
    """Command line of an agent that is a shell script."""
    path = folder / "agent.sh"
    path.write_text(PRELUDE + text)
    return f"sh {path}"


def search(
    bench: Bench, folder: Path, text: str, *, budget: float = 5, stall_s: float = 60,
    max_seconds: float | None = None, max_usd: float | None = None, **options: Any,
) -> Searched:  # fmt: skip
    """One cell of an agent that is a shell script; again, it goes on."""
    given = {"command": script(folder, text), "grace_s": 5.0, **options}
    spec = CellSpec("agent", "agent", Agent, given, 0)
    limits = Budget(budget, max_seconds, max_usd)
    plan = Plan([spec], limits, 1, stall_s, search_only=True, weak=not walls.abi())
    with Ledger(folder / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, plan).run()
    (cell,) = state.cells.values()
    (place,) = places(folder / "run")
    assert cell.charged == len(cell.started) * state.study["full"]
    return Searched(cell, place)


def places(run: Path) -> Sequence[Path]:
    """Folders of the agents of a run."""
    return sorted((run / "agents").iterdir())


def rows(found: Searched) -> Iterator[dict[str, str]]:
    """Lines of results.tsv."""
    head, *lines = (found.workspace / "results.tsv").read_text().split("\n")[:-1]
    for line in lines:
        yield dict(zip(head.split("\t"), line.split("\t"), strict=True))
