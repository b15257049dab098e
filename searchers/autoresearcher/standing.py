"""Whom the cell stands for: the host's champion is the loop's best program, and no luckier one."""

from __future__ import annotations

from searchers.autoresearcher.research import Research
from searchers.autoresearcher.rows import numbered


def settle(research: Research, why: str) -> None:
    """Withdraw every trial that the host would put above the best one.

    The host takes the highest score of the search split, the earliest of equals: also one that the
    guard refused, or whose gain could be luck.
    """
    lab, best = research.lab, research.best
    own = numbered(lab)[best.number]
    for trial in lab.history:
        if trial.number == best.number or trial.number in research.replicas or trial.share < 1:
            continue
        is_higher = trial.rank > own.rank
        if is_higher or (trial.rank == own.rank and trial.number < own.number):
            lab.withdraw(trial, why)


def stand(research: Research) -> None:
    """Stand for the best program at the end.

    Under a smaller budget, which had no room for its second run, it may have been withdrawn.
    """
    if research.best.number:
        research.lab.withdraw(research.best, "")
