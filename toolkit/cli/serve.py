"""`toolkit serve`: the judge of a study by HTTP, as one cell of a run."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from ..errors import UserError
from . import lookup, output, place, shared_options

LEAST_TOKEN = 16


@click.command("serve")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option(
    "--budget", type=float, default=50, show_default=True, help="Trials that may be asked for."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port. Default: any that is free."
)
@click.option("--token", help="Token that every request must bear. Default: a new one.")
@click.option(
    "--token-file", type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds the token; written with a new one where there is none.",
)  # fmt: skip
@click.option(
    "--alias", default="outside", show_default=True, help="Name of the cell in the report."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed that names the cell.")
@shared_options.SLOTS
@place.options
@shared_options.OUT
@click.option(
    "--max-seconds", type=float,
    help="Limit in seconds by the clock, from the moment when it is served.",
)  # fmt: skip
@shared_options.AFTER
@shared_options.PLOTS
@shared_options.JSON
def command(
    study: str | None, port: int, token: str | None, token_file: Path | None, alias: str,
    seed: int, evaluator: str, slots: int | None, ray_address: str | None, allow_weak: bool,
    answers: Any,
    **given: Any,
) -> None:  # fmt: skip
    """Serve the judge of STUDY (a name or a path) by HTTP on this machine.

    Whatever can call a URL searches then: a notebook, an evolver, a person with curl. It is one
    cell of a run, and ends when the budget is spent, at POST /done, or with Ctrl-C. The same
    command goes on with a run that was stopped.
    """
    from ..places import Place
    from .options import ComparisonOptions
    from .serving import execute

    if not alias.replace("-", "").replace("_", "").isalnum():
        raise UserError(f"--alias takes letters, digits, - and _, got {alias!r}")
    asked = ComparisonOptions.for_serving(
        study=study, place=Place(evaluator, slots, ray_address, allow_weak, answers), **given
    )
    raise SystemExit(execute(asked, alias, seed, port, read_token(token, token_file)))


def read_token(token: str | None, file: Path | None) -> str:
    """The token of a server. Raises UserError where it is easily guessed."""
    if token is not None and file is not None:
        raise UserError("--token and --token-file say the same thing: leave one of them out")
    if file is not None and file.exists() and not file.is_file():
        raise UserError(f"--token-file {file} is no regular file; name one, or a new one")
    if file is not None:
        token = lookup.read_text(file).strip() if file.exists() else _written(file)
    if token is not None and not (len(token) >= LEAST_TOKEN and token.isascii() and _whole(token)):
        raise UserError(
            f"a token has {LEAST_TOKEN} ASCII characters or more and no space; leave --token out, "
            "and one is made"
        )
    return token or new_token()


def new_token() -> str:
    return secrets.token_urlsafe(24)


def _whole(token: str) -> bool:
    return token.isprintable() and " " not in token


def _written(file: Path) -> str:
    """A new token, in a file that nobody else can read."""
    token = new_token()
    try:
        file.touch(0o600, exist_ok=False)
        file.write_text(f"{token}\n")
    except OSError as error:
        raise UserError(f"--token-file {file} cannot be written: {error.strerror}") from error
    output.note(f"a new token is in {file}")
    return token
