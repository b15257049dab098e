"""A whole comparison: baseline, floors, cells, champions on the sealed test split.

Every step looks into the ledger first and does only what is not there yet, so the same
command resumes, and a finished run runs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .assessments import transfer, wavering
from .assessments.floors import check_liveness, score_elsewhere, score_floors
from .assessments.programs import Assessments
from .assessments.views import Views, require
from .attribution.progress import Progress
from .bench import cost, description, forecast, questions, secret
from .bench.bench import Bench
from .bench.host import host
from .bench.tally import UNACCOUNTED
from .errors import AnotherRun, NotAnswered, UserError
from .figures import counted
from .ledger.cell import CellState
from .ledger.journal import Journal
from .ledger.ledger import Ledger
from .ledger.state import State
from .places import note_answers, note_kept
from .search.cells import SERVE, Observer, Plan
from .search.driver import Driver


class Comparison:
    """The steps of one command on an open ledger."""

    def __init__(
        self, bench: Bench, ledger: Ledger, plan: Plan, observer: Observer | None = None
    ) -> None:
        self.bench, self.ledger, self.plan = bench, ledger, plan
        self.observer = observer or Observer()
        self.journal = Journal(ledger)
        self._assessments = Assessments(bench, self.journal, plan.slots, self.observer.note)
        self._views = Views(bench, self.journal)
        self._driver = Driver(bench, self.journal, plan, self.observer)
        self.cut_short = ""
        """why steps were left out that were asked for; "" where none were"""

    @property
    def state(self) -> State:
        return self.journal.state

    def run(self) -> State:
        """Raises UserError where the baseline itself does not run."""
        self._begin()
        try:
            self._bill()
            self._assessments.baseline()
            if not self.plan.search_only:
                wavering.measure(self._assessments, self.observer.note)
            self._views.before()
            # from the ledger: resumed, the same limit
            self.bench.expect(cost.own_s(self.state))
            if self.plan.search_only:
                self._search()
            else:
                self._to_the_end()
        finally:
            self._assessments.halt()
            self._driver.halt("the run was stopped")
        note_kept(self.journal, self.bench.answers)
        return self.state

    def _to_the_end(self) -> None:
        """Run all steps, or those up to the first that no language model answers."""
        try:
            self._all_steps()
        except NotAnswered as error:
            self.cut_short = str(error)
            self.observer.note(f"what is left of this comparison was not run: {error}")

    def _all_steps(self) -> None:
        after = self._outlook()
        if after != "none":
            check_liveness(self._assessments, self.observer.note)
            score_floors(self._assessments, whole=after == "full")
        self._search()
        self._champions(after)
        if after != "none":
            transfer.score(self._assessments, self._cells, self.observer.note)
        self._views.after(self._cells)
        if after == "full":
            self._attribution()
        if after != "none":
            self._integrity(after)
        self._reconcile()

    def _bill(self) -> None:
        """Say what answers of a language model may cost before any is asked for.

        Raises UserError where that is above the limit. Who resumes a run has been told.
        """
        if self.bench.answers is None or self.state.has_baseline:
            return
        found = questions.bill(
            self.bench, len(self.plan.cells), self.plan.budget.trials, self.plan.after
        )
        for line in questions.lines(found):
            self.observer.note(line)
        questions.require(found, self.bench.answers.max_usd)

    def _outlook(self) -> cost.After:
        """Choose what follows the search, and say what everything costs before the first trial."""
        plan, asked = self.plan, self.plan.after is not None
        course = cost.Course(len(plan.cells), plan.budget.trials, plan.slots)
        found = cost.outlook(self.state, self.bench.study, course, plan.after)
        if not any(cell.started for cell in self.state.cells.values()):
            for line in forecast.lines(self.state, found, asked=asked):
                self.observer.note(line)
        if cost.is_news(self.state, found, asked=asked):
            self.journal.write("finding", cost.finding(found, asked=asked))
        return found.after

    def _begin(self) -> None:
        require(self.bench, self.plan.cells)
        known = self.state.study.get("digest")
        if known not in (None, self.bench.study.digest):
            self._replace()
            known = None
        self._refuse_less()
        described = self._reworded() if known else self.bench.description()
        if described != self.state.study:
            self.journal.write("study", described)
        self.bench.follow(secret.of_run(self.journal))
        note_answers(self.journal, self.bench.answers)
        command = {
            "budget": self.plan.budget.trials,
            "max_seconds": self.plan.budget.max_seconds,
            "cells": self._reported(),
            **({"count_waiting": True} if self.plan.budget.count_waiting else {}),
        }
        beside = ("at", "host")
        last = {name: value for name, value in self._last_command().items() if name not in beside}
        if last != command:
            self.journal.write("command", {**command, "host": host()})

    def _reworded(self) -> dict[str, Any]:
        """Description of the study in the ledger, in the words of its file now.

        Title, names, units and the third split are not in a study's digest, so that a run goes on
        when they change; its report must not speak of another unit than the lines that people saw
        while it ran.
        """
        gone = ("planted", "lacks")  # described again only where there still are any
        kept = {key: value for key, value in self.state.study.items() if key not in gone}
        told = {**kept, **description.words(self.bench.study)}
        return description.refreshed(told, self.bench.description())

    def _replace(self) -> None:
        """Begin anew where another study's run came to nothing; raises AnotherRun where it did."""
        folder, name = self.ledger.folder, self.state.study["name"]
        trials = sum(len(cell.trials) for cell in self.state.cells.values())
        if trials:
            raise AnotherRun(
                f"{folder} holds a run of another study, or of an earlier version of this one: "
                f"{name}, {counted(trials, 'finished trial')}{self._changed_data()}"
            )
        self.journal.clear()
        opened = len(self.state.openings)
        kept = f"; that it opened the test split stays on record ({opened})" if opened else ""
        self.observer.note(
            f"the run of {name} in {folder} had no finished trial and the study has changed: this "
            f"run takes its place{kept}"
        )

    def _changed_data(self) -> str:
        """Data of the program that is not what the run began with; empty where all of it is."""
        known, now = self.state.study.get("readable", {}), self.bench.study.read_digests
        names = sorted(name for name in {*known, *now} if known.get(name) != now.get(name))
        return f"; its [code] data changed: {', '.join(names)}" if names else ""

    def _refuse_less(self) -> None:
        """A table never compares cells that were given unequal budgets."""
        full = self.bench.full
        for spec in self.plan.cells:
            cell = self.state.cells.get(spec.key)
            if cell and cell.charged > self.plan.budget.trials * full:
                raise UserError(
                    f"{cell.name} has spent {counted(cell.charged / full, 'trial')} in "
                    f"{self.ledger.folder}, more than --budget {self.plan.budget.trials:g}; give "
                    f"at least --budget {cell.charged / full:g}, or another folder with --out"
                )

    def _reported(self) -> list[str]:
        """Keys of the cells to report: those of this command, and what stays beside them.

        A cell that `toolkit serve` runs is part of no other command, and else would never stand in
        one table with a searcher: it stays, and takes its place, where the budget is the same.
        """
        last, budget = self._last_command(), self.plan.budget
        own = [spec.key for spec in self.plan.cells]
        before = tuple(last.get(name) for name in ("budget", "max_seconds", "count_waiting"))
        if before != (budget.trials, budget.max_seconds, budget.count_waiting or None):
            return own
        known = self.state.cells
        stay = [
            key for key in last["cells"]
            if key in own or (key in known and (self.plan.joins or known[key].searcher == SERVE))
        ]  # fmt: skip
        return [*stay, *(key for key in own if key not in stay)]

    def _last_command(self) -> Mapping[str, Any]:
        return self.state.commands[-1] if self.state.commands else {}

    @property
    def _cells(self) -> list[CellState]:
        return [self.state.cells[spec.key] for spec in self.plan.cells]

    def _search(self) -> None:
        self._driver.run()

    def _champions(self, after: cost.After) -> None:
        """Score every incumbent on the sealed split, so that the anytime curve needs no guess.

        Nothing here is told to a searcher, and the champion was chosen on the search split. Where
        no data is sealed, the scores that it was chosen by are all that there is.
        """
        lines = [self.state.line(cell) for cell in self._cells]
        if self.state.final == "test":
            asked = [step for line in lines for step in (line if after == "full" else line[-1:])]
            better = (trial.candidate for _, trial in asked if trial.number)
            self._assessments.candidates(better, "champions and what led to them")
        for cell in self._cells if after == "full" else ():
            score_elsewhere(self._assessments, self.state.champion(cell))
        if self.state.has_fresh:
            champions = map(self.state.champion, self._cells)
            self._assessments.afresh(one.candidate for one in champions if one.number)

    def _attribution(self) -> None:
        """Attribute the champions' gains, charged to an account of its own."""
        # numpy is loaded by those who attribute
        from .attribution.champions import MOST_STEPS, attribute
        from .attribution.measure import Measurements
        from .attribution.values import Effort

        progress = Progress(self.observer.note)
        measured = Measurements(self.bench, self.journal, self.plan.slots, progress)
        attribute(measured, self._cells, Effort(), most=MOST_STEPS)

    def _integrity(self, after: cost.After) -> None:
        """Check the champions' edits, and whether outputs depend on how a program is run."""
        asked = ", asking the champions in other ways" if after == "full" else ""
        self.observer.note(f"integrity: reading the edits{asked}")
        from .integrity.checks import Checks  # reads edits, which a mere search does not

        checks = Checks(self.bench, self.state, self.ledger, self._cells)
        for found in checks.readings():
            self.journal.write("checked", found)
        self._assessments.score_all(
            checks.scorings(runs=after == "full"), ("integrity", "asked in other ways")
        )
        for found in checks.differences():
            self.journal.write("checked", found)

    def _reconcile(self) -> None:
        """A thread that a searcher left behind may still have been at work after the search."""
        found = self._driver.after()
        if found:
            known = Counter(self.state.findings.get(UNACCOUNTED, {}))
            value = dict(known + Counter(found))
            self.journal.write("finding", {"name": UNACCOUNTED, "value": value})


def run_folder(study_name: str, study_digest: str, root: Path = Path("runs")) -> Path:
    """Run folder unless --out names another; a changed study gets a new one."""
    return root / f"{study_name}-{study_digest[:8]}"
