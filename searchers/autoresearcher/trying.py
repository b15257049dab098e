"""One experiment: the ways of an edit, the best of them against the best program, the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import toolkit
from searchers.autoresearcher import account, telling
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.decide import Decision, decide
from searchers.autoresearcher.stages.run import Tried, run
from searchers.autoresearcher.standing import settle
from searchers.autoresearcher.trace import own_lines
from searchers.autoresearcher.variants import ways

ERROR_CHARS = 600


def attempt(research: Research, experiment: Experiment, *, again: bool = False) -> None:
    """Try an experiment's edit and note what came of it. again: it waited for another one."""
    tried: list[Tried] = []
    for way in ways(experiment.edit):
        if not research.may_run:
            break
        try:
            tried.append(run(research, experiment, way))
        except toolkit.BudgetSpent:  # of seconds: what was tried before is still decided
            if not tried:
                raise
            break
    _note_runs(research, experiment)
    best = max(tried, key=lambda one: one.rank)  # the first of equals
    experiment.chosen = best.way.name
    experiment.others = ", ".join(_came(research, one) for one in tried if one is not best)
    if best.trial is None or best.problem:
        _fail(research, experiment, tried, best)
        return
    decision = decide(research, experiment, best.trial)
    levels = _take_down(research, experiment, decision)
    account.note(research.lab, experiment, decision, tried, best, levels=levels, again=again)
    if decision.verdict == "kept":
        research.best = decision.trial
        research.archive.keep(experiment, best.edit, decision.finding.gain)
    settle(research, f"not kept: {experiment.outcome}")


def _came(research: Research, one: Tried) -> str:
    """`x = 0.3 gave 0.4120`: what a way came to that is not the best one."""
    if one.trial is None:
        return f"{one.way.name} was not run"
    if one.problem:
        return f"{one.way.name} failed"
    return f"{one.way.name} gave {telling.Telling(research.lab).level(one.trial.score)}"


def _note_runs(research: Research, experiment: Experiment) -> None:
    statuses = {trial.number: trial.status for trial in research.lab.history}
    told = ", ".join(statuses[number] for number in experiment.trials) or "nothing ran"
    research.lab.note("run", f"experiment {experiment.number}: {told}", trials=experiment.trials)


def _fail(research: Research, experiment: Experiment, tried: Sequence[Tried], last: Tried) -> None:
    """An experiment without a score."""
    if not experiment.trials:
        experiment.verdict = "skipped"
        research.archive.again.add(experiment.number)
    elif last.trial is None or last.trial.status == "invalid":
        experiment.verdict = "invalid"
    else:
        experiment.verdict = "failed"
    experiment.outcome = own_lines(last.problem)[-ERROR_CHARS:]
    experiment.trial = None
    account.note_verdict(research.lab, experiment)


def _take_down(research: Research, experiment: Experiment, decision: Decision) -> str:
    """Note a decision in the experiment; the levels before and after, in words."""
    found, lab = decision.finding, research.lab
    experiment.change = lab.objective.sign * found.gain
    experiment.low, experiment.high, experiment.noise = found.low, found.high, found.noise
    experiment.kinds, experiment.fixed, experiment.broken = found.kinds, found.fixed, found.broken
    experiment.trial, experiment.verdict = decision.trial.number, decision.verdict
    experiment.guard = decision.guard
    experiment.aside = research.inner.came_out(decision.trial, research.best)
    tell = telling.Telling(lab)
    levels = f"{tell.level(research.best.score)} -> {tell.level(decision.trial.score)}"
    experiment.outcome = f"{decision.verdict}, {levels}: {decision.why}"
    return levels
