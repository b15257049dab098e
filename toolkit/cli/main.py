"""Wires the commands; each lives in a module of its own, imported at its first use."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from typing import Any

import click

from ..errors import UserError, near_misses

CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "TOOLKIT",
    "max_content_width": 100,
}

# name: (module, one line of help); kept here so that `--help` imports none of them
COMMANDS = {
    "compare": ("compare", "Run searchers against one baseline and decide on the sealed split."),
    "run": ("run", "Evaluate one candidate: status, metrics, usage."),
    "score": ("score", "Official score of anybody's predictions."),
    "attribute": ("attribute", "Say what the champions' gains came from, part by part."),
    "report": ("report", "Print and write the report of a run, from its ledger."),
    "plot": ("plot", "Draw a run: anytime curve, search against test, failures."),
    "export": ("export", "Write a champion as overrides and patch."),
    "runs": ("runs", "List the runs in a folder."),
    "plugins": ("plugins", "List installed plugins, also broken ones."),
    "studies": ("studies", "List studies, or show one."),
    "data": ("data", "Fetch and check benchmark data."),
    "doctor": ("doctor", "Say what this machine has and lacks."),
    "completion": ("completion", "Print the shell completion script."),
}


RESUMING = {"compare", "attribute"}
INTERRUPTED = 130  # what shells give for a command ended by Ctrl-C


class Refusal(click.ClickException):
    """Wrong input: its message on stderr, exit code 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """Imports a command's module when it is invoked, and shows UserError without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = near_misses(args[0], COMMANDS)
            raise click.UsageError(f"no such command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise Refusal(str(error)) from error
        except KeyboardInterrupt:
            resumes = "; nothing recorded is lost, the same command resumes"
            more = resumes if ctx.invoked_subcommand in RESUMING else ""
            click.echo(f"interrupted{more}", err=True)
            raise SystemExit(INTERRUPTED) from None


@click.group(cls=LazyGroup, context_settings=CONTEXT)
@click.version_option(package_name="autoresearch-toolkit", prog_name="toolkit")
def cli() -> None:
    """Does a language model that edits your pipeline's code gain more than AutoML?

    `toolkit compare --budget 50` runs the searchers against one baseline under one budget and
    decides on questions that none of them saw.

    Every option can be set by an environment variable too: TOOLKIT_COMPARE_BUDGET=50.
    """


def main() -> None:
    """Runs the command; a full disk is one line, also where it is stdout that is full."""
    try:
        try:
            cli.main(args=sys.argv[1:], prog_name="toolkit")
        finally:
            with contextlib.suppress(BrokenPipeError):
                sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to flush
        what = error.filename or "the output"
        with contextlib.suppress(OSError):
            print(f"Error: {what} cannot be written: {error.strerror}", file=sys.stderr)
        raise SystemExit(1) from None
