"""Run: one way of an edit up to a trial with a score, repairs included; each run is charged."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import toolkit
from searchers.autoresearcher.candidates import described, unusable
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.check import Checked, check, is_smoke_due
from searchers.autoresearcher.stages.repair import repaired
from searchers.autoresearcher.variants import Way

MOST_REFUSED = 10
"""edits in a row that break a requirement between parameters, before the next is charged"""
LASTING = ("lost",)
"""statuses that no other edit would mend"""


@dataclass(frozen=True)
class Tried:
    """A way that was tried. trial: the last one; None where nothing ran. edit: as it ran then.

    problem: why there is no score; empty where there is one.
    """

    way: Way
    edit: Edit
    trial: toolkit.Trial | None
    problem: str

    @property
    def rank(self) -> float:
        return self.trial.rank if self.trial is not None and not self.problem else -inf


def run(research: Research, experiment: Experiment, way: Way) -> Tried:
    """Try one way, and mend it as often as is allowed."""
    edit = way.edit
    while True:
        checked = check(research, edit)
        told = checked.problem.partition("\n")[0] or "sound"
        research.lab.note(
            "check", f"experiment {experiment.number}: {told}",
            details={"result": "faulty" if checked.problem else "sound"},
        )  # fmt: skip
        trial: toolkit.Trial | None
        if checked.problem and _may_repair(research, experiment):
            trial, problem = _refused(research, experiment, edit, checked.problem)
        else:
            trial, problem = _evaluated(research, experiment, edit, checked)
        if trial is not None and (told := _purpose(way, edit, trial)):
            experiment.purposes[trial.number] = told
        if not problem or (trial is None and not checked.problem):
            return Tried(way, edit, trial, problem)
        is_lasting = trial is not None and trial.status in LASTING
        if is_lasting or not _may_repair(research, experiment):
            return Tried(way, edit, trial, problem)
        other = repaired(research, experiment, edit, checked, problem)
        if other is None:
            return Tried(way, edit, trial, problem)
        edit = other


def _may_repair(research: Research, experiment: Experiment) -> bool:
    return experiment.repairs < research.options.repairs and research.may_run


def _purpose(way: Way, edit: Edit, trial: toolkit.Trial) -> str:
    """Purpose of a trial, and whether it ran, where it was not the edit as it was written."""
    repaired = "" if edit is way.edit else "repaired"
    unfit = "not run, since the edit has a fault" if trial.status == "invalid" else ""
    return ", ".join(filter(None, [way.name, repaired, unfit]))


def _refused(
    research: Research, experiment: Experiment, edit: Edit, problem: str
) -> tuple[toolkit.Trial, str]:
    """The trial of an edit that the check found faulty: it is charged, and runs nothing."""
    bare = toolkit.Candidate(patch=unusable(problem))
    trial = research.lab.evaluate(described(edit, bare, research.best.number))
    experiment.trials.append(trial.number)
    return trial, problem


def _evaluated(
    research: Research, experiment: Experiment, edit: Edit, checked: Checked
) -> tuple[toolkit.Trial | None, str]:
    """(trial, why it has no score). What cannot be used is charged as an invalid one."""
    lab, candidate = research.lab, checked.candidate
    if not research.may_run:
        return None, "no budget was left for it"
    if candidate is None:
        return _refused(research, experiment, edit, checked.problem)
    broken = lab.infeasible(candidate.overrides)
    if broken and research.refused < MOST_REFUSED:
        research.refused += 1
        return None, f"not run and not charged: {broken}"
    research.refused = 0
    trial = _measured(research, experiment, candidate)
    return trial, "" if trial.ok and trial.share == 1 else _told(trial)


def _measured(
    research: Research, experiment: Experiment, candidate: toolkit.Candidate
) -> toolkit.Trial:
    """The trial of a candidate, or its smoke run where that fails."""
    if is_smoke_due(research):
        smoke = research.lab.smoke(candidate)
        experiment.trials.append(smoke.number)
        experiment.purposes[smoke.number] = "a few items only"
        if not smoke.ok or not research.may_run:
            return smoke
    trial = research.lab.evaluate(candidate)
    experiment.trials.append(trial.number)
    return trial


def _told(trial: toolkit.Trial) -> str:
    if trial.ok:
        return "no budget was left for more than a smoke run"
    return f"{trial.status}: {trial.detail}"
