"""`toolkit attribute`: what the champions' gains came from, with an effort of one's own."""

from __future__ import annotations

import click

from . import lookup, place

METHODS = ("auto", "exact", "chains")


@click.command("attribute")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Exact value, or an estimate from chains of parts.")  # fmt: skip
@click.option("--budget", type=click.FloatRange(min=1), 
              help="Evaluations of the test split that a champion's values may take, one round of "
              "chains at least (a part and one more), and as many again, or four a part, for what "
              "stands beside them (default: 48 where its gain is decided, else one round).",
              )  # fmt: skip
@click.option("--study", help="Name or path, where the run's own name is not enough.")
@click.option("--slots", type=click.IntRange(min=1), help="Evaluations at a time.")
@place.options
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table.")
def command(
    run: str, method: str, budget: float | None, study: str | None, slots: int | None,
    evaluator: str, ray_address: str | None, allow_weak: bool, as_json: bool,
) -> None:  # fmt: skip
    """Attribute the gains of RUN's champions to their parts, on the sealed split.

    What was measured before is not measured again; a larger --budget goes on from there.
    """
    from ..places import Place
    from . import attributing

    where = Place(evaluator, slots, ray_address, allow_weak)
    attributing.execute(
        attributing.Request(lookup.run_folder(run), method, budget, study, where, as_json)
    )
