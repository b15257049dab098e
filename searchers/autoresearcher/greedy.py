"""The greedy loop: one prompt, a series of edits, and what raises the score is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.candidates import described, edited, unusable
from searchers.autoresearcher.changes import fence_around, shown
from searchers.autoresearcher.edit import Edit, Unusable
from searchers.autoresearcher.replies.reply import MAX_EDITS, parse
from searchers.autoresearcher.trace import own_lines

TEMPLATE = Path(__file__).with_name("prompt.md.jinja")
ERROR_CHARS = 600
OUTCOME_CHARS = 700
LABEL_CHARS = 40
SHORTER = 4
"""one failure in so many is shown where a server takes no more"""
MOST_REFUSED = 10
"""edits in a row that break a requirement between parameters, before the next is charged"""


@dataclass(frozen=True)
class Step:
    """An experiment as the next prompt tells it."""

    label: str
    hypothesis: str
    outcome: str


class Greedy:
    """Asks for a series of single-cause edits, tries each, keeps what raises the score."""

    def __init__(
        self, lab: toolkit.Lab, *, scope: str = "code", sees: str = "failures", failures: int = 16
    ) -> None:
        self.lab, self.best = lab, lab.baseline
        self.scope, self.sees, self.failures = scope, sees, failures
        self.steps: list[Step] = []
        self.refused = 0

    def run(self) -> None:
        while self.lab.budget.left >= 1:
            edits = read(self.ask())
            for edit in edits[:MAX_EDITS]:
                self.attempt(edit)
            self.mention(len(edits) - MAX_EDITS, sum(edit.drafts for edit in edits))

    def ask(self) -> toolkit.Answer:
        """A reply; where the prompt is too long for the server, to one with fewer failures."""
        failures = self.seen()
        fewer = failures[::SHORTER]
        shorter = self.messages(fewer) if len(fewer) < len(failures) else None
        return self.lab.complete(self.messages(failures), shorter=shorter)

    def seen(self) -> list[toolkit.Failure]:
        """Failures that the next prompt shows."""
        return self.sample() if self.sees == "failures" else []

    def messages(self, failures: Sequence[toolkit.Failure]) -> list[dict[str, str]]:
        return [{"role": "user", "content": self.prompt(failures)}]

    def attempt(self, edit: Edit) -> None:
        """One edit, one trial; what cannot be used is charged as an invalid one."""
        parent = self.best
        try:
            candidate = self.candidate(edit)
        except (Unusable, toolkit.PatchError) as error:
            refused = toolkit.Candidate(patch=unusable(error))
            self.lab.evaluate(self.described(edit, refused))
            self.note(edit, f"invalid: {error}")
            return
        broken = self.lab.infeasible(candidate.overrides)
        if broken and self.refused < MOST_REFUSED:
            self.refused += 1
            self.note(edit, f"not run and not charged: {broken}")
            return
        self.refused = 0
        trial = self.lab.evaluate(candidate)
        if not trial.ok:
            self.note(edit, f"{trial.status}, taken back: {own_lines(trial.detail)[-ERROR_CHARS:]}")
            return
        tell = telling.Telling(self.lab)
        change = f"{tell.level(parent.score)} -> {tell.level(trial.score)}"
        if is_better(trial, parent) and not self.is_luck(trial, parent):
            self.best = trial
            self.note(edit, f"kept, {change}")
        else:
            self.note(edit, f"taken back, {change}")

    def is_luck(self, trial: toolkit.Trial, other: toolkit.Trial) -> bool:
        """True where replicates tell that two runs of one program differ by as much.

        Without it every fifth edit that changes nothing would be kept under noise, for the best of
        several runs is better than the one that it is compared with.
        """
        found = self.lab.compare(trial, other)
        if found.noise is None or found.gain is None:
            return False  # nobody has measured it
        return found.gain <= found.noise

    def candidate(self, edit: Edit) -> toolkit.Candidate:
        """The best program so far with one edit; raises Unusable or PatchError."""
        return self.described(edit, edited(self.lab, self.best.candidate, edit, self.scope))

    def described(self, edit: Edit, candidate: toolkit.Candidate) -> toolkit.Candidate:
        return described(edit, candidate, self.best.number)

    def note(self, edit: Edit, outcome: str) -> None:
        self.steps.append(Step(edit.label[:LABEL_CHARS], edit.hypothesis, outcome[:OUTCOME_CHARS]))

    def mention(self, more: int, drafts: int) -> None:
        """Tell the next prompt of edits that were not tried."""
        if drafts:
            last = self.steps[-1]
            left = f"; {drafts} before a closing thinking tag were not tried: taken for thinking"
            self.steps[-1] = replace(last, outcome=last.outcome + left)
        if more > 0:
            last = self.steps[-1]
            left = f"; {more} more of that reply were not tried: at most {MAX_EDITS} are"
            self.steps[-1] = replace(last, outcome=last.outcome + left)

    def prompt(self, failures: Sequence[toolkit.Failure]) -> str:
        """Everything the model is told; nothing in it depends on machine, clock or budget."""
        import jinja2

        lab, best = self.lab, self.best
        tell = telling.Telling(lab)
        files = {path: shown(text) for path, text in sorted(lab.files(best.candidate).items())}
        values = lab.params(best.candidate)
        environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
        )
        return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
            brief=lab.brief.strip(),
            scope=self.scope,
            blocks=lab.blocks,
            max_edits=MAX_EDITS,
            labels=toolkit.LABELS,
            parameters={
                n: {"value": shown_value(p, values[n]), "param": p} for n, p in lab.space.items()
            },
            files=files,
            fences={path: fence_around(text) for path, text in files.items()},
            tell=tell,
            words=telling,
            suffix=telling.usual_suffix(lab.sources),
            metrics=tell.metrics(best.metrics),
            score=best.score,
            baseline=lab.baseline.score,
            failures=failures,
            history=self.steps,
        )

    def sample(self) -> list[toolkit.Failure]:
        """Failures of the best program, the kinds in turn, drawn anew for each prompt."""
        kinds: dict[str, list[toolkit.Failure]] = {}
        for failure in self.lab.failures(self.best, limit=100_000):
            kinds.setdefault(failure.kind, []).append(failure)
        each = max(1, self.failures // max(1, len(kinds)))
        chosen = []
        for kind in sorted(kinds):
            found = sorted(kinds[kind], key=lambda failure: failure.item)
            chosen += self.lab.rng.sample(found, min(each, len(found)))
        return chosen


def is_better(trial: toolkit.Trial, other: toolkit.Trial) -> bool:
    """In a lab higher is better, whatever the objective's direction."""
    if trial.score is None:
        return False
    return other.score is None or trial.score > other.score


def shown_value(param: toolkit.Param, value: Any) -> Any:
    """In quotes where a choice holds 1 and "1", which read alike without them."""
    return json.dumps(value, ensure_ascii=False) if telling.reads_alike(param, value) else value


def read(reply: toolkit.Answer) -> list[Edit]:
    """The reply's edits. Why the server cut it off is told with what the cut made unusable."""
    edits = parse(reply, toolkit.LABELS, is_cut="length" in reply.ending)
    is_told = reply.strip() and reply.ending == "thinking"  # by the edit's problem already
    if reply.problem and edits[-1].problem and not is_told:
        edits[-1].problem += f"; {reply.problem}"
    return edits
