"""Constants by form of input, fitted on the search split: the worth of a look at the input alone.

One constant for all is a weak floor. A question's first word says whether a date, a name or a yes
is asked for, and a program that reads nothing but the question can answer each form its own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ..records import canonical
from ..study import task as tasks
from ..study.task import Item, Task
from ..text import short
from .judge import Judge

LEAST = 5
"""items of a form that is fitted by itself: below it, its best constant is luck"""
TWICE = 2
"""times that a gold answer must occur: one that occurs once fits itself alone"""
MOST = 8
"""of the commonest gold answers that are tried"""


@dataclass(frozen=True)
class Rule:
    """Output without any reading of the context."""

    name: str
    output: Callable[[Item], Any]


@dataclass(frozen=True)
class Fitted:
    """Rule of each form that has one of its own, and the rule of all other items."""

    task: Task
    by_form: Mapping[str, Rule]
    rest: Rule

    def outputs(self, items: Sequence[Item]) -> dict[str, Any]:
        """{item id: output}"""
        return {item.id: self._rule(item).output(item) for item in items}

    def _rule(self, item: Item) -> Rule:
        return self.by_form.get(tasks.form(self.task, item), self.rest)

    @property
    def text(self) -> str:
        """`middle date (when), Yes (yes/no), else 2023`"""
        forms: dict[str, list[str]] = {}
        for form, rule in self.by_form.items():
            forms.setdefault(rule.name, []).append(form)
        own = [f"{name} ({', '.join(some)})" for name, some in forms.items()]
        return ", ".join([*own, f"else {self.rest.name}" if own else self.rest.name])


def fit(judge: Judge, task: Task, search: Sequence[Item], every: Sequence[Item]) -> Fitted | None:
    """Rules that score best on the search items, a rule a form. None without forms, or rules.

    An objective of all outputs at once has no score of some items: nothing is fitted to it, nor to
    a number that no scorer gives. every: items that get an output. Raises Unscored.
    """
    scored = judge.vault.scorer and judge.objective.evidence == "judged"
    if not tasks.has_forms(task) or judge.objective.pooled or not scored:
        return None
    counted = [item for item in search if judge.vault.counts(item.id)]
    known = [*_constants(task), *_guesses(task, every)]
    rest = _best(judge, [*known, *_common(judge, task, counted)], counted)
    if rest is None:
        return None
    own: dict[str, Rule] = {}
    for form, members in _by_form(task, counted).items():
        best = _best(judge, [rest, *known, *_common(judge, task, members)], members)
        if best and len(members) >= LEAST and best.name != rest.name:
            own[form] = best
    return Fitted(task, own, rest)


def _best(judge: Judge, rules: Sequence[Rule], items: Sequence[Item]) -> Rule | None:
    """Rule with the highest mean over these items, the first of equal ones."""

    def mean(rule: Rule) -> float:
        rows = judge.judge({item.id: rule.output(item) for item in items}).rows
        return fmean(rows.values())

    return max(rules, key=mean) if rules and items else None


def _by_form(task: Task, items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(tasks.form(task, item), []).append(item)
    return dict(sorted(found.items()))


def _constants(task: Task) -> Iterator[Rule]:
    for name, output in tasks.floors(task).items():
        yield Rule(name, _always(output))


def _guesses(task: Task, items: Sequence[Item]) -> Iterator[Rule]:
    """Guesses that the task makes for every one of these items."""
    made = {item.id: tasks.guesses(task, item) for item in items}
    for name in next(iter(made.values()), {}):
        if all(name in one for one in made.values()):
            yield Rule(name, _of_each({item: one[name] for item, one in made.items()}))


def _common(judge: Judge, task: Task, items: Sequence[Item]) -> Iterator[Rule]:
    """The commonest gold answers of these items, as outputs."""
    made = {item.id: tasks.as_output(task, judge.vault.gold[item.id]) for item in items}
    by_text = {canonical(one): one for one in made.values() if one is not None}
    counts = Counter(canonical(one) for one in made.values() if one is not None)
    for text, times in counts.most_common(MOST):
        if times >= TWICE:
            answer = judge.answer(by_text[text])
            name = answer if isinstance(answer, str) else short(answer)
            yield Rule(name, _always(by_text[text]))


def _always(output: Any) -> Callable[[Item], Any]:
    return lambda item: output


def _of_each(outputs: Mapping[str, Any]) -> Callable[[Item], Any]:
    return lambda item: outputs[item.id]
