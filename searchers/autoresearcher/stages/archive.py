"""Archive: the experiments of a cell, what of them is kept, and which may be tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import toolkit
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment


@dataclass
class Kept:
    """A kept edit as it was applied, repairs and the choice among its ways included."""

    number: int
    edit: Edit
    gain: float
    tested: bool = False
    """the best program was run without it"""


@dataclass
class Archive:
    """Experiments in their order, and the edits that make up the best program."""

    experiments: list[Experiment] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    again: set[int] = field(default_factory=set)
    """experiments that were tried once more"""

    @property
    def next(self) -> int:
        """Number of the next experiment."""
        return len(self.experiments) + 1

    @property
    def charged(self) -> int:
        """Experiments that took a trial."""
        return sum(bool(one.trials) for one in self.experiments)

    def add(self, experiment: Experiment) -> None:
        self.experiments.append(experiment)

    def keep(self, experiment: Experiment, edit: Edit, gain: float) -> None:
        """Note that an experiment's edit is part of the best program."""
        self.kept.append(Kept(experiment.number, edit, gain))

    def missing(self, experiment: Experiment) -> list[int]:
        """Experiments that one needs, and that are not part of the best program."""
        needed = (one for one in experiment.edit.depends if one != experiment.number)
        return [one for one in needed if not self.has_landed(one)]

    def has_landed(self, number: int) -> bool:
        """True if an experiment's edit is in the best program, under its number or another."""
        kept = {one.number for one in self.kept}
        if number in kept:
            return True
        known = {one.number: _content(one.edit) for one in self.experiments}
        return number in known and any(known[one] == known[number] for one in kept)

    def needed(self) -> set[int]:
        """Experiments that a kept one depends on."""
        edits = {one.number: one.edit for one in self.experiments}
        return {needed for one in self.kept for needed in edits[one.number].depends}

    def waiting(self) -> Iterable[Experiment]:
        """Experiments that were not usable, or were not run, and were tried no second time."""
        for one in self.experiments:
            if one.verdict in ("skipped", "invalid") and one.number not in self.again:
                yield one


def record(lab: toolkit.Lab, archive: Archive) -> None:
    """Put on record what later requests are told of."""
    kept = len(archive.kept)
    lab.note("archive", f"{len(archive.experiments)} experiments, {kept} kept edits")


def _content(edit: Edit) -> str:
    """Text of all that an edit does, whatever it says of itself."""
    return repr((edit.blocks, sorted(edit.sets.items()), sorted(edit.grid.items())))
