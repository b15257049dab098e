"""Execution of `toolkit attribute`, once its options are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..attribution.champions import attribute
from ..attribution.measure import Measurements
from ..attribution.progress import Progress
from ..attribution.values import Effort
from ..bench import secret
from ..errors import UserError
from ..ledger.journal import Journal
from ..page import page
from ..places import Place, at_work, note, note_kept
from ..plugins import Registry, installed, warn
from ..report import files
from ..report.summary import reported
from ..study import document
from ..study.study import Study
from . import lookup, output


@dataclass(frozen=True)
class AttributionOptions:
    """Options of one `toolkit attribute`."""

    folder: Path
    method: Any
    budget: float | None
    study: str | None
    place: Place
    as_json: bool


def _study(asked: AttributionOptions, name: str, registry: Registry) -> Study:
    """Study of the run: by its name, or in the folder from which its command was typed."""
    try:
        return lookup.study(asked.study or name, registry)
    except UserError as error:
        if asked.study:
            raise
        for folder in (Path(), asked.folder.absolute().parent.parent):  # runs/RUN lies below it
            if (folder / document.FILENAME).is_file():
                found = lookup.study(str(folder / document.FILENAME), registry)
                if found.name == name:
                    return found
        raise UserError(
            f"{asked.folder} is a run of the study {name!r}, which is under no name here; if it "
            f"was given by its path, add --study PATH\n({error})"
        ) from error


def execute(asked: AttributionOptions) -> None:
    """Raises UserError where the study is not the one of the run."""
    registry = installed()
    warn(registry, output.note)
    known = lookup.reportable(asked.folder)
    study = _study(asked, known.study["name"], registry)
    if study.digest != known.study["digest"]:
        raise UserError(
            f"{asked.folder} holds a run of another study, or of an earlier version of "
            f"{study.name!r}: its programs cannot be run again; name the right one with --study"
        )
    with at_work(asked.folder, asked.place, study, registry, output.note) as work:
        journal, bench = Journal(work.ledger), work.bench
        note(journal, work.evaluator)
        bench.follow(secret.of_run(journal))
        bench.expect(journal.state.baseline_s)
        progress = Progress(output.note)
        measured = Measurements(bench, journal, work.slots, progress, "attribute")
        effort = Effort(asked.budget, asked.method)
        attribute(measured, reported(journal.state), effort)
        note_kept(journal, bench.answers)
        summary = files.write(journal.state, asked.folder)
        page.write(journal.state, asked.folder, summary)
    output.say_json(summary) if asked.as_json else output.show(summary, full=True)
