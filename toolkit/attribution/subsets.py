"""Subsets of one champion's parts: which of them can run, and their scores where these decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ..edits.anatomy import Anatomy
from ..ledger.cell import CellState
from ..records import Candidate
from ..shapley import game
from ..shapley.game import Value, Vector
from ..shapley.poset import Poset
from ..statistics import Estimate
from .dependencies import Verified, find, verify
from .doubt import Doubt
from .groups import Group
from .measure import Measurements

SAMPLES = 50
Found = TypeVar("Found")


class Subsets:
    """A champion's parts, their order, and the programs that some of them make.

    Only `builds` and `run` run programs; `missing` tells beforehand how many evaluations they take.
    """

    def __init__(self, measured: Measurements, cell: CellState, anatomy: Anatomy) -> None:
        self.measured, self.cell, self.anatomy = measured, cell, anatomy
        state = measured.state
        self.items = state.counted(state.final)
        rows = state.rows(state.final)
        self.clusters = {rows[item] for item in self.items}
        self.groups = measured.groups
        self.doubt = Doubt(state, self.items)
        self.order = self._verified()
        self.poset = Poset(len(anatomy.parts), self.order.requires)

    def _verified(self) -> Verified:
        count = len(self.anatomy.parts)
        needs = find(count, self.builds, self.anatomy.needs)
        samples = SAMPLES if any(part.blocks for part in self.anatomy.parts) else 0
        return verify(count, needs, self.builds, samples, seed=self.cell.seed)

    def builds(self, chosen: frozenset[int]) -> bool:
        """True if a subset is a program that runs; one that is not known is tried on a few items.

        Values alone need no trial: they were checked when they were proposed. A switch is code.
        """
        if not self.anatomy.fits(chosen):
            return False
        candidate = self.anatomy.candidate(chosen)
        code = candidate.patch or self.measured.switched(candidate)
        return not code or not self.measured.problem(candidate)

    def value(self, chosen: frozenset[int]) -> Vector:
        """Scores of the counted rows, as a figure; KeyError if not measured."""
        return self.scores(self.anatomy.candidate(chosen))

    def scores(self, candidate: Candidate) -> Vector:
        return self.doubt.figure(self.measured.scores(candidate), candidate.digest)

    def missing(self, programs: Iterable[Candidate]) -> float:
        """Evaluations of the split that decides that these programs would still take."""
        pairs = {
            (program.digest, group)
            for program in programs
            for group in self.groups
            if not self.measured.knows(program.digest, group)
        }
        return len(pairs) / len(self.groups)

    def run(self, programs: Sequence[Candidate]) -> None:
        self.measure((program, group) for program in programs for group in self.groups)

    def measure(self, wanted: Iterable[tuple[Candidate, Group]]) -> None:
        """Run the programs on the groups where they are not known yet, and note their noise."""
        pairs = list(wanted)
        self.measured.run(pairs)
        for program in dict.fromkeys(program.digest for program, _ in pairs):
            seen = self.measured.replicates(program)
            if seen:
                self.doubt.programs.setdefault(program, seen)

    def programs(self, method: Callable[[Value], object]) -> list[Candidate]:
        """Programs that a method of `game` will ask for."""
        return [self.anatomy.candidate(ideal) for ideal in game.asked(method)]

    def estimate(self, values: Vector, *, drawn: bool = False) -> Estimate:
        """Mean over rows, with the interval that the study's claim allows."""
        return self.doubt.estimate(values, drawn=drawn)

    def level(self, values: Vector) -> float:
        """Mean over rows, in the objective's own direction."""
        return self.measured.state.objective.shown(self.doubt.mean(values))

    def fraction(self, values: Vector, whole: Vector) -> Estimate | None:
        """Fraction of a gain; None where the gain is a loss, or its interval holds zero."""
        return self.doubt.fraction(values, whole)


class Purse:
    """Evaluations that may still be spent on the figures beside the main one."""

    def __init__(self, subsets: Subsets, evaluations: float) -> None:
        self.subsets, self.left = subsets, evaluations
        self.skipped: list[str] = []

    def pay(self, name: str, programs: Sequence[Candidate]) -> bool:
        """Run the programs if they can be afforded; else note the name as skipped."""
        cost = self.subsets.missing(programs)
        if cost > self.left:
            self.skipped.append(name)
            return False
        self.left -= cost
        self.subsets.measured.progress.stage(name)
        self.subsets.run(programs)
        return True

    def method(self, name: str, method: Callable[[Value], Found]) -> Found | None:
        """Result of a method of `game`; None where it costs too much."""
        if not self.pay(name, self.subsets.programs(method)):
            return None
        return method(self.subsets.value)
