"""`toolkit plot`: pictures of a run, from its ledger."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UserError
from . import lookup, output

KINDS = (
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
@click.argument("kind", type=click.Choice(KINDS), default="all")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write into DIR in place of RUN/plots.",
)  # fmt: skip
def command(run: str, kind: str, out: Path | None) -> None:
    """Write pictures of RUN (a folder, or a name below ./runs), each as PNG and SVG.

    \b
    anytime              the champion's score over the trials charged
    search-against-test  each champion's search score against the score that decides
    failures             how evaluations ended
    attribution          the value of each part of a gain; one picture for each searcher
    order-dependence     the value of each part against its gain when it was accepted; the same
    all                  every kind that the run has something for (default)
    """
    from ..report import plots

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    kinds = None if kind == "all" else (kind,)
    written = plots.write(state, out or folder / "plots", kinds)
    if not written:
        raise UserError(f"there is nothing to draw of {kind}: {MISSING[kind].format(run=run)}")
    for path in written:
        output.say(path)
