"""Requests of one cell: a survey, rounds, repairs; each one message, and a shorter one in reserve.

A model has no memory: every request tells all that counts now, once. It begins with the program as
it is, and ends with what is to be done; nothing of an older request stands in it but the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import shown
from searchers.autoresearcher.edit import OVERALL, Edit
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.requests import experiments, files, limit, parameters, standing
from searchers.autoresearcher.requests.examples import Choice, Examples
from searchers.autoresearcher.requests.limit import Plan
from searchers.autoresearcher.requests.now import Now, Settings
from searchers.autoresearcher.requests.words import Words, reach

Messages = Sequence[Mapping[str, str]]

NOTES_SHARE = 0.15
"""share of a request that notes may take"""
PROBLEM_CHARS = 6000
SHORTER = 0.5
"""share of a request that a server found too long which the one in its place may have"""


@dataclass(frozen=True)
class Request:
    """Request to a language model, and the shorter one for a server that finds it too long."""

    messages: Messages
    shorter: Messages

    @property
    def tokens(self) -> int:
        return limit.tokens(*(message["content"] for message in self.messages))


@dataclass(frozen=True)
class Broken:
    """An edit that failed. before: the files without it; after: with it, None where it did not fit.

    attempt: repairs of it that were tried already. most: those that are allowed.
    """

    edit: Edit
    problem: str
    before: Mapping[str, str]
    after: Mapping[str, str] | None
    attempt: int
    most: int

    @property
    def texts(self) -> dict[str, str]:
        """Files that the edit is about, without it; all where it names none that is there."""
        paths = {path for path, _, _ in self.edit.blocks}
        texts = {path: shown(text) for path, text in sorted(self.before.items())}
        return {path: text for path, text in texts.items() if path in paths} or texts

    @property
    def changes(self) -> list[files.Change]:
        """The files as the edit made them."""
        if self.after is None:
            return []
        before = {path: shown(text) for path, text in self.before.items()}
        after = {path: shown(text) for path, text in sorted(self.after.items())}
        return files.changes(files.Whole(before), after)


@dataclass(frozen=True)
class Sight:
    """Items and scores that one request shows. rows: those of the kinds, which take a judge."""

    examples: Examples
    rows: Sequence[standing.Row]


Write = Callable[[Now, Sight, Plan, int], str]
"""text of a request behind its base, of a state, by a plan, in so many tokens"""


class Requests:
    """Requests of one cell, one after the other: a pure function of its history."""

    def __init__(self, lab: toolkit.Lab, settings: Settings | None = None) -> None:
        self.lab, self.settings = lab, settings or Settings()
        self.tell, self.choice = Words(lab), Choice(lab, self.settings)
        marks = lab.marks(lab.baseline)
        self.aim = self.tell.aim(marks)
        found = sorted({(not mark.counted, mark.kind) for mark in marks.values() if mark.kind})
        self.kinds = [kind for _, kind in found]
        """names of all kinds, those that count first"""

    def survey(self, now: Now) -> Request:
        """The first request: everything whole, and no edit is asked for."""
        return self._request(now, self._survey)

    def round(self, now: Now) -> Request:
        """A request for edits: the program as it is, what has happened, what goes wrong now."""
        return self._request(now, self._round)

    def repair(self, broken: Broken) -> Request:
        """A short request for one edit that mends another."""
        texts = [self._repair(broken, most) for most in (self.settings.tokens, 0)]
        return Request(_user(texts[0]), _user(texts[1]))

    def _request(self, now: Now, write: Write) -> Request:
        """A request within the limit, and one that is shorter by half than it."""
        most, hidden = self.settings.tokens, self.settings.hidden
        sight = Sight(self.choice.next(now), standing.rows(self.lab, now.best, hidden))
        whole = self._fitting(now, sight, write, most)
        less = int(SHORTER * min(most, limit.tokens(whole)))
        return Request(_user(whole), _user(self._fitting(now, sight, write, less)))

    def _fitting(self, now: Now, sight: Sight, write: Write, most: int) -> str:
        base = self._base(now, most)
        for plan in limit.plans(self.settings.examples):
            fewer = replace(sight, examples=sight.examples.fewer(plan.examples))
            text = write(now, fewer, plan, most)
            if limit.tokens(base, text) <= most:
                break
        return f"{base}\n\n{text}"

    def _survey(self, now: Now, sight: Sight, plan: Plan, most: int) -> str:
        return self._render("survey", now, sight)

    def _base(self, now: Now, most: int) -> str:
        """The program as it is, with whole files as far as there is room."""
        lab, current = self.lab, files.texts(self.lab, now.best)
        first = lab.params(lab.baseline.candidate)
        return self.tell.render(
            "base", **self._common(), brief=lab.brief.strip(), rule=lab.rule,
            whole=files.whole(current, int(limit.FILES * most * limit.CHARS)),
            parameters={
                name: parameters.told(lab.space[name], value, first[name])
                for name, value in lab.params(now.best.candidate).items()
            },
            noise=self._noise(now), noisy=lab.noisy, replicates=self.settings.replicates,
            claim=lab.claim, limits_told=lab.limits,
            aim=self.aim,
            drifts=len(now.drifts) if self.tell.noise is None else 0,
            total=toolkit.varying(f"{lab.budget.total:g}"), changed=bool(now.experiments),
        )  # fmt: skip

    def _noise(self, now: Now) -> float | None:
        """Difference of two runs of one program; None where nobody has measured it."""
        return reach(now.drifts) if self.tell.noise is None else self.tell.noise

    def _round(self, now: Now, sight: Sight, plan: Plan, most: int) -> str:
        """One round: what diagnosis, hypotheses and their edits are made of."""
        some = experiments.history(
            now.experiments,
            self.tell,
            full=plan.full,
            short=plan.short,
            guarded=bool(self.settings.hidden),
            noise=self._noise(now),
        )
        texts = [text for _, text in now.answers]
        answers = limit.shares(texts, int(limit.ANSWERS * most * limit.CHARS))
        notes = limit.cut(now.notes.text, int(NOTES_SHARE * most * limit.CHARS))
        diagnose = self._render(
            "diagnose", now, sight, history=some, notes=quoted(notes), written=now.notes.written,
            answers=[(now.answers[at][0], text) for at, text in enumerate(answers)],
            remarks=now.remarks, number=len(now.experiments),
            kept=sum(one.verdict == "kept" for one in now.experiments),
        )  # fmt: skip
        hypothesise = self.tell.render("hypothesise", **self._common())
        form = self.tell.render("form", **self._common(), first=len(now.experiments) + 1)
        implement = self.tell.render("implement", **self._common(), left=self._left, form=form)
        return "\n\n".join([diagnose, hypothesise, implement])

    def _render(self, name: str, now: Now, sight: Sight, **more: Any) -> str:
        """A template that shows where the program stands, and items."""
        lab, best = self.lab, now.best
        kinds = {*lab.kinds(best), OVERALL}
        metrics = {n: v for n, v in self.tell.metrics(best.metrics).items() if n not in kinds}
        return self.tell.render(
            name, **self._common(), rows=sight.rows,
            moved=best.number != lab.baseline.number, score=best.score,
            baseline=lab.baseline.score, metrics=metrics, examples=sight.examples,
            used=f"{lab.budget.spent:g}", left=self._left,
            averaged=best.number in now.pooled, **more,
        )  # fmt: skip

    def _repair(self, broken: Broken, most: int) -> str:
        whole = files.whole(broken.texts, int(limit.FILES * most * limit.CHARS))
        return self.tell.render(
            "repair", **self._common(), broken=broken, whole=whole,
            problem=limit.cut(broken.problem, PROBLEM_CHARS), left=self._left,
        )  # fmt: skip

    @property
    def _left(self) -> str:
        return toolkit.varying(f"{self.lab.budget.left:g}")

    def _common(self) -> Mapping[str, Any]:
        """Names that every template may use."""
        lab, own = self.lab, self.settings
        return {
            "scope": own.scope, "sees": own.sees, "honest": own.honest,
            "guarded": bool(own.hidden), "blocks": lab.blocks, "labels": toolkit.LABELS,
            "suffix": telling.usual_suffix(lab.sources), "limits": LIMITS, "kinds": self.kinds,
        }  # fmt: skip


def _user(text: str) -> list[Mapping[str, str]]:
    return [{"role": "user", "content": text}]


def quoted(text: str) -> str:
    """A text as a quotation: none of its lines is a heading of the request that shows it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
