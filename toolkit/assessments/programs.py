"""Programs that the host scores: each once, and on record before its score is used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..attribution.progress import Progress
from ..bench import feasibility, forecast
from ..bench.bench import Bench
from ..bench.cost import rate
from ..bench.scoring import Scoring
from ..bench.tally import HOST
from ..bench.threads import run_all
from ..ledger.journal import Journal
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FRESH, Split
from ..records import Candidate, Scored

LONG_S = 60.0


class Assessments:
    """Scores what is not on record yet, as many programs at a time as there are slots."""

    def __init__(
        self, bench: Bench, journal: Journal, slots: int, note: Callable[[str], None]
    ) -> None:
        """note: shows a line of progress."""
        self.bench, self.journal, self.slots, self._note = bench, journal, slots, note
        self._lock = threading.Lock()
        self._halted = False

    @property
    def state(self) -> State:
        return self.journal.state

    def halt(self) -> None:
        """Record nothing from here on: a half-stopped run writes no false facts."""
        with self._lock:
            self._halted = True

    def write(self, kind: str, data: Any) -> bool:
        """Record a fact of the host's; False where the run was stopped, and nothing is recorded."""
        with self._lock:
            if not self._halted:
                self.journal.write(kind, data)
            return not self._halted

    def score(self, one: Scoring) -> None:
        """Score a program or a rule that is not on record yet, and keep the result."""
        if not self._open(one):
            return
        result = one.run()
        row = {**result.row(), "subject": one.subject, "split": one.split}
        with self._lock:
            if not self._halted:
                outputs = self.journal.ledger.put(result.outputs) if result.outputs else None
                self.journal.write("assessed", {**row, "outputs": outputs})

    def _open(self, one: Scoring) -> bool:
        """True if it is to be scored; an opening of the test split is on record before it happens.

        A program that the machine failed, and a baseline that did not run, are tried again.
        """
        with self._lock:
            known = self.state.assessments.get((one.subject, one.split))
            retry = known and (known.status == "lost" or one.subject == BASELINE) and not known.ok
            retry = retry or (known and one.split == FRESH and self._is_of_others(known))
            if self._halted or (known and not retry):
                return False
            if one.split == "test":
                opened = {"subject": one.subject, "by": "compare", "purpose": one.purpose}
                self.journal.write("opened", opened)
            return True

    def _is_of_others(self, known: Scored) -> bool:
        """True for a score of other items than a third split has now: it is in no digest."""
        return known.ok and known.items.keys() != self.state.rows(FRESH).keys()

    def score_all(self, scorings: Iterable[Scoring], stage: tuple[str, str]) -> None:
        """Assess programs, as many at a time as there are slots. stage: its name in progress."""
        progress = Progress(self._note)
        progress.begin(*stage)
        jobs = [partial(self.score, one) for one in scorings]
        # whoever stops a comparison halts this as well: what still runs is not recorded
        run_all(jobs, max(2, self.slots), progress.step, wait=False)

    def baseline(self, long_s: float = LONG_S) -> None:
        """Score the unchanged program; raises UserError where it does not run.

        long_s: seconds of what is still to run before the search, from which on they are told.
        """
        for number, split in enumerate(self.state.splits):
            if number:
                self._tell_of_rest(long_s)
            self.score(self._program(BASELINE, Candidate(), split, "baseline"))
            found = self.state.assessments[BASELINE, split]
            if found.status != "ok":
                feasibility.require(self.bench.study, found, Candidate())
                raise feasibility.refusal(self.bench.study, found, split)

    def _tell_of_rest(self, long_s: float) -> None:
        """Note how long the deciding split takes, once the search's has told it."""
        if (BASELINE, self.state.final) in self.state.assessments:
            return
        seconds = rate(self.state.assessments[BASELINE, "search"]).seconds
        times = self.bench.study.replicates.final
        if times * seconds > long_s:
            self._note(forecast.before(seconds, times))

    def candidates(self, candidates: Iterable[Candidate], purpose: str) -> None:
        """Score programs where results count, each of them once."""
        programs = {candidate.digest: candidate for candidate in candidates}
        scorings = (
            self._program(name, one, self.state.final, purpose) for name, one in programs.items()
        )
        self.score_all(scorings, (purpose, "scored on the sealed split"))

    def afresh(self, champions: Iterable[Candidate]) -> None:
        """Score the unchanged program and champions on the third split."""
        programs = {BASELINE: Candidate(), **{one.digest: one for one in champions}}
        scorings = (self._program(name, one, FRESH, FRESH) for name, one in programs.items())
        self.score_all(scorings, (FRESH, "scored on fresh data"))

    def _program(self, subject: str, candidate: Candidate, split: Split, purpose: str) -> Scoring:
        return Scoring(subject, split, purpose, partial(self.bench.run, candidate, split, by=HOST))
