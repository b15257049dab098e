"""Requests of one cell: a survey, rounds, repairs; each as messages, and shorter ones in reserve.

The first message of a round is that of the survey, letter for letter, with the reply to it: whole
files stand there, and a round tells what has changed since. Where that is much, the first message
is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import shown
from searchers.autoresearcher.edit import OVERALL, Edit
from searchers.autoresearcher.limits import LIMITS
from searchers.autoresearcher.requests import experiments, files, limit, parameters, standing
from searchers.autoresearcher.requests.examples import Choice, Examples
from searchers.autoresearcher.requests.limit import Plan
from searchers.autoresearcher.requests.now import Now, Settings
from searchers.autoresearcher.requests.words import Words

Messages = Sequence[Mapping[str, str]]

SURVEY_CHARS, NOTES_CHARS = 8000, 6000
MUCH = 0.5
"""share of the whole files: where more has changed, the files are shown anew"""
HEAD = 0.6
"""share of a request that its first message may have; else it goes without the survey's items"""
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
        """What the edit made of the files."""
        if self.after is None:
            return []
        before = {path: shown(text) for path, text in self.before.items()}
        after = {path: shown(text) for path, text in sorted(self.after.items())}
        return files.changes(files.Whole(before), after)


class Requests:
    """Requests of one cell, one after the other: a pure function of its history."""

    def __init__(self, lab: toolkit.Lab, settings: Settings | None = None) -> None:
        self.lab, self.settings = lab, settings or Settings()
        self.tell, self.choice = Words(lab), Choice(lab, self.settings)
        marks = [mark for mark in lab.marks(lab.baseline).values() if mark.kind]
        found = sorted({(not mark.counted, mark.kind) for mark in marks})
        self.kinds = [kind for _, kind in found]
        """names of all kinds, those that count first"""
        self.base = files.Whole()
        """files as the first message shows them"""
        self.head = ""
        """the first message; empty before there was one"""

    def survey(self, now: Now) -> Request:
        """The first request: everything whole, and no edit is asked for."""
        examples, most = self.choice.next(now), self.settings.tokens
        self.base, self.head = self._survey(now, examples, most)
        shorter = self._survey(now, examples, _less(most, self.head))[1]
        return Request(_user(self.head), _user(shorter))

    def round(self, now: Now) -> Request:
        """A request for edits: what has happened, what has changed, what goes wrong now."""
        examples, most = self.choice.next(now), self.settings.tokens
        current = files.texts(self.lab, now.best)
        changed = sum(one.size for one in files.changes(self.base, current))
        is_full = limit.tokens(self.head) > HEAD * most
        if not self.head or changed > MUCH * self.base.size or is_full:
            self.base, self.head = self._base(now, most)
        messages = self._round(now, examples, (self.base, self.head), most)
        less = _less(most, *(message["content"] for message in messages))
        short = self._round(now, examples, self._base(now, less), less)
        return Request(messages, short)

    def repair(self, broken: Broken) -> Request:
        """A short request for one edit that mends another."""
        texts = [self._repair(broken, most) for most in (self.settings.tokens, 0)]
        return Request(_user(texts[0]), _user(texts[1]))

    def _survey(self, now: Now, examples: Examples, most: int) -> tuple[files.Whole, str]:
        whole, text = self._base(now, most)
        for plan in limit.plans(self.settings.examples):
            asked = self._render("survey", now, examples.fewer(plan.examples))
            if limit.tokens(text, asked) <= most:
                break
        return whole, f"{text}\n\n{asked}"

    def _base(self, now: Now, most: int) -> tuple[files.Whole, str]:
        """(files, text) of a first message, with whole files as far as there is room."""
        current = files.texts(self.lab, now.best)
        whole = files.whole(current, int(limit.FILES * most * limit.CHARS))
        lab = self.lab
        return whole, self.tell.render(
            "base", **self._common(), brief=lab.brief.strip(), rule=lab.rule, whole=whole,
            parameters={
                name: (parameters.value(lab.space[name], value), parameters.words(lab.space[name]))
                for name, value in lab.params(now.best.candidate).items()
            },
            noise=lab.compare(lab.baseline, lab.baseline).noise, noisy=lab.noisy, claim=lab.claim,
            aim=self.tell.aim(lab.marks(lab.baseline)),
            total=toolkit.varying(f"{lab.budget.total:g}"), changed=bool(now.experiments),
        )  # fmt: skip

    def _round(
        self, now: Now, examples: Examples, base: tuple[files.Whole, str], most: int
    ) -> Messages:
        whole, head = base
        survey = limit.cut(now.survey.strip(), min(SURVEY_CHARS, most))
        current = files.texts(self.lab, now.best)
        changes = files.changes(whole, current)
        answers = limit.shares(
            [text for _, text in now.answers], int(limit.ANSWERS * most * limit.CHARS)
        )
        told = replace(now, answers=[(now.answers[at][0], text) for at, text in enumerate(answers)])
        for plan in limit.plans(self.settings.examples):
            text = self._stages(told, examples.fewer(plan.examples), plan, changes)
            if limit.tokens(head, survey, text) <= most:
                break
        if not survey:
            return _user(f"{head}\n\n{text}")
        return [*_user(head), {"role": "assistant", "content": survey}, *_user(text)]

    def _stages(
        self, now: Now, examples: Examples, plan: Plan, changes: Sequence[files.Change]
    ) -> str:
        """One round: what diagnosis, hypotheses and their edits are made of."""
        some = experiments.history(now.experiments, self.tell, full=plan.full, short=plan.short)
        notes = limit.latest(now.notes, NOTES_CHARS)
        diagnose = self._render(
            "diagnose", now, examples, history=some, notes=notes, changes=changes,
            answers=now.answers, remarks=now.remarks, parameters=self._moved(now),
            number=len(now.experiments), kept=sum(one.verdict == "kept" for one in now.experiments),
        )  # fmt: skip
        hypothesise = self.tell.render("hypothesise", **self._common())
        form = self.tell.render("form", **self._common(), first=len(now.experiments) + 1)
        implement = self.tell.render("implement", **self._common(), left=self._left, form=form)
        return "\n\n".join([diagnose, hypothesise, implement])

    def _render(self, name: str, now: Now, examples: Examples, **more: Any) -> str:
        """A template that shows where the program stands, and items."""
        lab, best = self.lab, now.best
        kinds = {*lab.kinds(best), OVERALL}
        metrics = {n: v for n, v in self.tell.metrics(best.metrics).items() if n not in kinds}
        return self.tell.render(
            name, **self._common(), rows=standing.rows(lab, best, self.settings.hidden),
            moved=best.number != lab.baseline.number, score=best.score,
            baseline=lab.baseline.score, metrics=metrics, examples=examples,
            used=f"{lab.budget.spent:g}", left=self._left, **more,
        )  # fmt: skip

    def _repair(self, broken: Broken, most: int) -> str:
        whole = files.whole(broken.texts, int(limit.FILES * most * limit.CHARS))
        return self.tell.render(
            "repair", **self._common(), broken=broken, whole=whole,
            problem=limit.cut(broken.problem, PROBLEM_CHARS), left=self._left,
        )  # fmt: skip

    def _moved(self, now: Now) -> Mapping[str, tuple[Any, Any]]:
        """{parameter: (value at the beginning, value now)} of those that differ."""
        first, values = (self.lab.params(one.candidate) for one in (self.lab.baseline, now.best))
        return {
            name: (first[name], values[name])
            for name in values
            if not toolkit.same(first[name], values[name])
        }

    @property
    def _left(self) -> str:
        return toolkit.varying(f"{self.lab.budget.left:g}")

    def _common(self) -> Mapping[str, Any]:
        """What every template may ask for."""
        lab, own = self.lab, self.settings
        return {
            "scope": own.scope, "sees": own.sees, "honest": own.honest,
            "guarded": bool(own.hidden), "blocks": lab.blocks, "labels": toolkit.LABELS,
            "suffix": telling.usual_suffix(lab.sources), "limits": LIMITS, "kinds": self.kinds,
        }  # fmt: skip


def _user(text: str) -> list[Mapping[str, str]]:
    return [{"role": "user", "content": text}]


def _less(most: int, *texts: str) -> int:
    """The limit of the request in place of one that a server found too long."""
    return int(SHORTER * min(most, limit.tokens(*texts)))
