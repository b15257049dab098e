"""`toolkit runs`: the runs in a folder, one of them, two of them, a page of all, deletion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..errors import UserError
from ..figures import counted
from ..report.wording import alone
from ..study.objective import Objective
from . import lookup, output

if TYPE_CHECKING:
    from ..runs.run import Run

INDEX = "index.html"
FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), default=lookup.RUNS, show_default=True,
    help="Folder that holds the run folders.",
)  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("runs", invoke_without_command=True)
@FOLDER
@JSON
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """List runs, or look at some: the verdict of each, its budget, its study, its date.

    For example: toolkit runs compare daybook-1a2b3c4d elsewhere/daybook-1a2b3c4d
    """
    if context.invoked_subcommand is None:
        _list(folder, as_json)
        return
    for name, option in (("folder", "--folder"), ("as_json", "--json")):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            inner = context.invoked_subcommand
            raise UserError(f"{option} goes behind the command: toolkit runs {inner} {option} ...")


@command.command("list")
@FOLDER
@JSON
def list_(folder: Path, as_json: bool) -> None:
    """List the runs in a folder, as `toolkit runs` by itself does."""
    _list(folder, as_json)


def _list(folder: Path, as_json: bool) -> None:
    from ..runs.listing import ledgers, listed

    kept, found = [], ledgers(folder)
    for row in listed(folder):
        if not isinstance(row, dict):
            output.note(row.why)
        elif as_json:
            kept.append(row)
        else:
            for line in _line(row):
                output.say(line)
    if as_json:
        output.say_json(kept)
    elif not found:
        output.say(f"no runs in {folder}; `toolkit compare --budget 50` makes one")


def _line(row: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{row['run']}  {row['at'] or '-'}  {row['study']}, budget {row['budget']:g}, "
        f"{row['ended']} of {counted(row['cells'], 'cell')} ended, {_best(row)} on search, "
        f"searchers: {', '.join(row['searchers']) or '-'}"
    )
    yield f"    {row['verdict']}"


def _best(row: Mapping[str, Any]) -> str:
    """`best 0.312`, `best RMSE 812.4 K`, `best bits per byte 1.034 (reported)`."""
    return f"best {alone(Objective.from_json(row['objective']), row['best'])}"


@command.command("show")
@click.argument("run", shell_complete=lookup.complete_run)
@JSON
def show(run: str, as_json: bool) -> None:
    """Show RUN: its command, its cells, its verdict, and its files."""
    from ..runs.listing import row
    from ..runs.showing import lines

    found = _run(run)
    if as_json:
        output.say_json({**row(found), "folder": str(found.folder), "cells": _cells(found)})
        return
    for line in lines(found):
        output.say(line)


def _cells(run: Run) -> list[Any]:
    return list(run.summary["cells"]) if run.state.commands else []


@command.command("delete")
@click.argument("names", metavar="RUN...", nargs=-1, required=True,
                shell_complete=lookup.complete_run)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(names: tuple[str, ...], yes: bool) -> None:
    """Delete runs: their ledgers and all that was written of them.

    Files of others in the same folder stay. A run that is at work is refused.
    """
    from ..runs import deletion, showing

    folders = [lookup.run_folder(name) for name in names]
    for folder in folders:
        with deletion.idle(folder):  # refused before anything is asked
            pass
    for folder in folders:
        if not yes and not click.confirm(f"Delete {showing.holds(folder)}?", err=True):
            output.note(f"{folder} stays")
            continue
        left = deletion.delete(folder)
        beside = f"; {counted(len(left), 'other file')} stay there" if left else ""
        output.say(f"{folder} deleted{beside}")


@command.command("compare")
@click.argument("one", shell_complete=lookup.complete_run)
@click.argument("two", shell_complete=lookup.complete_run)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page of it, too."
)
@JSON
def compare(one: str, two: str, html: Path | None, as_json: bool) -> None:
    """Compare two runs of one study: what differs in the commands, gains, verdicts."""
    from ..report import files, two_runs
    from ..runs import comparing

    found = comparing.compare(_run(one), _run(two))
    if html:
        from ..page.several import comparison_page

        files.replace(html, comparison_page(found))
        output.note(f"written to {html}")
    if as_json:
        output.say_json(found)
        return
    for line in two_runs.lines(found):
        output.say(line)


@command.command("index")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; links are from DIR. Default: index.html in the folder.",
)  # fmt: skip
def index(folder: Path, out: Path | None) -> None:
    """Write an index page of all runs in FOLDER and in folders of it.

    It links to each run's report.html, and works from disk and from any web server.
    """
    from ..page.several import index_page
    from ..report import files
    from ..runs.listing import listed

    rows = [
        row if isinstance(row, dict) else {"run": row.name, "problem": row.why}
        for row in listed(folder, deep=True)
    ]
    path = out or folder / INDEX
    files.replace(path, index_page(folder.absolute().name, rows))
    output.say(path)
    lacking = sum(not row.get("page") for row in rows)
    if lacking:
        output.note(
            f"{lacking} of {counted(len(rows), 'run')} have no report.html to link to; `toolkit "
            "report RUN` writes one"
        )


def _run(name: str) -> Run:
    from ..runs.run import load_run

    return load_run(lookup.run_folder(name))
