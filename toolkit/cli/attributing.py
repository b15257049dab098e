"""What `toolkit attribute` does once its options are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..attribution.accounts import attribute
from ..attribution.measure import Measurements
from ..attribution.progress import Progress
from ..attribution.values import Effort
from ..bench import Bench
from ..errors import UserError
from ..evaluators.cached import CachedEvaluator
from ..evaluators.machine import open_machine
from ..ledger import Ledger
from ..plugins import installed, warn
from ..report import files
from ..report.summary import reported
from ..state import load
from . import lookup, output


@dataclass(frozen=True)
class Request:
    """The command line."""

    folder: Path
    method: Any
    budget: float | None
    study: str | None
    slots: int
    allow_weak: bool
    as_json: bool


def execute(request: Request) -> None:
    """Raises UserError where the study is not the one of the run."""
    registry = installed()
    warn(registry, output.note)
    known = lookup.reportable(request.folder)
    study = lookup.study(request.study or known.study["name"], registry)
    if study.digest != known.study["digest"]:
        raise UserError(
            f"{request.folder} holds a run of another study, or of an earlier version of "
            f"{study.name!r}: its programs cannot be run again; name the right one with --study"
        )
    with (
        Ledger(request.folder, writer=True) as ledger,
        open_machine(
            preload=study.preload,
            slots=request.slots,
            hidden=[study.folder, request.folder],
            command=bool(study.command),
        ) as evaluator,
        CachedEvaluator(evaluator, request.folder, preload=study.preload) as cached,
    ):
        evaluator.require(study.isolation, weak=request.allow_weak)
        state = load(ledger)
        progress = Progress(output.note)
        measured = Measurements(
            Bench(study, cached), ledger, state, request.slots, progress, "attribute"
        )
        effort = Effort(request.budget, request.method)
        attribute(measured, reported(state), effort)
        summary = files.write(load(ledger), request.folder)
    output.say_json(summary) if request.as_json else output.show(summary)
