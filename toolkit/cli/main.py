"""Commands of the toolkit, each in a module of its own that is imported when it is typed."""

from __future__ import annotations

import errno
import importlib
import io
import sys
import traceback
from typing import Any

import click

from .. import interrupts
from ..errors import UserError, near_misses
from ..text import said
from . import groups, output
from .__main__ import main

__all__ = ["cli", "main", "run"]

CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "TOOLKIT",
    "max_content_width": 100,
}

# name: (module, one line of help); kept here so that `--help` imports none of them
COMMANDS = {
    "init": ("init", "Write a study of your own code, without running it."),
    "compare": ("compare", "Run searchers against one baseline and decide on the sealed split."),
    "serve": ("serve", "Serve a study's judge by HTTP to any program, as one cell of a run."),
    "assess": ("assess", "Measure whether a study suits autonomous research, and what to change."),
    "selfcheck": ("selfcheck", "Check the instrument: what it finds where there is nothing."),
    "run": ("run", "Evaluate one candidate: its score, metrics and usage."),
    "score": ("score", "Score outputs that were made anywhere, by the study's own rule."),
    "attribute": ("attribute", "Attribute the champions' gains to their parts."),
    "report": ("report", "Print the report of a run and write its files."),
    "watch": ("watch", "Watch a run that goes on elsewhere."),
    "replay": ("replay", "Show a run from its first trial to its report, in seconds."),
    "plot": ("plot", "Draw a run: curves, search against test, failures, attribution."),
    "export": ("export", "Write a run for other tools: Optuna, CSV, MLflow, Perfetto; a champion."),
    "finalize": ("finalize", "Write a champion as commits or patches to review, one a part."),
    "runs": ("runs", "List runs; show, compare, delete them; an index page."),
    "plugins": ("plugins", "List the installed plugins, or write a new one."),
    "studies": ("studies", "List the studies, or show one."),
    "data": ("data", "Fetch and check benchmark data."),
    "doctor": ("doctor", "Check this machine: packages, isolation, data, plugins."),
    "completion": ("completion", "Print the shell completion script."),
}


RESUMING = {"compare", "attribute", "serve"}
RESUMES = "; nothing recorded is lost, the same command resumes"
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class Refusal(click.ClickException):
    """Wrong input: its message on stderr, exit code 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """Group that imports a command's module when it is typed; shows UserError without traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            output.say(groups.START)
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __package__)
        module.command.epilog = f"\b\nExample:\n  {groups.EXAMPLES[cmd_name]}"
        interrupts.resumable(RESUMES if cmd_name in RESUMING else "")
        return output.reserve_for(module.command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = near_misses(args[0], COMMANDS)
            raise click.UsageError(f"no such command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, names in groups.grouped(COMMANDS):
            with formatter.section(group):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise Refusal(said(error)) from error
        except KeyboardInterrupt as stop:  # click would print an empty line for it
            raise click.Abort from stop


@click.group(cls=LazyGroup, context_settings=CONTEXT)
@click.version_option(package_name="autoresearch-toolkit", prog_name="toolkit")
def cli() -> None:
    """Does a language model that edits your program's code gain more than AutoML?

    `toolkit compare --budget 50` runs the searchers against one baseline under one budget and
    decides on data that none of them saw.

    Every option can also be set by an environment variable, such as TOOLKIT_COMPARE_BUDGET=50.
    """


def run() -> int:
    """Exit code of the command line of this process.

    A wrong input and a full disk are one line, also where it is stdout that is full; a bug keeps
    its traceback. Raises KeyboardInterrupt where the process is told to stop.
    """
    output.reserve()
    try:
        return _stoppable()
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        output.note(told.getvalue().rstrip())
        return error.exit_code
    except click.Abort as error:
        raise error.__cause__ or KeyboardInterrupt from None
    except OSError as error:
        if error.errno not in NO_SPACE:
            return _bug()
        what = error.filename or "the output"
        output.note(f"Error: {what} cannot be written: {error.strerror}")
        return 1
    except Exception:
        return _bug()
    finally:
        output.drop()


def _stoppable() -> int:
    """Run the command; raise what stopped the process, also where an error took its place."""
    try:
        return _invoke()
    except click.Abort:
        raise
    except Exception as error:
        stop = interrupts.behind(error)
        if stop is None:
            raise
        raise stop from None


def _invoke() -> int:
    try:
        found = cli.main(args=sys.argv[1:], prog_name="toolkit", standalone_mode=False)
    except SystemExit as end:
        found = end.code
        if isinstance(found, str):
            raise Refusal(found) from end
    with output.writing():  # what click has printed
        return found if isinstance(found, int) else 0


def _bug() -> int:
    output.note(traceback.format_exc().rstrip())
    return 1
