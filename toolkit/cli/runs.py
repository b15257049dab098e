"""`toolkit runs`: what lies in the runs folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..ledger.state import BASELINE, State, load
from . import lookup, output


@click.command("runs")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=lookup.RUNS, show_default=True,
    help="Where to look.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
def command(folder: Path, as_json: bool) -> None:
    """List runs: when, budget, cells ended, best search score, searchers."""
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
        best = "-" if row["best"] is None else f"{row['best']:.3f}"
        output.say(
            f"{row['run']}  {row['at'] or '-'}  budget {row['budget']:g}, "
            f"{row['ended']}/{row['cells']} cells ended, best {best} on search, "
            f"searchers: {', '.join(row['searchers']) or '-'}"
        )


def _row(name: str, state: State) -> dict[str, Any]:
    """at: when its last command began, in local time; best: of all champions, on search."""
    cells = state.cells.values()
    known = (BASELINE, "search") in state.assessments
    scores = [state.champion(cell).score for cell in cells] if known else []
    begun = datetime.fromtimestamp(state.commands[-1]["at"]) if state.commands else None
    return {
        "run": name,
        "study": state.study.get("name", "?"),
        "at": begun and begun.isoformat(" ", "minutes"),
        "budget": state.budget,
        "cells": len(cells),
        "ended": sum(cell.ended is not None for cell in cells),
        "searchers": list(dict.fromkeys(cell.alias for cell in cells)),
        "best": max((score for score in scores if score is not None), default=None),
    }
