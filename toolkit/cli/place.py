"""Options of every command that runs programs: the place, and the isolation that it must have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from . import lookup


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --evaluator, --ray-address and --allow-weak to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--evaluator", default="local", show_default=True, metavar="NAME",
        shell_complete=lookup.complete_evaluator,
        help="Evaluator that runs the programs: local, ray, or a plugin's.",
    ),
    click.option(
        "--ray-address", metavar="auto|HOST:PORT",
        help="Ray cluster for --evaluator ray. Default: a Ray that this command starts and ends.",
    ),
    click.option(
        "--allow-weak", is_flag=True,
        help="Accept less isolation than the study asks for; none at all if it says \"none\". "
        "Agents run without walls.",
    ),
)  # fmt: skip
