"""`toolkit report`: the report of a run, made anew from its ledger alone."""

from __future__ import annotations

from pathlib import Path

import click

from . import lookup, output, shared_options


@click.command("report")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into. Default: the run folder.",
)
@click.option("--full", is_flag=True, help="Print all of it: every table, check and caution.")
@click.option("--open", "browse", is_flag=True, help="Open the page of the report in a browser.")
@shared_options.JSON
def command(run: str, out: Path | None, full: bool, browse: bool, as_json: bool) -> None:
    """Print the report of RUN (a folder, or a name below ./runs) and write its files anew."""
    from ..page import page
    from ..report import files

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    summary = files.write(state, out or folder)
    written = page.write(state, out or folder, summary)
    if as_json:
        output.say_json(summary)
    else:
        output.show(summary, run=folder, files=out, full=full)
    if browse and not page.opened(written):
        output.note(f"no browser was found; open {written.resolve()} in one")
