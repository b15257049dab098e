"""The command line explains itself: groups, an example of each command, and where to begin."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable

import click
import pytest

from toolkit.cli.groups import EXAMPLES, GROUPS
from toolkit.cli.main import COMMANDS, CONTEXT
from toolkit.cli.main import cli as commands

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_toolkit_alone_names_the_two_commands_that_matter(cli: Cli) -> None:
    done = cli()
    assert done.returncode == 0
    assert [line.split("  ")[1] for line in done.stdout.splitlines() if line[:2] == "  "] == [
        "toolkit compare",
        "toolkit init .",
    ]
    assert "`toolkit -h` lists all commands" in done.stdout


def test_every_command_is_in_one_group() -> None:
    named = [name for group in GROUPS.values() for name in group]
    assert len(named) == len(set(named))
    assert set(COMMANDS) <= set(named)


def test_the_help_shows_the_groups_with_their_commands(cli: Cli) -> None:
    shown = cli("-h").stdout
    headings = [line.split(" (")[0] for line in shown.splitlines() if line.endswith("):")]
    assert headings == ["Run", "Look", "Extend", "Machine"]
    listed = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_has_options_that_it_knows(name: str) -> None:
    words = shlex.split(EXAMPLES[name])
    if words[0] == "eval":
        words = shlex.split(words[1].removeprefix("$(").removesuffix(")"))
    assert words[:2] == ["toolkit", name]
    outer = click.Context(commands, info_name="toolkit", **CONTEXT)
    command = commands.get_command(outer, name)
    assert command is not None
    with command.make_context(name, words[2:], parent=outer, resilient_parsing=True) as found:
        assert found.command is command


def test_the_help_of_a_command_ends_with_its_example(cli: Cli) -> None:
    assert cli("plot", "-h").stdout.endswith(f"  Example:\n    {EXAMPLES['plot']}\n")
