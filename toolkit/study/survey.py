"""A survey of what a task's methods give, before anything is spent on it.

A study's task is somebody's code. All that is wrong with it is told at once: the method, what is
allowed there, and the line where its own code raised.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ..errors import StudyError, near_misses
from ..records import encodable
from ..text import plain, short
from . import complaints, constraint, inspection, rules, splits
from .complaints import Complaints
from .constraint import Constraint
from .objective import JUDGED, METRICS, OVERALL, Objective
from .task import Item, Task, Vault

ITEM = "each is a toolkit.Item(id, cluster, input), unlike"


def opened(
    made: type[Any],
    folder: Path,
    splits: Mapping[str, Sequence[str]],
    objective: Objective | None = None,
    constraints: Sequence[Constraint] = (),
    **drawn: Any,
) -> Task:
    """The task on its data, once all that its methods give was looked at.

    drawn: how a share of the clusters is sealed, as splits.parted takes it. Raises StudyError with
    every problem; what the task's code raises as a UserError, such as DataError where its data is
    missing, goes through as it is.
    """
    found = Complaints(made)
    task: Task | None = found.call("__init__", lambda: made(folder))
    if task is not None:
        _Survey(task, splits, objective or Objective(), constraints, found, drawn).all()
    if task is None or found.problems:
        raise _refused(f"{inspect.getfile(made)}: class {made.__name__}", found)
    return task


def built(
    task: Task, where: str, splits: Mapping[str, Sequence[str]], objective: Objective,
    constraints: Sequence[Constraint] = (), **drawn: Any,
) -> Task:  # fmt: skip
    """A task of the toolkit's own, on somebody's data, once it was looked over in the same way.

    where: what the study calls it. Raises StudyError with every problem.
    """
    found = Complaints(type(task))
    _Survey(task, splits, objective, constraints, found, drawn).all()
    if found.problems:
        raise _refused(where, found)
    return task


def _refused(where: str, found: Complaints) -> StudyError:
    listing = "\n".join(f"  {text}" for text in found.problems)
    return StudyError(f"{where} has {len(found.problems)} problem(s):\n{listing}")


@dataclass
class _Survey:
    """Survey of one task. named: {split: names and patterns}, none of them where it is of all."""

    task: Task
    named: Mapping[str, Sequence[str]]
    objective: Objective
    constraints: Sequence[Constraint]
    found: Complaints
    drawn: Mapping[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)

    def all(self) -> None:
        self.items = self._items(self.found.call("items()", self.task.items))
        if not self.items:  # everything else is about them
            self._none()
            return
        self._contexts()
        vault = self.found.call("vault()", self.task.vault)
        if self.found.is_a(vault, Vault, "vault()"):
            gold = rules.look_over(vault, self.items, self.objective, self.found)
            kinds = {name: plain(one.kind) for name, one in gold.items()}
            self._counted(vault, kinds)
            self._metrics(vault, {*kinds.values()} - {""})
        rules.floors(self.task, self.found)
        rules.told(self.task, self.found)
        rules.of_inputs(self.task, self.items[0], vault, self.found)
        for name in inspection.SWITCHES:
            self._switch(name)

    def _none(self) -> None:
        if not self.found.problems:
            self.found.problems.append(f"items() gives no item; write {inspection.WRITE['items']}")

    def _metrics(self, vault: Vault, kinds: Collection[str]) -> None:
        """No kind has the name of another metric, and constraints name metrics that there are."""
        rules.kinds(vault, self.objective, self.found)
        if not hasattr(self.task, "metrics"):  # which names that gives is known once it was asked
            judged = [JUDGED] if self.objective.evidence == "measured" and vault.scorer else []
            known = [*METRICS, *judged, *kinds, *([OVERALL] if kinds else [])]
            self.found.problems += constraint.unknown(self.constraints, known)

    def _items(self, given: Any) -> list[Item]:
        if not self.found.is_a(given, Sequence, "items()"):
            return []
        note = partial(self.found.all, "items()")
        note(ITEM, [short(one) for one in given if not isinstance(one, Item)])
        items = [one for one in given if isinstance(one, Item)]
        note("an item's id is a text, unlike", complaints.no_texts(one.id for one in items))
        items = [one for one in items if isinstance(one.id, str)]
        halves = [short(one.id) for one in items if encodable(one.id) != one.id]
        note("an item's id holds half a character (a lone surrogate):", halves)
        counts = Counter(one.id for one in items)
        twice = [short(name) for name, count in counts.items() if count > 1]
        note("several items have the same id:", twice)
        for what in ("cluster", "call"):
            odd = {
                short(getattr(one, what)): one.id
                for one in reversed(items)
                if not isinstance(getattr(one, what), str)
            }
            named = [f"{value} of item {short(item)}" for value, item in odd.items()]
            note(f"an item's {what} is a text, unlike", named[::-1])
            items = [one for one in items if isinstance(getattr(one, what), str)]
        for one in items:
            if not self.found.json(f"items(): the input of {one.id!r}", one.input):
                break  # the others are made in the same way
        return items

    def _contexts(self) -> None:
        function = getattr(self.task, "contexts", None)
        known: Mapping[str, Any] = {}
        if function is not None:
            given = self.found.call("contexts()", function)
            if not self.found.is_a(given, Mapping, "contexts()"):
                return
            known = given
            self.found.all(
                "contexts()", "a call's name is a text, unlike", complaints.no_texts(known)
            )
            calls = dict.fromkeys(one.call for one in self.items)
            lost = [short(call) for call in calls if call not in known]
            self.found.all("items()", "contexts() does not hold the call", lost)
        self._clusters({one.cluster for one in self.items})
        asked = (one.call for one in self.items if self._is_asked(one.cluster))
        for call in dict.fromkeys(asked):  # the others may be many, and are not handed over
            if call in known:
                name = f"contexts()[{call!r}]"
                before = len(self.found.problems)
                self.found.json(name, self.found.call(name, partial(known.__getitem__, call)))
                if len(self.found.problems) > before:
                    break  # the others are made in the same way

    @cached_property
    def splits(self) -> Mapping[str, frozenset[str]]:
        """{split: its clusters}, once the items are known."""
        every = list(dict.fromkeys(one.cluster for one in self.items))
        parts = splits.parted(self.named, every, **self.drawn)
        return {split: frozenset(clusters) for split, clusters in parts.items()}

    def _is_asked(self, cluster: str) -> bool:
        return any(cluster in clusters for clusters in self.splits.values())

    def _clusters(self, known: Collection[str]) -> None:
        """Every cluster that the splits name is in the data, and in one split only."""
        if self.drawn.get("sealed") and len(known) == 1:
            self.found.problems.append(
                f"[splits] test = {self.drawn['sealed']:g} seals a share of the clusters, and "
                'there is one only: write test = "none" or test = "replicates"'
            )
        elif known:
            self.found.problems += splits.problems(self.splits, known)

    def _counted(self, vault: Vault, kinds: Mapping[str, str]) -> None:
        """Every kind that counts occurs, and every split has items of one."""
        every = set(kinds.values())
        more = f" (the kinds are {', '.join(sorted(every))})" if any(every) else ""
        lost = [
            f"{short(kind)}{near_misses(plain(kind), every)}"
            for kind in sorted(vault.counted, key=plain)
            if kind not in every
        ]
        note = partial(self.found.all, "vault()")
        note("counted names what is the kind of no item:", lost, more)
        if not vault.counted:
            note("counted names no kind, so nothing has a score", [""] * bool(kinds), more)
        if lost or not vault.counted or any(one.id not in kinds for one in self.items):
            return  # the splits would only say it once more
        counting = {item.id for item in self.items if kinds.get(item.id) in vault.counted}
        for split, clusters in self.splits.items():
            mine = [one for one in self.items if one.cluster in clusters]
            if problem := self._of_split(mine, counting):
                named = ", ".join(sorted(vault.counted) if mine else self.named[split])
                told = f" ({named})" if named else ""
                self.found.problems.append(f"[splits] {split}: {problem}{told}")

    def _of_split(self, items: Sequence[Item], counting: Collection[str]) -> str:
        """Fault of a split of these items; "" for none."""
        if not items:
            return "no items"
        having = {one.cluster for one in items if one.id in counting}
        if not having:
            return f"none of its {len(items)} items is of a kind that counts"
        bare = sorted({one.cluster for one in items} - having)
        if bare and self.objective.pooled:
            return (
                f"{', '.join(bare)} hold no item of a kind that counts, and each is left out once"
            )
        return ""

    def _switch(self, name: str) -> None:
        given = getattr(self.task, name, None)
        if name == "empty_context":
            self.found.json(name, given)
            return
        wanted = bool if name == "wrong_context" else list | tuple
        right = given is None or isinstance(given, wanted)
        if name == "lacks" and right:
            right = all(isinstance(one, str) for one in given or ())
        if not right:
            what = short(given) if not callable(given) else "a method"
            called = f"{type(self.task).__name__}.{name}"
            self.found.problems.append(f"{called} is {what}; write {inspection.SWITCHES[name]}")
        elif name == "wrong_context" and given and not hasattr(self.task, "contexts"):
            self.found.problems.append(
                f"{type(self.task).__name__}.wrong_context is True, and without contexts() no call "
                "has a context to take from another; leave it out, or write "
                f"{inspection.OPTIONAL['contexts']}"
            )
