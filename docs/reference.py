"""Reference of the command line, from the commands themselves: `python docs/reference.py`.

Written is docs/cli.md; a test compares the page with what this makes of the commands.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from toolkit.cli import groups
from toolkit.cli.main import COMMANDS, CONTEXT, cli

PAGE = Path(__file__).resolve().parent / "cli.md"
HEAD = """\
# Commands

This page is made of the commands' own help by `docs/reference.py`. Every option can also be set by
an environment variable: `TOOLKIT_COMPARE_BUDGET=50` is `--budget 50` of `toolkit compare`. Wrong
input is one line on standard error and exit code 2.
"""


def page() -> str:
    """Text of docs/cli.md."""
    root = click.Context(cli, info_name="toolkit", **CONTEXT)
    lines = [HEAD]
    for group, names in groups.grouped(COMMANDS):
        lines += [f"## {group.partition(' (')[0]}", ""]
        for name in names:
            command = cli.get_command(root, name)
            assert command is not None
            lines += _command(f"toolkit {name}", command)
            lines += ["```", groups.EXAMPLES[name], "```", ""]
            for inner, below in getattr(command, "commands", {}).items():
                lines += _command(f"toolkit {name} {inner}", below)
    return "\n".join(lines).rstrip() + "\n"


def _command(title: str, command: click.Command) -> Iterator[str]:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    words = "".join(f" {_argument(one)}" for one in arguments)
    yield from (f"### `{title}{words}`", "", _prose(command.help or ""), "")
    if options:
        yield from ("| option | meaning |", "| --- | --- |", *map(_option, options), "")


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{one}`" for one in [*option.opts, *option.secondary_opts])
    takes = "" if option.is_flag else f" {_cell(_value(option))}"
    default = ""
    if option.show_default:
        default = f" Default: `{option.opts[0] if option.is_flag else option.default}`."
    return f"| {names}{takes} | {_cell(option.help or '')}{default} |"


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return " or ".join(f"`{one}`" for one in option.type.choices)
    return option.type.name.upper().split(" ")[0]


def _prose(text: str) -> str:
    paragraphs = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
