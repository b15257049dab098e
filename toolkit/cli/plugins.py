"""`toolkit plugins`: installed plugins, with broken ones, and a template for a new one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from . import output

TEMPLATE = Path(__file__).parent / "template"


@click.group("plugins", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List plugins with the names that they register, and broken ones with the reason."""
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
        output.say_json(rows)
        return
    for row in rows:
        _print(row)


def _print(row: dict[str, Any]) -> None:
    output.say(f"{row['plugin']} ({row['distribution']} {row['version']})")
    if row["broken"]:
        output.say(f"  broken: {row['broken']}")
        return
    if row["slow"]:
        output.say(f"  slow: {row['slow']}")
    for found in row["registers"]:
        output.say(f"  {found['kind']} {found['name']}: {found['summary']}")


def _class_name(name: str) -> str:
    return "".join(map(str.title, name.split("_")))


def _problem(name: str, cls: str) -> str:
    """Why a new plugin cannot have this name; empty if it can."""
    import keyword

    from ..plugins import installed

    if not re.fullmatch(r"[a-z]([a-z0-9_]*[a-z0-9])?", name):
        return "must be lower-case letters a-z, digits and _ inside, such as 'annealing'"
    if keyword.iskeyword(name) or keyword.iskeyword(cls):
        return f"is a word of Python's own; choose another, such as '{name}_search'"
    registry = installed()
    taken = {plugin.name: plugin.distribution for plugin in registry.plugins}
    owners = {found.name: taken[found.plugin] for found in registry.known("searcher").values()}
    if name in taken | owners:
        return (
            f"is taken by an installed plugin (of {(taken | owners)[name]}), and two of one name "
            f"are refused; choose another, such as 'my_{name}'"
        )
    return ""


@command.command("new")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(),
              help="Folder to write into. Default: the current one.")  # fmt: skip
def new(name: str, out: Path) -> None:
    """Write a new plugin, to start from.

    It is a distribution toolkit-NAME with a working searcher and its test.
    """
    import jinja2

    from ..errors import UserError

    words = {"name": name, "module": f"toolkit_{name}", "cls": _class_name(name)}
    if problem := _problem(name, words["cls"]):
        raise UserError(f"{name!r} {problem}")
    folder = out / f"toolkit-{name}"
    if folder.exists():
        raise UserError(f"{folder} exists already; choose another name, or --out another folder")
    targets = {
        "pyproject.toml.jinja": folder / "pyproject.toml",
        "README.md.jinja": folder / "README.md",
        "module.py.jinja": folder / f"{words['module']}.py",
        "test_module.py.jinja": folder / "tests" / f"test_{name}.py",
    }
    for template, target in targets.items():
        text = (TEMPLATE / template).read_text(encoding="utf-8")
        environment = jinja2.Environment(keep_trailing_newline=True, autoescape=False)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(environment.from_string(text).render(words), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{target} cannot be written: {error.strerror}") from error
        output.say(target)
    output.note(f"next: pip install -e '{folder}[test]' && pytest {folder}")
