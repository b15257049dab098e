"""Switches: parameters whose values are patches, `{ patches = ["", "faults/2-dates.patch"] }`.

A value is the text that the study file writes. "" is among them and is the default: a patch that is
on from the beginning belongs into `[code] start`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ..errors import PatchError
from ..patches.composing import clashes
from ..patches.pristine import Pristine
from .space import Param, Switch, switches
from .toml import Table

KEY = "patches"
OFF = ""


class Written(str):
    """Path as a study file writes it. at: where it lies."""

    at: Path


def written(parent: Path, raw: Mapping[str, Any]) -> None:
    """Remember where the patches of a study file's own parameters lie. parent: its folder."""
    declared = raw.get("parameters")
    for entry in declared.values() if isinstance(declared, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get(KEY), list):
            entry[KEY] = [_at(parent, one) for one in entry[KEY]]


def _at(parent: Path, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    found = Written(given)
    found.at = parent / given
    return found


def read(entry: Table) -> Switch | None:
    """The switch of a parameter's table; None where it has a problem, which is noted."""
    named = entry.texts(KEY)
    before = len(entry.problems)
    if "default" in entry.raw:
        entry.value("default")
        entry.problem("default", 'is "" for patches: what is on from the start is [code] start')
    if OFF not in named or len(named) < 2:
        entry.problem(KEY, 'needs "" (no patch) and at least one path of a patch beside it')
    twice = [name for place, name in enumerate(named) if name in named[:place]]
    if twice:
        entry.problem(KEY, f"holds {str(twice[0])!r} twice; each value stands once")
    texts = [_text(entry, name) for name in named]
    if len(entry.problems) > before:
        return None
    return Switch(tuple(map(str, named)), OFF, tuple(texts))


def _text(entry: Table, name: str) -> str:
    if name == OFF:
        return ""
    path = getattr(name, "at", Path(name))
    try:
        text = str(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        entry.problem(KEY, f"{str(name)!r} cannot be read: {error}")
        return ""
    if not text.strip():
        entry.problem(KEY, f'{str(name)!r} is empty; write "" for no patch')
    return text


def problems(space: Mapping[str, Param], pristine: Pristine) -> list[str]:
    """Patches that cannot be put alone into the program as the study begins with it."""
    found = []
    for name, value, text in _all(space):
        try:
            pristine.patched(text)
        except PatchError as error:
            found.append(f"parameters.{name}.{KEY}: {value!r} does not apply: {error}")
    return found


def pairs(space: Mapping[str, Param], sources: Mapping[str, str]) -> Sequence[str]:
    """Sentences on patches of two switches that cannot be on together: the hunks that clash."""
    found: list[str] = []
    for (one, first, text), (two, second, other) in combinations(_all(space), 2):
        if one != two:
            named = {f"{one} = {first!r}": text, f"{two} = {second!r}": other}
            found += clashes(sources, named)
    return found


def _all(space: Mapping[str, Param]) -> list[tuple[str, str, str]]:
    """(switch, value, its patch) of every value that puts one in."""
    return [
        (name, value, text)
        for name, switch in switches(space).items()
        for value, text in zip(switch.values, switch.patches, strict=True)
        if text
    ]
