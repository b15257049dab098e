"""`toolkit data`: benchmark files, fetched from their official home and checked."""

from __future__ import annotations

import click

from . import lookup, output


@click.group("data")
def command() -> None:
    """Fetch and check benchmark data."""


@command.command("fetch")
@click.argument("study", shell_complete=lookup.complete_study)
def fetch(study: str) -> None:
    """Download the files of STUDY and check their SHA-256."""
    from ..plugins import installed
    from ..study import data

    found = lookup.study(study, installed())
    if found.source is None:
        output.say(f"{found.name} is bundled: nothing to fetch")
        return
    if found.source.licence:
        output.say(f"licence: {found.source.licence}")
    for name, state in data.fetch(found.source).items():
        output.say(f"{data.root() / found.source.folder / name}: {state}")


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def status(as_json: bool) -> None:
    """List the files and their state.

    Exits with 1 if a file is present and wrong.
    """
    from ..errors import UserError
    from ..plugins import installed
    from ..study import data
    from ..study.study import load

    rows, wrong = [], False
    for name, found in sorted(installed().known("study").items()):
        try:
            source = load(found.value).source
        except UserError as error:  # the others are still to be told of
            output.note(error)
            wrong = True
            continue
        if source is None:
            continue
        for file in source.files:
            problem = data.problem(source, file)
            rows.append({"study": name, "file": file.name, "problem": problem})
            present = (data.root() / source.folder / file.name).is_file()
            wrong = wrong or bool(problem and present)
    if as_json:
        output.say_json(rows)
    else:
        output.say(f"data folder: {data.root()}")
        for row in rows:
            output.say(f"{row['study']}: {row['file']}: {row['problem'] or 'present'}")
    raise SystemExit(int(wrong))
