"""`toolkit compare`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import lookup, place, shared_options

_SEARCHERS_HELP = "Searchers, separated by commas: NAME or ALIAS=NAME. Default: the study's."


@click.command("compare")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option(
    "--budget",
    type=float,
    default=50,
    show_default=True,
    help="Trials per cell (a cell is one searcher with one seed).",
)
@click.option("--searchers", help=_SEARCHERS_HELP, shell_complete=lookup.complete_searcher)
@click.option(
    "--seeds",
    type=int,
    help="Number N of seeds: every searcher runs with 0 to N-1. Default: the study's.",
)
@shared_options.SLOTS
@place.options
@shared_options.OUT
@click.option(
    "-o", "--option", "options", multiple=True, metavar="SEARCHER.OPTION=VALUE",
    help="Set an option of a searcher or of an alias; repeatable. SEARCHER.objective=VIEW shows it "
    "scores by another rule of the study.",
)  # fmt: skip
@click.option(
    "--max-seconds",
    type=float,
    help="Limit of a cell's evaluations, in seconds by the clock, and of an agent's own time.",
)
@click.option(
    "--count-waiting", is_flag=True,
    help="Count the seconds waited for the language model against --max-seconds, too.",
)  # fmt: skip
@click.option(
    "--controls", is_flag=True,
    help="Add the control arms of each searcher that edits code: the same searcher without "
    "edits of the code, and without a look at failures.",
)  # fmt: skip
@click.option(
    "--stall-seconds", type=float, default=900, show_default=True,
    help="Seconds after which a cell ends whose searcher does nothing.",
)  # fmt: skip
@click.option(
    "--llm", metavar="SPEC",
    help="Language model: openai:MODEL, inbox:DIR or recorded[:FILE]. Default: the study's own "
    "recording.",
)  # fmt: skip
@click.option(
    "--recording", type=click.Path(path_type=Path, dir_okay=False),
    help="Answer from this exported recording first; --llm goes on where it ends.",
)  # fmt: skip
@click.option(
    "--max-usd",
    type=float,
    help="Limit of a cell's costs for the language model or the agent, in dollars.",
)
@click.option(
    "--price", "prices", multiple=True, metavar="MODEL=IN/OUT",
    help="Price of a model in dollars per million tokens; repeatable.",
)  # fmt: skip
@shared_options.AFTER
@click.option("--show-llm", is_flag=True, help="Print each prompt and each reply.")
@shared_options.PLOTS
@shared_options.JSON
def command(
    evaluator: str,
    slots: int | None,
    ray_address: str | None,
    allow_weak: bool,
    answers: Any,
    **given: Any,
) -> None:
    """Run searchers on STUDY (a name or a path), each with the same budget.

    The same command resumes a run that was stopped.
    """
    from ..places import Place
    from .comparison import execute
    from .options import ComparisonOptions

    place = Place(evaluator, slots, ray_address, allow_weak, answers)
    raise SystemExit(execute(ComparisonOptions(place=place, **given)))
