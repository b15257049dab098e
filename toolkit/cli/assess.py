"""`toolkit assess`: whether a study suits autonomous research, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import lookup, output, place

if TYPE_CHECKING:
    from ..places import Place
    from ..plugins import Registry
    from ..study.study import Study
    from ..suitability.runs import Course
    from ..suitability.suitability import Suitability


@click.command("assess")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option("--budget", type=click.FloatRange(min=1), default=50, show_default=True,
              help="Trials per cell of the comparison that you have in mind.")  # fmt: skip
@click.option("--settings", type=click.IntRange(min=0), default=20, show_default=True,
              help="Random settings of the parameters to evaluate; 0: none.")  # fmt: skip
@click.option("--runs", type=click.IntRange(min=2), default=5, show_default=True,
              help="Seeds under which the unchanged program runs.")  # fmt: skip
@click.option("--slots", type=click.IntRange(min=1),
              help="Evaluations at a time. Default: as many as there is room for.")  # fmt: skip
@place.options
@click.option("--json", "as_json", is_flag=True, help="Print the assessment as JSON.")
def command(
    study: str | None,
    budget: float,
    settings: int,
    runs: int,
    slots: int | None,
    evaluator: str,
    ray_address: str | None,
    allow_weak: bool,
    answers: Any,
    as_json: bool,
) -> None:
    """Measure whether STUDY suits autonomous research, and say what to change.

    It measures the metric (its step, its noise, the smallest gain that could be decided), the
    modularity of the code, the time of an evaluation, whether runs and edits can be taken back,
    and what random settings of the parameters reach. Programs run on the search split only.
    """
    from ..places import Place
    from ..plugins import installed
    from ..suitability.runs import Course

    registry = installed()
    found = lookup.study(study, registry)
    lookup.open_data(found)
    where = Place(evaluator, slots, ray_address, allow_weak, answers)
    course = Course(runs, settings if found.space else 0)
    result = _assessed(found, course, budget, where, registry)
    if as_json:
        output.say_json(result.to_json())
        return
    for line in result.lines():
        output.say(line)


def _assessed(
    study: Study, course: Course, budget: float, where: Place, registry: Registry
) -> Suitability:
    """The assessment; what its programs gave is kept while it lasts, in a folder of its own."""
    import tempfile
    from dataclasses import replace
    from pathlib import Path

    from ..bench.bench import Bench
    from ..evaluators.cached import CachedEvaluator
    from ..places import at_once, opened
    from ..plugins import contained
    from ..suitability.suitability import assess

    with tempfile.TemporaryDirectory(prefix="toolkit-assess-") as name:
        hidden = [study.folder, lookup.RUNS, Path(name)]
        with (
            contained("code of a plugin or of the study ended the command"),
            opened(where, study, registry, hidden=hidden, tell=output.note) as running,
            CachedEvaluator(running, Path(name), preload=study.preload) as cached,
        ):
            course = replace(course, slots=at_once(where, running))
            return assess(Bench(study, cached), course, budget, output.note)
