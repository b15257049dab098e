"""`toolkit finalize`: a champion as commits or patches that a colleague can review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..figures import counted
from . import lookup, output

if TYPE_CHECKING:
    from ..finalize.message import Words
    from ..ledger.cell import CellState
    from ..ledger.state import State


@click.command("finalize")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option("--searcher", help="Alias of the searcher. Default: the best champion on search.")
@click.option("--seed", type=int, help="Seed of the cell. Default: the searcher's best on search.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for one patch a part. Default: finalize-SEARCHER-SEED, without --repo.",
)
@click.option(
    "--repo",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of the program in a git repository: make branches there, one commit a part.",
)
def command(
    run: str, searcher: str | None, seed: int | None, out: Path | None, repo: Path | None
) -> None:
    """Write RUN's champion as changes to review: the decided gains first, the others apart.

    Each part is a commit (--repo) or a patch (--out) with its hypothesis and its causal gain, in an
    order that its needs allow. Parts without a decided gain stand on a branch apart.

    Example: toolkit finalize RUN --repo ~/my-program
    """
    from ..exports.moments import moments
    from ..finalize import branches, patches
    from ..finalize.message import Words
    from ..finalize.series import series
    from ..report.summary import reported
    from ..report.wording import wording

    folder = lookup.run_folder(run)
    state = lookup.reportable(folder)
    cell = _cell(state, reported(state), searcher, seed)
    words = Words(folder.resolve().name, series(state, cell), wording(state, reported(state)))
    ended = {trial: end for (key, trial), (_, end) in moments(folder).items() if key == cell.key}
    at = {trial: end for trial, end in ended.items() if end is not None}
    if repo:
        for name, count in branches.write(words, repo, at):
            output.say(f"{name}  {counted(count, 'commit')}")
    if out or not repo:
        for path in patches.write(words, out or Path(f"finalize-{cell.name}"), at):
            output.say(path)
    _tell(words)


def _cell(
    state: State, cells: Sequence[CellState], searcher: str | None, seed: int | None
) -> CellState:
    """Cell that is asked for; of several the one whose champion is best on the search split."""
    from ..errors import UserError, unknown
    from ..report.gaps import rank

    aliases = dict.fromkeys(cell.alias for cell in cells)
    if searcher and searcher not in aliases:
        raise UserError(unknown("searcher", searcher, aliases, more=" in this run"))
    fitting = [cell for cell in cells if searcher in (None, cell.alias)]
    seeds = dict.fromkeys(cell.seed for cell in fitting)
    if seed is not None and seed not in seeds:
        raise UserError(unknown("seed", str(seed), map(str, seeds), more=" in this run"))
    fitting = [cell for cell in fitting if seed in (None, cell.seed)]
    if not fitting:
        raise UserError("the run has no cells yet; type its `toolkit compare` again")
    best = max(fitting, key=lambda cell: rank(state, cell))
    if len(fitting) > 1:
        output.note(f"{best.name}: the best champion on the search split of {len(fitting)} cells")
    return best


def _tell(words: Words) -> None:
    """Lines beside the result: what is in which stage, and what was not measured."""
    series = words.series
    told = {
        "decided": "with a decided gain, or needed by one that has",
        "undecided": "apart: gain not decided",
        "losing": "apart: a decided loss, or cannot be without one that loses",
    }
    for stage, text in told.items():
        if count := len([step for step in series.steps if step.stage == stage]):
            output.note(f"{counted(count, 'part')} {text}")
    if not series.measured:
        output.note(
            f"no account of this champion is on record, so nothing is decided: `toolkit attribute "
            f"{words.run}` makes one"
        )
    if loose := [step for step in series.steps if not step.changes_files]:
        output.note(
            f"{counted(len(loose), 'part')} set values that no file of the program holds: hand "
            "them over as README.md or the commit says"
        )
    if series.cell.ended is None:
        output.note(f"{series.cell.name} has not ended: this is its champion so far")
