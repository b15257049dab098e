"""Kind "timed": the CPU seconds that right answers take, by the host's meter.

What is measured is the CPU time of all threads and processes of an evaluation, from the fork of the
program to its end: the import of its own modules counts, since work can be moved there. The
interpreter and what `preload` names are there before the fork, for a function.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]

from ...errors import StudyError
from ...records import canonical, is_number
from ...text import short
from ..task import Gold, Item, Vault
from ..toml import Table
from .kind import Kind, existing, settings
from .validated import listed

SEALED = 4
"""from so many cases on, half of them are sealed: a program could hold the answers of the others"""
TOLERANCE = 1e-9
FINAL = 5
MOST_S = 10.0


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares."""
    told = len(task.problems)
    if "script" in code and "cases" not in task.raw:
        return _script(task)
    path = existing(task, "cases", 'a JSON file, [{"input": …, "answer": …}, …]')
    if "script" in code:
        task.problem(
            "cases", "are handed to a function: a script is timed as a whole; leave it out"
        )
    tolerance = task.number("tolerance", default=TOLERANCE, low=0, high=1)
    if len(task.problems) > told or path is None:
        return None
    return _kind(
        "case",
        0.5 if _count(path) >= SEALED else "replicates",
        files={"cases": path},
        settings=settings(task, ("tolerance",)),
        make=partial(TimedTask, path, tolerance),
    )


def _kind(item: str, test: str | float, **more: Any) -> Kind:
    """Kind of what is timed. item: the noun; test: the split. more: fields of the Kind."""
    return Kind(
        name="timed",
        evidence="measured",
        direction="minimize",
        defaults={
            "objective": {"name": "CPU time", "metric": "cpu_s", "unit": "s"},
            "names": {"item": item, "output": "answer"},
            "splits": {"test": test},
            "replicates": {"final": FINAL},
        },
        constraints=("judged == 1",),
        **more,
    )


def _script(task: Table) -> Kind | None:
    """A program as it is, timed as a whole."""
    told = len(task.problems)
    ignore = task.text("ignore", default="")
    try:
        regex.compile(ignore)
    except regex.error as error:
        task.problem("ignore", f"{short(ignore)} is no regular expression: {error}")
    files = tuple(task.texts("answers", default=()))
    if len(task.problems) > told:
        return None
    return _kind(
        "run",
        "replicates",
        settings=settings(task, ("ignore", "answers")),
        leaves=files,
        make=partial(TimedScript, ignore, files),
    )


def _count(path: Path) -> int:
    """Number of cases; 0 where they cannot be read, which is told once the task is made."""
    try:
        return len(listed(path))
    except StudyError:
        return 0


class Learned:
    """Right answers that are known, or learned of the unchanged program."""

    def __init__(self, known: Mapping[str, Any], tolerance: float) -> None:
        self._known, self.tolerance = dict(known), tolerance
        self._guard = threading.Lock()

    def unknown(self, items: Sequence[Item]) -> bool:
        """True if the right answer of any is not known yet."""
        with self._guard:
            return any(item.id not in self._known for item in items)

    def learn(self, outputs: Mapping[str, Any]) -> None:
        """Take outputs of the unchanged program for the right ones."""
        with self._guard:
            self._known |= outputs

    def is_right(self, gold: Gold, output: Any) -> float:
        return float(alike(self._known[gold.answer], output, self.tolerance))

    def explain(self, item: Item, output: Any) -> Mapping[str, Any]:
        return {"right": self._known.get(item.id)}


class TimedScript(Learned):
    """One run of a program as it is: right where it prints and leaves what the unchanged one does.

    ignore: a pattern of what may differ, such as a time that is printed.
    """

    def __init__(self, ignore: str, files: Sequence[str]) -> None:
        super().__init__({}, TOLERANCE)
        self._ignore, self._files = ignore, files

    def items(self) -> Sequence[Item]:
        return [Item("run", "run", None)]

    def vault(self) -> Vault:
        return Vault({"run": Gold("run")}, self.is_right, best=1.0)

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """The text that it printed, without what is ignored, and the files that it left."""
        lost = [one for one in self._files if "*" not in one and one not in output["files"]]
        if lost:
            raise ValueError(f"it left no {lost[0]}, which [task] answers names")
        text = output["printed"]
        if self._ignore:
            try:
                text = regex.sub(self._ignore, "", text, timeout=MOST_S)
            except TimeoutError:
                raise ValueError(
                    f"ignore takes more than {MOST_S:g} s on what it printed"
                ) from None
        return [
            {"printed": [line.rstrip() for line in text.splitlines()], "files": output["files"]}
        ]


class TimedTask(Learned):
    """Cases with a right answer each; where the file holds none, the unchanged program gives them.

    Every case is asked once: what a program keeps of one answers no other.
    """

    def __init__(self, path: Path, tolerance: float) -> None:
        """Raises StudyError."""
        self.path = path
        cases = listed(path)
        self._inputs = [self._input(at, one) for at, one in enumerate(cases, 1)]
        given = [isinstance(one, dict) and "answer" in one for one in cases]
        if any(given) and not all(given):
            at = given.index(False) + 1
            raise StudyError(
                f'{path}: case {at} has no "answer", and others have one: give one to each, or to '
                "none, and the unchanged program's outputs are the right ones"
            )
        numbered = enumerate(cases, 1) if all(given) else ()
        super().__init__({self._id(at): one["answer"] for at, one in numbered}, tolerance)
        self._check_once()

    @staticmethod
    def _id(number: int) -> str:
        return f"case {number:03d}"

    def _input(self, number: int, case: Any) -> Any:
        if not isinstance(case, dict) or "input" not in case:
            raise StudyError(
                f'{self.path}: case {number} is {short(case)}; write {{"input": …, "answer": …}}, '
                'or {"input": …} alone'
            )
        return case["input"]

    def _check_once(self) -> None:
        seen: dict[str, int] = {}
        for number, one in enumerate(self._inputs, 1):
            first = seen.setdefault(canonical(one), number)
            if first != number:
                raise StudyError(
                    f"{self.path}: cases {first} and {number} have the same input; a program that "
                    "remembers the first would be timed on nothing"
                )

    def items(self) -> Sequence[Item]:
        ids = [self._id(number) for number, _ in enumerate(self._inputs, 1)]
        return [Item(one, one, given) for one, given in zip(ids, self._inputs, strict=True)]

    def vault(self) -> Vault:
        gold = {item.id: Gold(item.id) for item in self.items()}
        return Vault(gold, self.is_right, best=1.0)


def alike(right: Any, other: Any, tolerance: float) -> bool:
    """True if two JSON values are the same, fractions up to a relative difference.

    What is small beside the largest number of the right answer may be rounding; a whole answer of
    small numbers is not the same as zeros.
    """
    return _alike(right, other, tolerance, tolerance * (_size(right) or 1.0))


def _alike(right: Any, other: Any, tolerance: float, near: float) -> bool:
    if isinstance(right, float) or isinstance(other, float):
        both = is_number(right) and is_number(other)
        return both and math.isclose(right, other, rel_tol=tolerance, abs_tol=near)
    if isinstance(right, dict) and isinstance(other, dict):
        return right.keys() == other.keys() and all(
            _alike(value, other[key], tolerance, near) for key, value in right.items()
        )
    if isinstance(right, list) and isinstance(other, list):
        pairs = zip(right, other, strict=False)
        return len(right) == len(other) and all(_alike(a, b, tolerance, near) for a, b in pairs)
    return type(right) is type(other) and bool(right == other)


def _size(value: Any) -> float:
    """Size of the largest number in a JSON value, 1 at most; 0 where it holds none."""
    if isinstance(value, list | dict):
        inside = value.values() if isinstance(value, dict) else value
        return max(map(_size, inside), default=0.0)
    return float(min(1, abs(value))) if is_number(value) else 0.0
