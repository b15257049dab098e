"""Edits of the toy program, and runs whose one champion is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

MAIN, CURVE = "toy_pipeline/main.py", "toy_pipeline/curve.py"
HELPER = (CURVE, "def height", "HALF = 0.5\n\n\ndef height")
USING = (CURVE, "miss = (par", "miss = HALF * (par")
LOUDER = (MAIN, "SCALE = 0.8", "SCALE = 0.9")


def give_roles(folder: Path) -> None:
    """Name the toy's curve as data and its main file as format, so that edits can be mixed."""
    file = folder / "study.toml"
    roles = f'[roles]\ndata = ["{CURVE}"]\nformat = ["{MAIN}"]'
    file.write_text(f"{file.read_text()}\n{roles}\n")


def only(state: State) -> tuple[CellState, Mapping[str, Any]]:
    (cell,) = state.cells.values()
    return cell, state.accounts[cell.key]


def toolkit_study(folder: Path) -> Any:
    from toolkit.study import study

    return study.load(folder)


def run(bench: Bench, folder: Path, factory: Callable[[], object], budget: float) -> State:
    with Ledger(folder, writer=True) as ledger:
        plan = Plan([CellSpec("steps", "steps", factory, {}, 0)], Budget(budget))
        return Comparison(bench, ledger, plan).run()
