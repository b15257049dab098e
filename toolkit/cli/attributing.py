"""What `toolkit attribute` does once its options are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..attribution.champions import attribute
from ..attribution.measure import Measurements
from ..attribution.progress import Progress
from ..attribution.values import Effort
from ..bench import shuffle
from ..bench.bench import Bench
from ..errors import UserError
from ..evaluators.cached import CachedEvaluator
from ..ledger.journal import Journal
from ..ledger.ledger import Ledger
from ..places import Place, at_once, note, opened
from ..plugins import Registry, contained, installed, warn
from ..report import files
from ..report.summary import reported
from ..study.study import Study
from . import lookup, output


@dataclass(frozen=True)
class Request:
    """The command line."""

    folder: Path
    method: Any
    budget: float | None
    study: str | None
    place: Place
    as_json: bool


def _study(request: Request, name: str, registry: Registry) -> Study:
    """The study of the run. One that was given by its path is under no name."""
    try:
        return lookup.study(request.study or name, registry)
    except UserError as error:
        if request.study:
            raise
        raise UserError(
            f"{request.folder} is a run of the study {name!r}, which is under no name here; if it "
            f"was given by its path, add --study PATH\n({error})"
        ) from error


def execute(request: Request) -> None:
    """Raises UserError where the study is not the one of the run."""
    registry = installed()
    warn(registry, output.note)
    known = lookup.reportable(request.folder)
    study = _study(request, known.study["name"], registry)
    if study.digest != known.study["digest"]:
        raise UserError(
            f"{request.folder} holds a run of another study, or of an earlier version of "
            f"{study.name!r}: its programs cannot be run again; name the right one with --study"
        )
    with (
        contained("code of a plugin or of the study ended the command"),
        Ledger(request.folder, writer=True) as ledger,
        opened(
            request.place, study, registry, hidden=[study.folder, request.folder], tell=output.note
        ) as evaluator,
        CachedEvaluator(evaluator, request.folder, preload=study.preload) as cached,
    ):
        journal, bench = Journal(ledger), Bench(study, cached)
        note(journal, evaluator)
        bench.shuffle_by(shuffle.of_run(journal))
        bench.expect(journal.state.baseline_s)
        progress = Progress(output.note)
        slots = at_once(request.place, evaluator)
        measured = Measurements(bench, journal, slots, progress, "attribute")
        effort = Effort(request.budget, request.method)
        attribute(measured, reported(journal.state), effort)
        summary = files.write(journal.state, request.folder)
    output.say_json(summary) if request.as_json else output.show(summary)
