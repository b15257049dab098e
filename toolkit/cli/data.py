"""`toolkit data`: benchmark files, fetched from their official home and checked."""

from __future__ import annotations

import click

from . import lookup


@click.group("data")
def command() -> None:
    """Fetch and check benchmark data."""


@command.command("fetch")
@click.argument("study", shell_complete=lookup.complete_study)
def fetch(study: str) -> None:
    """Download the files of STUDY and check their SHA-256."""
    from .. import data
    from ..plugins import installed

    found = lookup.study(study, installed())
    if found.source is None:
        click.echo(f"{found.name} is bundled: nothing to fetch")
        return
    if found.source.licence:
        click.echo(f"licence: {found.source.licence}")
    for name, state in data.fetch(found.source).items():
        click.echo(f"{data.root() / found.source.folder / name}: {state}")


@command.command("status")
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """Say which files are present and right."""
    from .. import data
    from ..plugins import installed
    from ..study import load

    rows = []
    for name, found in sorted(installed().known("study").items()):
        source = load(found.value).source
        for file in source.files if source else ():
            problem = data.problem(source, file) if source else ""
            rows.append({"study": name, "file": file.name, "problem": problem})
    if as_json:
        lookup.print_json(rows)
        return
    click.echo(f"data folder: {data.root()}")
    for row in rows:
        click.echo(f"{row['study']}: {row['file']}: {row['problem'] or 'present'}")
