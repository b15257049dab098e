"""`toolkit studies`: what can be compared."""

from __future__ import annotations

import click

from . import lookup


@click.command("studies")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option("--json", "as_json", is_flag=True)
def command(study: str | None, as_json: bool) -> None:
    """List studies, or show STUDY: its code, parameters, splits and limits."""
    from ..plugins import installed

    registry = installed()
    if study is None:
        known = sorted(registry.known("study").values(), key=lambda found: found.name)
        rows = [{"name": k.name, "summary": k.summary, "default": k.default} for k in known]
        if as_json:
            lookup.print_json(rows)
            return
        for row in rows:
            mark = " (default)" if row["default"] else ""
            click.echo(f"{row['name']}{mark}: {row['summary']}")
        return
    found = lookup.study(study, registry)
    row = {
        "name": found.name,
        "title": found.title,
        "digest": found.digest,
        "entry": found.entry or " ".join(found.command),
        "editable": list(found.sources),
        "parameters": {name: str(param) for name, param in found.space.items()},
        "splits": {split: list(clusters) for split, clusters in found.splits.items()},
        "limits": found.limits.to_json(),
        "searchers": list(found.searchers),
        "seeds": found.seeds,
    }
    if as_json:
        lookup.print_json(row)
        return
    for key, value in row.items():
        if isinstance(value, dict):
            click.echo(f"{key}:")
            for name, inner in value.items():
                click.echo(f"  {name}: {inner}")
        else:
            click.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
