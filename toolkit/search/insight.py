"""Sight of a trial that a searcher may have: its failures, looks, kinds and comparisons.

Whatever shows it an item or an answer is on record before it is told (see looks.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..bench.differences import Difference
from ..bench.looks import Mark, Ran
from ..records import Failure, Trial
from ..study.objective import OVERALL
from . import looks
from .looks import Look
from .program import Program
from .scheduler import Scheduler


class Insight:
    """The side of a lab that shows what became of its trials; thread-safe."""

    def __init__(
        self, program: Program, scheduler: Scheduler, baseline: Trial, baseline_outputs: str | None
    ) -> None:
        """baseline_outputs: the blob of what the unchanged program returned."""
        self.objective, self.baseline = program.objective, baseline
        self._scheduler = scheduler
        self._baseline_outputs, self._kinds = baseline_outputs, tuple(program.kinds)

    def failures(self, trial: Trial, *, limit: int) -> list[Failure]:
        """Items of the search split that a trial got wrong, the worst first. It is on record."""
        outputs = self._outputs(trial)
        if not outputs:
            return []
        found = self._scheduler.desk.failures(outputs, trial.items, limit)
        self._scheduler.looked(looks.Looked(trial.number, None, limit), found)
        return found

    def look(self, trial: Trial, *, against: Trial | None = None, limit: int = 16) -> Look:
        """A trial on the search split: its kinds, flips, failures and output. It is on record.

        against: what flips count from, the unchanged program unless another is named. limit: the
        most failures, of which every kind has some.
        """
        other = self.baseline if against is None else against
        ran, base, beside = (self._ran(one) for one in (trial, self.baseline, other))
        seen = self._scheduler.desk.look(ran, base, beside, limit)
        if limit:  # else it shows no item
            self._scheduler.looked(looks.Looked(trial.number, other.number, limit), seen.failures)
        measured = self.objective.evidence == "measured"
        return looks.of(trial, other, seen, measured=measured)

    def marks(self, trial: Trial) -> Mapping[str, Mark]:
        """{item of the search split: its kind, its own score, whether that is right} of a trial.

        It shows neither an item nor an answer, and is no look.
        """
        return self._scheduler.desk.marks(self._ran(trial))

    def cases(self, trial: Trial, items: Sequence[str]) -> list[Failure]:
        """Some items of the search split as a trial left them, right ones too. It is on record.

        They come in the order asked for, without those that the trial has no output of. Their notes
        say where an output was lost, where the study can tell, else what it explains of a failure.
        """
        if not items:
            return []
        found = self._scheduler.desk.cases(self._ran(trial), tuple(items))
        self._scheduler.looked(looks.Looked(trial.number, None, len(found)), found)
        return found

    def lost(self, trial: Trial) -> Mapping[str, str]:
        """{item that a trial got wrong: where it was lost}, where the study's trace tells `lost`.

        It is the part before a colon. It shows neither an item nor an answer, and is no look.
        """
        return self._scheduler.desk.lost(self._ran(trial))

    def compare(self, one: Trial, other: Trial) -> Difference:
        """Gain of one trial over another on the search split, paired by item, with its noise."""
        return self._scheduler.desk.difference(one, other)

    def kinds(self, trial: Trial) -> Mapping[str, float]:
        """{kind: the objective over its items} of a trial, in the objective's own direction."""
        return {kind: trial.metrics[kind] for kind in self._kinds if kind in trial.metrics}

    def _ran(self, trial: Trial) -> Ran:
        whole = {OVERALL: self.objective.shown(trial.score)} if trial.score is not None else {}
        return Ran(self._outputs(trial), trial.items, {**whole, **trial.metrics})

    def _outputs(self, trial: Trial) -> Mapping[str, Any]:
        """Outputs of a trial's program, by item; empty where it failed."""
        known = {0: self._baseline_outputs, **self._scheduler.cell.outputs}.get(trial.number)
        found: Mapping[str, Any] = self._scheduler.notebook.get(known) if known else {}
        return found
