"""`toolkit runs`: what lies in the runs folder."""

from __future__ import annotations

from pathlib import Path

import click

from . import lookup


@click.command("runs")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=lookup.RUNS, show_default=True,
    help="Where to look.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
def command(folder: Path, as_json: bool) -> None:
    """List runs: study, budget, cells finished."""
    from ..errors import UserError
    from ..ledger import FILENAME, Ledger
    from ..state import load

    rows = []
    for path in sorted(folder.glob(f"*/{FILENAME}")):
        try:
            with Ledger(path.parent, writer=False) as ledger:
                state = load(ledger)
        except UserError as error:
            click.echo(str(error), err=True)
            continue
        done = sum(cell.ended is not None for cell in state.cells.values())
        rows.append(
            {
                "run": path.parent.name,
                "study": state.study.get("name", "?"),
                "budget": state.budget,
                "cells": len(state.cells),
                "ended": done,
            }
        )
    if as_json:
        lookup.print_json(rows)
    elif not rows:
        click.echo(f"no runs in {folder}; `toolkit compare --budget 50` makes one")
    for row in () if as_json else rows:
        click.echo(
            f"{row['run']}  budget {row['budget']:g}, {row['ended']}/{row['cells']} cells ended"
        )
