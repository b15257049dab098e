"""Kind "validated": an output that the study's own function checks exactly, and scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import StudyError
from ...records import parse
from ...text import short
from .. import entry
from ..task import Gold, Invalid, Item, Vault
from ..toml import Table
from . import clean
from .kind import Kind, existing, near, settings

ONE = "result"
CHECK = "`check(output)` that gives a number, or raises (or gives a text) where something is wrong"
LONGEST_S = 1e5


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares."""
    told = len(task.problems)
    function = _function(task)
    inputs = existing(task, "inputs", "a JSON file with a list of inputs") if (
        "inputs" in task.raw
    ) else None  # fmt: skip
    best = task.number("best", default=0, low=-1e70, high=1e70) if "best" in task.raw else None
    known = reference(task)
    left = task.text("left", default="result.json")
    if inputs and "script" in code:
        task.problem(
            "inputs", "are handed to a function: a script leaves one result, so leave it out"
        )
    if len(task.problems) > told or function is None:
        return None
    return Kind(
        name="validated",
        evidence="judged",
        defaults={
            "splits": {"test": "none"},
            "names": {"item": "instance" if inputs else "result"},
        },
        # a program may check itself: what it is judged by is the file beside the study
        open={**beside(function.file), **({"inputs": inputs} if inputs else {})},
        settings={**settings(task, ("seconds", "best")), "function": function.name},
        leaves=(left,),
        make=partial(ValidatedTask, function, inputs, best, left),
        reference=known,
    )


def beside(file: Path) -> dict[str, Path]:
    """{name: file} of a file of Python and of the modules that it may import from its folder."""
    others = {f"beside {one.name}": one for one in sorted(file.parent.glob("*.py")) if one != file}
    return {file.name: file, **others}


def reference(task: Table) -> float | None:
    """The best number that anybody is known to have reached, to be shown beside the others."""
    if "reference" not in task.raw:
        return None
    return task.number("reference", default=0, low=-1e70, high=1e70)


def _function(task: Table) -> clean.Function | None:
    """The function that `check = "check.py:check"` names."""
    seconds = task.number("seconds", default=clean.SECONDS, low=0.1, high=LONGEST_S)
    text = task.text("check")
    file, _, name = text.rpartition(":")
    if not text:
        return None
    path = Path(file)
    if not file or not name.isidentifier():
        task.problem("check", f'must read "check.py:check", got "{Path(text).name}"')
        return None
    if not path.is_file():
        task.problem("check", f"there is no file {path}{near(path)}; write {CHECK}")
        return None
    if told := entry.undefined(path.read_bytes(), name, path):
        task.problem("check", f"{told}; write {CHECK}")
        return None
    return clean.Function(path.resolve(), name, seconds)


@dataclass(frozen=True)
class ValidatedTask:
    """One output, or one for each of the inputs; nothing is known of it beforehand."""

    function: clean.Function
    file: Path | None
    best: float | None
    left: str = ""

    def items(self) -> Sequence[Item]:
        if self.file is None:
            return [Item(ONE, ONE, None)]
        return [Item(f"{ONE} {at}", f"{ONE} {at}", one) for at, one in enumerate(self._inputs(), 1)]

    def _inputs(self) -> list[Any]:
        assert self.file
        return listed(self.file)

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """The value that a script left: JSON, or the text of a file that is none."""
        text = output["files"].get(self.left)
        if not isinstance(text, str):
            raise ValueError(f"it left no {self.left}, which the check is given")
        if not self.left.endswith(".json"):
            return [text]
        try:
            return [parse(text)]
        except ValueError as error:
            raise ValueError(f"{self.left}, which it left, is no JSON: {error}") from None

    def vault(self) -> Vault:
        """The gold of an output is what the program was given: the check needs no more."""
        gold = {item.id: Gold(item.input) for item in self.items()}
        return Vault(gold, self._score, best=self.best)

    def _score(self, gold: Gold, output: Any) -> float:
        """The number that the check gives; raises Invalid where it refuses the output."""
        arguments = (gold.answer, output) if self.file else (output,)
        try:
            found = self.function.call(*arguments, last=True)
        except clean.Raised as error:
            raise Invalid(f"the check refuses it: {error}") from None
        if isinstance(found, str) and found:
            raise Invalid(f"the check refuses it: {found}")
        if isinstance(found, bool) or not isinstance(found, int | float):
            given = found.get("not finite") if isinstance(found, dict) else short(found)
            raise ValueError(f"{self.function.name} gives {given}; write {CHECK}")
        return float(found)


def listed(path: Path) -> list[Any]:
    """The list that a JSON file holds; raises StudyError."""
    try:
        found = parse(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise StudyError(f"{path}{line}: it is no JSON: {error}") from error
    if not isinstance(found, list) or not found:
        raise StudyError(f"{path} holds {short(found)}; it holds a list of at least one value")
    return found
