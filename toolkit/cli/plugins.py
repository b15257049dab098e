"""`toolkit plugins`: what is installed, what it offers, what is broken."""

from __future__ import annotations

from typing import Any

import click

from . import lookup


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True)
def command(as_json: bool) -> None:
    """List plugins with the names they register; a broken one shows its reason."""
    from ..plugins import installed

    rows = [
        {
            "plugin": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "registers": [
                {"kind": found.kind, "name": found.name, "summary": found.summary}
                for found in plugin.registrations
            ],
            "broken": plugin.broken,
        }
        for plugin in installed().plugins
    ]
    if as_json:
        lookup.print_json(rows)
        return
    for row in rows:
        _print(row)


def _print(row: dict[str, Any]) -> None:
    click.echo(f"{row['plugin']} ({row['distribution']} {row['version']})")
    if row["broken"]:
        click.echo(f"  broken: {row['broken']}")
        return
    for found in row["registers"]:
        click.echo(f"  {found['kind']} {found['name']}: {found['summary']}")
