"""`toolkit completion`: the script that a shell sources."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ..errors import UserError
from . import output

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script: eval "$(toolkit completion bash)"."""
    from .main import cli

    found = get_completion_class(shell)
    if found is None:
        raise UserError(f"no completion for {shell}; one of {', '.join(SHELLS)}")
    output.say(found(cli, {}, "toolkit", "_TOOLKIT_COMPLETE").source())
