"""The staged loop: survey; then rounds of diagnosis, hypotheses and edits, each edit a trial.

One request carries several stages, for each costs minutes. What becomes of an edit the host
decides: check, repair, run, interpret, decide, each in `stages/`, each on record in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator

import toolkit
from searchers.autoresearcher import account
from searchers.autoresearcher.candidates import described, unusable
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.prune import prune
from searchers.autoresearcher.replies.staged import Reply
from searchers.autoresearcher.research import Options, Research
from searchers.autoresearcher.stages import archive
from searchers.autoresearcher.stages.check import check
from searchers.autoresearcher.stages.decide import advice
from searchers.autoresearcher.stages.diagnose import diagnose
from searchers.autoresearcher.stages.hypothesise import hypothesise
from searchers.autoresearcher.stages.implement import implement
from searchers.autoresearcher.stages.survey import survey
from searchers.autoresearcher.standing import stand
from searchers.autoresearcher.trying import attempt


class Loop:
    """One cell of the staged loop."""

    def __init__(self, lab: toolkit.Lab, options: Options) -> None:
        self.lab, self.research = lab, Research(lab, options)
        self.pruned = 0

    def run(self) -> str:
        """Search until the budget is spent; why it ended before, where its model ended it."""
        try:
            return self.search()
        finally:
            stand(self.research)

    def search(self) -> str:
        """Rounds after a survey."""
        research = self.research
        answer, reply = survey(research)
        if reply.edits and research.may_run:
            self.round(reply, answer.key)
        while research.may_run:
            answer, reply = diagnose(research)
            self.round(reply, answer.key)
            if reply.stop is not None:
                return self.stop(reply.stop)
        return ""

    def round(self, reply: Reply, key: str) -> None:
        """Try the edits of one reply, then what they made possible; no round is free."""
        hypothesise(self.research, reply, key)
        implement(self.research, reply, key)
        before = len(self.lab.history)
        for edit in reply.edits:
            if self.research.may_run:
                self.experiment(edit)
        self.revive()
        if len(self.lab.history) == before and reply.stop is None and self.research.may_run:
            self.charge(reply.problem or "no edit of the reply could be run")
        if self.research.options.prune:
            self.pruned += prune(self.research, self.pruned)
        self.advise()
        archive.record(self.lab, self.research.archive)

    def experiment(self, edit: Edit) -> Experiment:
        """One edit, from its check to the archive."""
        found = Experiment(
            self.research.archive.next, edit, parent=self.research.best.number,
            informed=self.research.informed,
        )  # fmt: skip
        self.research.archive.add(found)
        if missing := self.research.archive.missing(found):
            told = ", ".join(map(str, missing))
            found.verdict, found.outcome = "skipped", f"it needs {told}, which is not kept"
            account.note_verdict(self.lab, found, f", needs {told}")
            return found
        attempt(self.research, found)
        return found

    def revive(self) -> None:
        """Try again what could not be tried before something else was kept, once each."""
        research = self.research
        while research.may_run and (one := next(self._ripe(), None)):
            research.archive.again.add(one.number)
            one.parent = research.best.number
            self.lab.note("revive", f"experiment {one.number}: what it needs is kept now")
            attempt(research, one, again=True)

    def _ripe(self) -> Iterator[Experiment]:
        """Experiments that failed for want of something that is kept by now."""
        research = self.research
        return (
            one
            for one in research.archive.waiting()
            if one.parent != research.best.number
            and not research.archive.missing(one)
            and (one.verdict == "skipped" or not check(research, one.edit).problem)
        )

    def charge(self, problem: str) -> None:
        """A reply that nothing came of costs a trial, or a model that says nothing never ends."""
        edit = Edit(problem=problem)
        bare = toolkit.Candidate(patch=unusable(problem))
        trial = self.lab.evaluate(described(edit, bare, self.research.best.number))
        experiment = Experiment(
            self.research.archive.next, edit, [trial.number], "invalid", problem,
            parent=self.research.best.number,
        )  # fmt: skip
        self.research.archive.again.add(experiment.number)
        self.research.archive.add(experiment)
        account.note_verdict(self.lab, experiment)

    def advise(self) -> None:
        """Tell the next request how to go on."""
        what, told = advice(self.research.archive.experiments, noisy=self.lab.noisy)
        if what:
            self.research.remarks.append(told)
            self.lab.note(what, told)

    def stop(self, reason: str) -> str:
        self.lab.note("stop", reason)
        budget = self.lab.budget
        after = f"after {budget.spent:g} of {budget.total:g} trials"
        return f"its language model ended the search {after}: {reason}"
