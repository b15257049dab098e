"""Decide: keep an edit, take it back, or look once more; and what the next request is told.

PROCEED, where the gain is beyond the noise. Where replicates tell the noise, that is it. Where the
study only says that runs differ, it is the paired interval over clusters. Where runs of one program
do not differ, any gain is one of the searched items, and what it is worth elsewhere the guard and
the sealed split say; only one that is a small part of its own standard error over the items is in
doubt, as one that breaks nearly as many items as it fixes. A gain in doubt is kept where the
program has become simpler, or where the program, run once more, holds it. Second runs take trials
from edits: they are at most a quarter, and a gain that gets none is kept where it is larger than
its own standard error over the items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

import toolkit
from searchers.autoresearcher.candidates import lines
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.requests.words import reach
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.rows import ROUNDING
from searchers.autoresearcher.stages.interpret import Finding, interpret

LIGHT = 0.2
"""standard errors over the items below which a gain is in doubt though runs do not differ"""
CLEAR = 1.0
"""the same where runs differ, for a gain in doubt that is not run once more"""
REPLICAS = 0.25
"""share of the trials so far that second runs may be, for one more of them"""
PIVOT = 4
"""experiments in a row that gained nothing, after which another cause is asked for"""


@dataclass(frozen=True)
class Decision:
    """trial: the one that stands, its score over both runs where there were two. why: in words."""

    verdict: Literal["kept", "rejected", "ambiguous"]
    trial: toolkit.Trial
    finding: Finding
    why: str
    guard: str = ""


def decide(research: Research, experiment: Experiment, trial: toolkit.Trial) -> Decision:
    """Decide on a trial that has a score, against the best program so far."""
    finding = interpret(research, trial, research.best)
    verdict, why = judged(research.lab, finding, reach(research.drifts))
    if verdict == "ambiguous":
        if _is_simpler(research, trial):
            verdict, why = "kept", f"{why}; kept because the program is simpler"
        elif research.lab.noisy and _may_replicate(research):
            return _replicated(research, experiment, trial, finding)
        elif research.lab.noisy and (finding.weight or 0) > CLEAR:
            verdict, why = "kept", f"{why}, but larger than its standard error over the items"
        elif research.lab.noisy:
            why = f"{why}, and there was no second run"
    return _guarded(research, Decision(verdict, trial, finding, why))


def _may_replicate(research: Research) -> bool:
    is_due = len(research.replicas) <= REPLICAS * len(research.lab.history)
    return research.options.replicate and research.may_run and is_due


def judged(
    lab: toolkit.Lab, finding: Finding, drift: float | None = None
) -> tuple[Literal["kept", "rejected", "ambiguous"], str]:
    """A verdict on what was found, before anything is run again.

    drift: what two runs of one program differ by, as second runs have measured it.
    """
    if finding.gain <= ROUNDING:
        return "rejected", "no gain"
    if finding.noise is not None:
        if finding.gain > finding.noise:
            return "kept", "beyond noise"
        return "ambiguous", "within noise"
    if lab.noisy and drift is not None and finding.gain > drift:
        return "kept", "beyond the noise that second runs have measured"
    if lab.noisy and finding.beyond is not None:
        return ("kept", "beyond doubt") if finding.beyond else ("ambiguous", "could be luck")
    if finding.weight is not None and finding.weight < LIGHT:
        return "ambiguous", "about as much was broken as was fixed"
    return "kept", "a gain"


def _guarded(research: Research, decision: Decision) -> Decision:
    if decision.verdict != "kept":
        return decision
    no = research.inner.refusal(decision.trial, research.best)
    return replace(decision, verdict="rejected", why="the guard", guard=no) if no else decision


def _replicated(
    research: Research, experiment: Experiment, trial: toolkit.Trial, finding: Finding
) -> Decision:
    """Decide on two runs of the program under seeds of their own. finding: of the first."""
    try:
        again = research.lab.replicate(trial)
    except toolkit.BudgetSpent:  # of seconds
        return Decision("ambiguous", trial, finding, "could be luck, and no second run fits")
    experiment.trials.append(again.number)
    experiment.replicated = True
    experiment.purposes[again.number] = "run once more"
    research.replicas.add(again.number)
    if not again.ok:
        why = f"could be luck, and a second run {again.status}"
        return Decision("ambiguous", trial, finding, why)
    both = pooled(trial, again)
    research.pooled[trial.number] = both
    research.drifts.append(again.rank - trial.rank)
    shown = research.lab.objective.shown
    experiment.scores = [shown(one.score) or 0.0 for one in (trial, again)]
    finding = interpret(research, both, research.best)
    held = again.rank > research.best.rank and finding.gain > (finding.noise or ROUNDING)
    if not held:
        verdict: Literal["rejected", "ambiguous"] = (
            "ambiguous" if finding.gain > ROUNDING else "rejected"
        )
        return Decision(verdict, both, finding, "a second run does not hold the gain")
    return _guarded(research, Decision("kept", both, finding, "a second run holds the gain"))


def pooled(one: toolkit.Trial, other: toolkit.Trial) -> toolkit.Trial:
    """A trial with the scores of two runs of its program."""
    rows = {
        row: fmean([one.items[row], other.items[row]]) for row in one.items if row in other.items
    }
    names = [name for name in one.metrics if name in other.metrics]
    metrics = {name: fmean([one.metrics[name], other.metrics[name]]) for name in names}
    seeds = (*one.replicates, *other.replicates)
    score = fmean([one.rank, other.rank])
    return replace(one, score=score, items=rows, metrics=metrics, replicates=seeds)


def _is_simpler(research: Research, trial: toolkit.Trial) -> bool:
    """True if the program has fewer lines than the best one so far."""
    lab = research.lab
    return lines(lab.files(trial.candidate)) < lines(lab.files(research.best.candidate))


def advice(experiments: Sequence[Experiment], *, noisy: bool) -> tuple[str, str]:
    """(pivot, refine or "", what the next request is told of how to go on).

    PIVOT after repeated failures; REFINE the last one that helped some items and harmed others.
    noisy: two runs of one program move items too, so that only the guard says that a gain was one.
    """
    tried = [one for one in experiments if one.verdict != "skipped"]
    failed = 0
    for one in reversed(tried):
        if one.verdict == "kept":
            break
        failed += 1
    if failed >= PIVOT:
        return "pivot", (
            f"The last {failed} experiments gained nothing. Leave their direction: look for "
            "another cause, in another part of the program."
        )
    last = tried[-1] if tried else None
    if last is None or last.verdict == "kept" or not last.fixed or (noisy and not last.guard):
        return "", ""
    return "refine", (
        f"Experiment {last.number} was taken back. Of the items that are shown, it made "
        f"{len(last.fixed)} better and {len(last.broken)} worse: refine it where you see how to "
        "keep the first part alone."
    )
