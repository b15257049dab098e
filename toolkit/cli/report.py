"""`toolkit report`: everything again, from the ledger alone."""

from __future__ import annotations

from pathlib import Path

import click

from . import lookup, output


@click.command("report")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write the files into DIR in place of RUN.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table.")
def command(run: str, out: Path | None, as_json: bool) -> None:
    """Print the report of RUN (a folder, or a name below ./runs) and write its files."""
    from ..report import files

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    summary = files.write(state, out or folder)
    output.say_json(summary) if as_json else output.show(summary)
