"""Prune: a kept edit that later ones made worthless is removed.

The best program is run without it, which is charged: at most one trial in ten goes there.
"""

from __future__ import annotations

from dataclasses import replace

import toolkit
from searchers.autoresearcher.candidates import grow
from searchers.autoresearcher.edit import Unusable
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.rows import ROUNDING
from searchers.autoresearcher.stages.archive import Kept
from searchers.autoresearcher.standing import settle

SHARE = 0.1
"""of a cell's trials that go into pruning"""
FEWEST = 3
"""kept edits before one of them is doubted"""
LATER = 2
"""edits that were kept after one, before it is doubted"""


def prune(research: Research, pruned: int) -> bool:
    """Run the best program without the kept edit that gained least, if one is due.

    pruned: runs of that kind so far. True if one was run.
    """
    trials = len(research.lab.history)
    if pruned + 1 > SHARE * trials or not research.may_run:
        return False
    for kept in _doubtful(research):
        kept.tested = True
        candidate = without(research, kept)
        if candidate is not None:
            _test(research, kept, candidate)
            return True
    return False


def _doubtful(research: Research) -> list[Kept]:
    """Kept edits that may have become worthless, the least gain first."""
    archive = research.archive
    if len(archive.kept) < FEWEST:
        return []
    needed = archive.needed()
    early = archive.kept[:-LATER]
    found = [one for one in early if not one.tested and one.number not in needed]
    return sorted(found, key=lambda one: (one.gain, one.number))


def without(research: Research, left_out: Kept) -> toolkit.Candidate | None:
    """The best program without one kept edit; None where the others do not fit without it."""
    lab = research.lab
    candidate = lab.baseline.candidate
    try:
        for one in research.archive.kept:
            if one is not left_out:
                candidate = grow(lab, candidate, one.edit)
        faults = set(lab.faults(candidate)) - set(lab.faults(research.best.candidate))
    except (Unusable, toolkit.PatchError):
        return None
    is_same = candidate == replace(research.best.candidate, note=candidate.note)
    return None if faults or is_same or lab.infeasible(candidate.overrides) else candidate


def _test(research: Research, kept: Kept, candidate: toolkit.Candidate) -> None:
    lab, best = research.lab, research.best
    note = f"without experiment {kept.number}"
    trial = lab.evaluate(replace(candidate, note=note, label=None, parent=best.number or None))
    experiment = research.archive.experiments[kept.number - 1]
    experiment.trials.append(trial.number)
    experiment.purposes[trial.number] = "the best program without it"
    is_worthless = trial.ok and trial.rank >= best.rank - ROUNDING
    refused = research.inner.refusal(trial, best) if is_worthless else ""
    if is_worthless and not refused:
        research.best = trial
        research.archive.kept.remove(kept)
        experiment.verdict = "pruned"
        experiment.outcome = f"kept at first; trial {trial.number} without it is no worse"
    told = "removed" if research.best is trial else "stays"
    settle(research, f"experiment {kept.number} {told}: {_why(trial, best, refused)}")
    details = {"result": told, "changed_by": ["prune"] if told == "removed" else []}
    lab.note("prune", f"experiment {kept.number} {told}", trials=[trial.number], details=details)


def _why(trial: toolkit.Trial, best: toolkit.Trial, refused: str) -> str:
    if refused:
        return f"without it {refused}"
    if not trial.ok:
        return f"without it the program {trial.status}"
    return "the program is no worse without it" if trial.rank >= best.rank else "it still counts"
