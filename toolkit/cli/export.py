"""`toolkit export`: a champion as files for `run --candidate` and `git apply`."""

from __future__ import annotations

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
def command(
    run: str, searcher: str | None, recording: Path | None, model: str | None, seed: int, out: Path
) -> None:
    """Write champion-SEARCHER-SEED.json and .patch of RUN, or the recording of that cell."""
    from ..errors import UserError, unknown
    from ..report import files, written
    from ..report.summary import reported

    state = lookup.reportable(lookup.run_folder(run))
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
