"""`toolkit plot`: pictures of a run, drawn from its ledger."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UserError
from . import lookup, output

PICTURES = (
    "all", "anytime", "search-against-test", "failures", "attribution", "order-dependence",
)  # fmt: skip
MISSING = {
    "attribution": "no champion has an account of its gain; `toolkit attribute {run}` makes them "
    "(a champion that is the baseline has no gain)",
    "order-dependence": "no champion has an account of parts that were accepted one after "
    "another; `toolkit attribute {run}` makes accounts (parameters of one trial have no order)",
    "search-against-test": "the study holds nothing out: the scores that were searched decide",
    "failures": "no searcher has begun; type `toolkit compare` to resume",
}


@click.command("plot")
@click.argument("run", shell_complete=lookup.complete_run)
@click.argument("picture", type=click.Choice(PICTURES), default="all", metavar="[PICTURE]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder. Default: plots in the run folder.",
)
def command(run: str, picture: str, out: Path | None) -> None:
    """Draw a PICTURE of RUN (default: all of them), as PNG and as SVG.

    Pictures: anytime (score over budget), search-against-test, failures (evaluations by status),
    attribution and order-dependence (one for each searcher's best champion).
    """
    from ..report import plots

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    chosen = None if picture == "all" else (picture,)
    written = plots.write(state, out or folder / "plots", chosen)
    if not written:
        raise UserError(f"nothing to draw for {picture}: {MISSING[picture].format(run=run)}")
    for path in written:
        output.say(path)
