"""A live searcher: a process outside would do the same, and cannot start again from its seed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import ClassVar

import toolkit

COUNT = itertools.count(os.getpid())
"""what it proposes next depends on nothing that a replay could know"""


def fresh() -> toolkit.Candidate:
    """A candidate that was never asked for before."""
    return toolkit.Candidate({"x": next(COUNT) % 99_991 / 99_991})


def slow(lab: toolkit.Lab, seconds: float = 0.3) -> toolkit.Candidate:
    """A fresh candidate whose program sleeps first."""
    text = lab.sources["toy_pipeline/main.py"]
    files = {"toy_pipeline/main.py": f"import time\n\ntime.sleep({seconds})\n{text}"}
    return lab.edit(fresh(), files)


class Lively:
    """Asks for one fresh candidate after the other, in one session.

    seen: for each start, the numbers of its history then.
    """

    live = True
    seen: ClassVar[list[list[int]]]

    def run(self, lab: toolkit.Lab) -> None:
        self.seen.append([trial.number for trial in lab.history])
        self.search(lab, lab.began("data hidden"))

    def search(self, lab: toolkit.Lab, session: int) -> None:
        while lab.budget.left:
            lab.evaluate(fresh())
        lab.spent(session, wall_s=2.0, tokens=700, usd=0.5, ending="exit status 0")


def lively(
    search: Callable[[Lively, toolkit.Lab, int], None] | None = None,
) -> type[Lively]:
    """A class of its own, with a memory of its own. search: what it does in place of the usual."""
    members = {"seen": [], **({"search": search} if search else {})}
    return type("Lively", (Lively,), members)
