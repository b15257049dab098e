"""`toolkit attribute`: accounts of the champions' gains, with an effort of one's own."""

from __future__ import annotations

from typing import Any

import click

from . import lookup, place, shared_options

METHODS = ("auto", "exact", "chains")


@click.command("attribute")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Exact values, or an estimate from chains of parts; auto chooses.")  # fmt: skip
@click.option("--budget", type=click.FloatRange(min=1),
              help="Evaluations of the test split per champion and solution concept (one round of "
              "orders at least). Side figures may use as many again, or 4 per part. Default: 48, "
              "and two rounds at least; one round if the gain is undecided.")  # fmt: skip
@click.option(
    "--study", help="Name or path of the run's study, if its name alone does not find it."
)
@click.option(
    "--slots", type=click.IntRange(min=1), help="Evaluations at a time. Default: one per core."
)
@place.options
@shared_options.JSON
def command(
    run: str, method: str, budget: float | None, study: str | None, slots: int | None,
    evaluator: str, ray_address: str | None, allow_weak: bool, answers: Any, as_json: bool,
) -> None:  # fmt: skip
    """Attribute the gain of each champion of RUN to its parts, on the sealed split.

    Nothing is measured twice: a larger --budget goes on where a smaller one ended.
    """
    from ..places import Place
    from . import attribution

    where = Place(evaluator, slots, ray_address, allow_weak, answers)
    folder = lookup.run_folder(run)
    attribution.execute(
        attribution.AttributionOptions(folder, method, budget, study, where, as_json)
    )
