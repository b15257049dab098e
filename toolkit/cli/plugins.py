"""`toolkit plugins`: what is installed, what it offers, what is broken; and a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import lookup

TEMPLATE = Path(__file__).parent / "template"


@click.group("plugins", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List plugins with the names they register; a broken one shows its reason."""
    if context.invoked_subcommand is not None:
        return
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
            "slow": plugin.slow,
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
    if row["slow"]:
        click.echo(f"  slow: {row['slow']}")
    for found in row["registers"]:
        click.echo(f"  {found['kind']} {found['name']}: {found['summary']}")


@command.command("new")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path())
def new(name: str, out: Path) -> None:
    """Write a working distribution toolkit-NAME with a searcher and its test."""
    import jinja2

    from ..errors import UserError

    if not name.isidentifier() or name != name.lower():
        raise UserError(f"{name!r} must be a lower-case Python name, such as 'annealing'")
    folder = out / f"toolkit-{name}"
    if folder.exists():
        raise UserError(f"{folder} exists already; choose another name, or --out another folder")
    module = f"toolkit_{name}"
    words = {"name": name, "module": module, "cls": "".join(map(str.title, name.split("_")))}
    targets = {
        "pyproject.toml.jinja": folder / "pyproject.toml",
        "README.md.jinja": folder / "README.md",
        "module.py.jinja": folder / f"{module}.py",
        "test_module.py.jinja": folder / "tests" / f"test_{name}.py",
    }
    for template, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (TEMPLATE / template).read_text(encoding="utf-8")
        environment = jinja2.Environment(keep_trailing_newline=True, autoescape=False)
        target.write_text(environment.from_string(text).render(words), encoding="utf-8")
        click.echo(target)
    click.echo(f"next: pip install -e '{folder}[test]' && pytest {folder}", err=True)
