"""Kind "printed": a number that a program as it is prints, or leaves in a JSON file.

The program says it itself, so an edit can forge it: the score is reported, and nothing else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import regex  # type: ignore[import-untyped]

from ...errors import near_misses
from ...records import parse
from ...text import short
from ..task import Gold, Item, Vault
from ..toml import Table
from .kind import Kind, settings

ONE = "program"
MOST_S = 10.0
"""seconds that a pattern may search: what is printed is the program's"""
_WRITE = 'write pattern = \'loss: ([0-9.]+)\', or file = "metrics.json" and key = "loss"'


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares."""
    told = len(task.problems)
    given = task.either("pattern", default=(), what="a pattern or a list of patterns")
    patterns = tuple([given] if isinstance(given, str) else given)
    file, key = task.text("file", default=""), task.text("key", default="")
    for pattern in patterns:
        if wrong := _wrong(pattern):
            task.problem("pattern", wrong)
    if bool(patterns) == bool(file):
        what = "and file are both given: " if patterns else "is missing: "
        task.problem("pattern", f"{what}{_WRITE}")
    if bool(file) != bool(key):
        task.problem("key" if file else "file", f"is missing: {_WRITE}")
    if "script" not in code:
        task.problem(
            "kind",
            'is "printed", of a program as it is: write [code] script = ["python", "train.py"] '
            "in place of entry or command",
        )
    if len(task.problems) > told:
        return None
    source = Source(patterns, file, key)
    return Kind(
        name="printed",
        evidence="reported",
        defaults={
            "objective": {"name": source.name},
            "names": {"item": "run", "output": "number"},
            "splits": {"test": "none"},
        },
        settings=settings(task, ("pattern", "file", "key")),
        leaves=(file,) if file else (),
        make=partial(PrintedTask, source),
    )


def _wrong(pattern: str) -> str:
    """Why a pattern cannot be used, or nothing."""
    try:
        groups = regex.compile(pattern, regex.MULTILINE).groups
    except regex.error as error:
        return f"{short(pattern)} is no regular expression: {error}"
    if groups != 1:
        return (
            f"{short(pattern)} has {groups} groups; one pair of parentheses stands around the "
            "number ((?:…) is no group)"
        )
    return ""


@dataclass(frozen=True)
class Source:
    """Place of the number: behind one of the patterns, or in a file."""

    patterns: tuple[str, ...]
    file: str
    key: str

    @property
    def name(self) -> str:
        """The number's name as the pattern or the key has it; "score" where it has none."""
        if self.file:
            return self.key.rpartition(".")[2]
        words = re.search(
            r"[^\W\d]\w*", re.sub(r"\\.|\(\?[^)]*\)|\([^)]*\)", " ", self.patterns[0])
        )
        return words[0] if words else "score"


@dataclass(frozen=True)
class PrintedTask:
    """One number of one run."""

    source: Source

    def items(self) -> Sequence[Item]:
        return [Item(ONE, ONE, None)]

    def vault(self) -> Vault:
        return Vault({ONE: Gold(None)}, lambda gold, output: float(output))

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """The number; raises ValueError, which says what was there instead."""
        if self.source.file:
            return [in_file(output["files"].get(self.source.file), self.source)]
        return [printed(output["printed"], self.source.patterns)]


def printed(text: str, patterns: Sequence[str]) -> float:
    """The number behind the last match. Raises ValueError where there is none, or more than one."""
    found = {pattern: _matches(pattern, text) for pattern in patterns}
    having = [pattern for pattern, matches in found.items() if matches]
    if not having:
        shown = " nor ".join(map(short, patterns))
        raise ValueError(f"nothing that it printed matches {shown}{_last(text)}")
    if len(having) > 1:
        shown = " and ".join(map(short, having))
        raise ValueError(f"{shown} both match what it printed: name the one that counts")
    *_, last = found[having[0]]
    line = _line(text, last.start())
    same = [one for one in found[having[0]] if _line(text, one.start()) == line]
    start, end = line
    if len(same) > 1:
        raise ValueError(
            f"{short(having[0])} matches {len(same)} times in one line, {short(text[start:end])}: "
            "a pattern with more of the line around the number says which one is meant"
        )
    return finite(last[1], f"it printed {short(text[start:end])}")


def _matches(pattern: str, text: str) -> list[Any]:
    try:
        return list(regex.finditer(pattern, text, regex.MULTILINE, timeout=MOST_S))
    except TimeoutError:
        raise ValueError(
            f"{short(pattern)} takes more than {MOST_S:g} s on what it printed: a simpler pattern "
            "is needed"
        ) from None


def _line(text: str, at: int) -> tuple[int, int]:
    """Start and end of the line that holds a place."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return f" (its last line is {short(lines[-1])})" if lines else " (it printed nothing)"


def finite(given: str | None, where: str) -> float:
    """The number of a text. Raises ValueError where it is none, or not finite."""
    try:
        value = float(given or "")
    except ValueError:
        raise ValueError(f"{where}: {short(given)} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{where}: {given} is no finite number")
    return value


def in_file(text: Any, source: Source) -> float:
    """The number in a JSON file that a program left; of JSON lines, in the last."""
    name = source.file
    if not isinstance(text, str):
        raise ValueError(f"it left no {name} with the number {source.key}")
    try:
        value = parse(text.strip().splitlines()[-1] if name.endswith("l") else text)
    except (ValueError, IndexError) as error:
        at = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"{name}{at}, which it left, is no JSON: {error}") from None
    return of_key(value, source.key, name)


def of_key(value: Any, key: str, where: str) -> float:
    """The number under a dotted key of a JSON value. Raises ValueError."""
    found = value
    if isinstance(value, dict) and key in value:  # a key may hold a dot itself
        found = value[key]
    else:
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                known = list(found) if isinstance(found, dict) else []
                listing = ", ".join(map(str, known[:20])) or "no keys"
                raise ValueError(
                    f"{where} holds no {key}{near_misses(part, known)} (it holds {listing})"
                )
            found = found[part]
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(f"{where}: {key} is {short(found)}, and no number")
    if not math.isfinite(found):
        raise ValueError(f"{where}: {key} is {found}, and no finite number")
    return float(found)
