"""`toolkit runs`: the runs in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..figures import counted
from ..ledger.state import State, load
from ..ledger.subjects import BASELINE
from ..report.wording import alone
from ..study.objective import Objective
from . import lookup, output


@click.command("runs")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=lookup.RUNS, show_default=True,
    help="Folder that holds the run folders.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(folder: Path, as_json: bool) -> None:
    """List runs: when each began, its budget, cells ended, best search score, searchers."""
    from ..errors import UserError
    from ..ledger.ledger import FILENAME, Ledger

    rows = []
    for path in sorted(folder.glob(f"*/{FILENAME}")):
        try:
            with Ledger(path.parent, writer=False) as ledger:
                state = load(ledger)
        except UserError as error:
            output.note(str(error))
            continue
        rows.append(_row(path.parent.name, state))
    if as_json:
        output.say_json(rows)
    elif not rows:
        output.say(f"no runs in {folder}; `toolkit compare --budget 50` makes one")
    for row in () if as_json else rows:
        output.say(
            f"{row['run']}  {row['at'] or '-'}  budget {row['budget']:g}, "
            f"{row['ended']} of {counted(row['cells'], 'cell')} ended, {_best(row)} on search, "
            f"searchers: {', '.join(row['searchers']) or '-'}"
        )


def _best(row: Mapping[str, Any]) -> str:
    """`best 0.312`, `best RMSE 812.4 K`, `best bits per byte 1.034 (reported)`."""
    return f"best {alone(Objective.from_json(row['objective']), row['best'])}"


def _row(name: str, state: State) -> dict[str, Any]:
    """A run's line. at: when its last command began, local time; best: of all champions."""
    cells = state.cells.values()
    known = (BASELINE, "search") in state.assessments
    scores = [state.champion(cell).score for cell in cells] if known else []
    best = max((score for score in scores if score is not None), default=None)
    objective = state.objective
    begun = datetime.fromtimestamp(state.commands[-1]["at"]) if state.commands else None
    return {
        "run": name,
        "study": state.study.get("name", "?"),
        "at": begun and begun.isoformat(" ", "minutes"),
        "budget": state.budget,
        "cells": len(cells),
        "ended": sum(cell.ended is not None for cell in cells),
        "searchers": list(dict.fromkeys(cell.alias for cell in cells)),
        "best": objective.shown(best),
        "objective": objective.to_json(),
    }
