"""Options that commands share which run a search, or what follows one."""

from __future__ import annotations

from pathlib import Path

import click

SLOTS = click.option("--slots", type=int, help="Evaluations at a time. Default: one per core.")
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run folder. Default: below ./runs, named for the study.",
)
AFTER = click.option(
    "--after", type=click.Choice(["full", "light", "none"]),
    help="What follows the search. Default: full, or light where full would cost more than it.",
)  # fmt: skip
PLOTS = click.option("--plots/--no-plots", default=True, show_default=True, help="Draw the plots.")
JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print summary.json instead of the screen."
)
