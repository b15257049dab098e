"""Check: an edit before it runs. It applies, compiles, and uses no undefined name.

A smoke run costs a few items. That breaks a budget of whole trials: what is left at the end is a
part of one, which runs nothing. So it pays only where programs crash more than once, and begins
with the second crash of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import toolkit
from searchers.autoresearcher.candidates import described, edited
from searchers.autoresearcher.edit import Edit, Unusable
from searchers.autoresearcher.research import Research

CRASHES = 2
"""trials of a cell that crashed before edits get a smoke run"""
SMALL = 0.1
"""the largest share of a trial that a smoke run may cost"""


@dataclass(frozen=True)
class Checked:
    """An edit as a program. candidate: None where it cannot be applied. problem: "" for none."""

    candidate: toolkit.Candidate | None
    problem: str


def check(research: Research, edit: Edit) -> Checked:
    """The program that an edit makes of the best one, and what is wrong with it at first sight."""
    lab, best = research.lab, research.best
    try:
        candidate = edited(lab, best.candidate, edit, research.options.scope)
        known = set(lab.faults(best.candidate))
        faults = [one for one in lab.faults(candidate) if one not in known]
    except (Unusable, toolkit.PatchError) as error:
        return Checked(None, str(error))
    return Checked(described(edit, candidate, best.number), "\n".join(faults))


def is_smoke_due(research: Research) -> bool:
    """True where a smoke run pays."""
    lab = research.lab
    crashes = sum(trial.status in ("crashed", "timeout", "oom") for trial in lab.history)
    return crashes >= CRASHES and lab.smoke_share <= SMALL
