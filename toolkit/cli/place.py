"""Options of every command that runs programs: where, and with how much isolation at least."""

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
        help="Where evaluations run: local, ray, or a plugin's.",
    ),
    click.option(
        "--ray-address", metavar="auto|HOST:PORT",
        help="A Ray cluster for --evaluator ray. Default: a Ray of this command's own.",
    ),
    click.option(
        "--allow-weak", is_flag=True,
        help="Run below the study's level of isolation; without any where it asks for none.",
    ),
)  # fmt: skip
