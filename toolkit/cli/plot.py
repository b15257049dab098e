"""`toolkit plot`: pictures of a run, from its ledger."""

from __future__ import annotations

from pathlib import Path

import click

from . import lookup

KINDS = ("all", "anytime", "search-against-test", "failures")


@click.command("plot")
@click.argument("run", shell_complete=lookup.complete_run)
@click.argument("kind", type=click.Choice(KINDS), default="all")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder.")
def command(run: str, kind: str, out: Path | None) -> None:
    """Write PNG and SVG of KIND (default: all) for RUN."""
    from ..report import plots

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    kinds = None if kind == "all" else (kind,)
    for path in plots.write(state, out or folder / "plots", kinds):
        click.echo(path)
