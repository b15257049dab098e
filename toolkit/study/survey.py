"""A survey of what a task's methods give, before anything is spent on it.

A study's task is somebody's code. All that is wrong with it is told at once: the method, what is
allowed there, and the line where its own code raised.
"""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .. import interrupts
from ..errors import StudyError, UserError, near_misses
from ..records import canonical, encodable
from ..text import plain, said, short
from .inspection import WRITE, mismatch, owners
from .task import Gold, Item, Task, Vault

SHOWN = 3


def opened(made: type[Any], folder: Path, splits: Mapping[str, Sequence[str]]) -> Task:
    """The task on its data, once all that its methods give was looked at.

    Raises StudyError with every problem; what the task's code raises as a UserError, such as
    DataError where its data is missing, goes through as it is.
    """
    survey = _Survey(made, splits)
    task: Task | None = survey.call("__init__", lambda: made(folder))
    if task is not None:
        survey.of(task)
    if task is None or survey.problems:
        listing = "\n".join(f"  {text}" for text in survey.problems)
        where = f"{inspect.getfile(made)}: class {made.__name__}"
        raise StudyError(f"{where} has {len(survey.problems)} problem(s):\n{listing}")
    return task


@dataclass
class _Survey:
    """Every problem of one task; splits: {split: its clusters}."""

    made: type[Any]
    splits: Mapping[str, Sequence[str]]
    problems: list[str] = field(default_factory=list)

    def of(self, task: Task) -> None:
        known = self._conversations(self.call("conversations()", task.conversations))
        items = self._items(self.call("items()", task.items), known)
        self._vault(self.call("vault()", task.vault), items)
        for cluster in self._asked(known or ()):
            if not self._texts(f"passages({cluster!r})", partial(task.passages, cluster)):
                break  # the others would say the same
        self._texts("constants()", task.constants)

    def call(self, method: str, function: Callable[[], Any]) -> Any:
        """What the task's own code gives; None, and a problem, where it raises."""
        try:
            return function()
        except UserError:
            raise
        except BaseException as error:
            if interrupts.came(error):
                raise
            what = f"{type(error).__name__}: {' '.join(said(error).split())}"
            self.problems.append(f"{method} raised {what}{self._place(error)}")
            return None

    def _place(self, error: BaseException) -> str:
        """Where, in the task's own files, an error was raised."""
        homes = {Path(inspect.getfile(one)).parent for one in owners(self.made)}
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent in homes]
        return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""

    def _conversations(self, given: Any) -> Mapping[str, Any] | None:
        if not self._is(given, Mapping, "conversations()"):
            return None
        self._all("conversations()", "a cluster's id is a text, unlike", _no_texts(given))
        lost = sorted({one for clusters in self.splits.values() for one in clusters} - set(given))
        if lost:
            self.problems.append(
                f"[splits] names {', '.join(lost)}, which the data does not hold (it holds "
                f"{', '.join(sorted(map(plain, given)))})"
            )
        known: Mapping[str, Any] = given
        for cluster in self._asked(known):  # the others may be many, and are not handed over
            name, before = f"conversations()[{cluster!r}]", len(self.problems)
            self._json(name, self.call(name, partial(known.__getitem__, cluster)))
            if len(self.problems) > before:
                break  # the others are made in the same way
        return known

    def _asked(self, known: Collection[str]) -> list[str]:
        """The clusters of the splits that there are."""
        return [one for clusters in self.splits.values() for one in clusters if one in known]

    def _items(self, given: Any, known: Mapping[str, Any] | None) -> list[Item]:
        if not self._is(given, Sequence, "items()"):
            return []
        strange = [short(one) for one in given if not isinstance(one, Item)]
        self._all("items()", "each is a toolkit.Item(id, cluster, question), unlike", strange)
        items = [one for one in given if isinstance(one, Item)]
        self._all("items()", "an item's id is a text, unlike", _no_texts(i.id for i in items))
        items = [one for one in items if isinstance(one.id, str)]
        halves = [short(one.id) for one in items if not _is_whole(one.id)]
        self._all("items()", "an item's id holds half a character (a lone surrogate):", halves)
        counts = Counter(one.id for one in items)
        twice = [short(name) for name, count in counts.items() if count > 1]
        self._all("items()", "several items have the same id:", twice)
        if known is not None:
            clusters = [one.cluster for one in items]
            astray = [one for one in clusters if not isinstance(one, str) or one not in known]
            lost = list(dict.fromkeys(map(short, astray)))
            self._all("items()", "conversations() does not hold the cluster", lost)
        for one in items:
            if not self._json(f"items(): the question of {one.id!r}", one.question):
                break  # the others are made in the same way
        return items

    def _vault(self, vault: Any, items: Sequence[Item]) -> None:
        if not self._is(vault, Vault, "vault()"):
            return
        strange = [short(name) for name, one in vault.gold.items() if not isinstance(one, Gold)]
        self._all("vault()", "each is a toolkit.Gold(answer, kind), unlike that of", strange)
        gold = {name: one for name, one in vault.gold.items() if isinstance(one, Gold)}
        self._gold(gold)
        lacking = [short(item.id) for item in items if item.id not in vault.gold]
        self._all("vault()", "there is no gold answer for the item", lacking)
        self._function("scorer", vault.scorer, "gold", "prediction")
        self._function("refuses", vault.refuses, "answer")
        if vault.symmetric is not None:
            self._function("symmetric", vault.symmetric, "gold", "prediction")
        self._counted(vault.counted, gold, items)

    def _gold(self, gold: Mapping[str, Gold]) -> None:
        kinds = [short(name) for name, one in gold.items() if not isinstance(one.kind, str)]
        self._all("vault()", "a kind is a text, unlike that of", kinds)
        evidence = [
            short(name)
            for name, one in gold.items()
            if not isinstance(one.evidence, list | tuple) or _no_texts(one.evidence)
        ]
        self._all("vault()", "evidence is a tuple of turn ids, unlike that of", evidence)

    def _function(self, name: str, function: Any, *arguments: str) -> None:
        wrong = mismatch(function, *arguments) if callable(function) else short(function)
        if wrong:
            shown = f"a function of ({', '.join(arguments)})"
            self.problems.append(f"vault(): {name} must be {shown}: {wrong}")

    def _counted(
        self, counted: Collection[str], gold: Mapping[str, Gold], items: Sequence[Item]
    ) -> None:
        """Every kind that counts occurs, and every split has items of one."""
        kinds = {plain(one.kind) for one in gold.values()}
        more = f" (the kinds are {', '.join(sorted(kinds))})"
        lost = [
            f"{short(kind)}{near_misses(plain(kind), kinds)}"
            for kind in sorted(counted, key=plain)
            if kind not in kinds
        ]
        self._all("vault()", "counted names what is the kind of no item:", lost, more)
        if not counted:
            self.problems.append(f"vault(): counted names no kind, so nothing has a score{more}")
        if lost or not counted:
            return  # the splits would only say it once more
        for split, clusters in self.splits.items():
            # a split that names no cluster is of all of them
            mine = [one for one in items if not clusters or one.cluster in clusters]
            what = f"none of its {len(mine)} items is of a kind that counts" if mine else "no items"
            if not any(one.id in gold and gold[one.id].kind in counted for one in mine):
                named = ", ".join(sorted(counted) if mine else clusters)
                self.problems.append(f"[splits] {split}: {what} ({named})")

    def _texts(self, where: str, function: Callable[[], Any]) -> bool:
        """Whether a method gives texts by name."""
        given = self.call(where, function)
        if not self._is(given, Mapping, where):
            return False
        strange = _no_texts([*given, *given.values()])
        self._all(where, "its names and values are texts, unlike", strange)
        return not strange

    def _is(self, given: Any, kind: type[Any], where: str) -> bool:
        """Whether a method gave what it must; nothing is said of one that has raised."""
        raised = any(text.startswith(f"{where} raised") for text in self.problems)
        right = isinstance(given, kind) and not isinstance(given, str | bytes)
        if not right and not raised:
            what = f"a {type(given).__name__}" if given is not None else "None"
            self.problems.append(f"{where} gives {what}; write {WRITE[where.partition('(')[0]]}")
        return right

    def _json(self, where: str, value: Any) -> bool:
        try:
            canonical(value).encode()
        except (TypeError, ValueError, RecursionError) as error:
            self.problems.append(f"{where} is no JSON value: {said(error)}")
            return False
        return True

    def _all(self, where: str, rule: str, strange: Sequence[str], more: str = "") -> None:
        """A problem where any is unlike the rule; the first of them are named."""
        if strange:
            left = f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
            self.problems.append(f"{where}: {rule} {', '.join(strange[:SHOWN])}{left}{more}")


def _is_whole(text: str) -> bool:
    """Whether a text can be written to a file: half of a surrogate pair cannot."""
    return encodable(text) == text


def _no_texts(values: Iterable[Any]) -> list[str]:
    return [short(value) for value in values if not isinstance(value, str)]
