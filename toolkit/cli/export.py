"""`toolkit export`: a run for other tools; a champion for `run --candidate` and `git apply`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from . import lookup, output


@click.command("export")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option("--searcher", help="Alias of the searcher whose champion is written.")
@click.option(
    "--recording", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the language model's replies to FILE instead, for --llm recorded:FILE.",
)  # fmt: skip
@click.option("--model", help="Model that answered (family, date), for the recording's header.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the cell.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder to write into. Default: the current one.",
)
@click.option("--optuna", metavar="URL", help="Write an Optuna study a cell: sqlite:///run.db")
@click.option(
    "--csv", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write trials.csv, items.csv, parts.csv, standings.csv and looks.csv into DIR.",
)  # fmt: skip
@click.option("--mlflow", metavar="URI", help="Write to MLflow's server: http://127.0.0.1:5000")
@click.option(
    "--perfetto", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a timeline of the run, which ui.perfetto.dev opens.",
)  # fmt: skip
def command(
    run: str, searcher: str | None, recording: Path | None, model: str | None, seed: int, out: Path,
    optuna: str | None, csv: Path | None, mlflow: str | None, perfetto: Path | None,
) -> None:  # fmt: skip
    """Write RUN for other tools, or one champion, or the recording of one cell.

    With --optuna, --csv, --mlflow or --perfetto: all cells of the run. With --searcher:
    champion-SEARCHER-SEED.json and .patch.

    Example: toolkit export RUN --optuna sqlite:///run.db --csv tables
    """
    from ..errors import UserError

    folder = lookup.run_folder(run)
    if (optuna, csv, mlflow, perfetto) == (None, None, None, None):
        _champion(folder, searcher, recording, model, seed, out)
        return
    if searcher or recording:
        raise UserError(
            "--optuna, --csv, --mlflow and --perfetto write all cells of a run; type the export of "
            "one cell (--searcher, --recording) as a command of its own"
        )
    for line in _whole(folder, optuna, csv, mlflow, perfetto):
        output.say(line)


def _whole(
    folder: Path, optuna: str | None, csv: Path | None, mlflow: str | None, perfetto: Path | None
) -> Iterator[object]:
    """Write the forms that are asked for; yields what was written, and a note on how to open it."""
    from ..exports import sheets, studies, timeline, tracking
    from ..exports.moments import moments

    state, times, name = lookup.reportable(folder), moments(folder), folder.resolve().name
    if csv is not None:
        yield from sheets.write(state, csv, times)
    if perfetto is not None:
        timeline.write(state, folder, perfetto)
        yield perfetto
        output.note(f"next: open https://ui.perfetto.dev and give it {perfetto}")
    if optuna is not None:
        yield from (f"study {one}" for one in studies.write(state, optuna, name, times))
        output.note("next: `optuna-dashboard` with the same URL shows them")
    if mlflow is not None:
        yield f"experiment {tracking.write(state, mlflow, name, times)}"


def _champion(
    folder: Path, searcher: str | None, recording: Path | None, model: str | None, seed: int,
    out: Path,
) -> None:  # fmt: skip
    """Files of one champion, or the recording of its cell."""
    from ..errors import UserError, unknown
    from ..report import files, written
    from ..report.summary import reported

    state = lookup.reportable(folder)
    known = {cell.name: cell for cell in reported(state)}
    if not searcher:
        names = ", ".join(dict.fromkeys(one.rpartition("-")[0] for one in known))
        raise UserError(f"--searcher is missing; the run has champions of: {names or 'nobody'}")
    name = f"{searcher}-{seed}"
    if name not in known:
        raise UserError(unknown("cell", name, known))
    if recording:
        files.write_recording(state, known[name], recording, model)
        output.say(recording)
        return
    if known[name].ended is None:
        output.note(
            f"{name} has not ended: this is its best of {len(known[name].trials)} trials so far; "
            "type its `toolkit compare` again to finish it"
        )
    files.make_folder(out)
    champion = state.champion(known[name]).candidate
    for path in (made := files.write_champion(state, known[name], out)):
        output.say(path)
    output.note(_next(*made, unchanged=not champion.overrides and not champion.patch))
    for line in written.beside(state, champion):
        output.note(f"no patch can hold these values: {line}")


def _next(candidate: Path, patch: Path, *, unchanged: bool) -> str:
    """Advice on the files."""
    if unchanged:
        return f"the champion is the unchanged program, so {patch} is empty"
    run = f"`toolkit run STUDY --candidate {candidate}` runs it"
    if not patch.stat().st_size:
        return f"next: {run}; {patch} is empty, since its values stand in no file of the program"
    return f"next: {run}; `git apply {patch}`, in the program's folder, writes it into your files"
