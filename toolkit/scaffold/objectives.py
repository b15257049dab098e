"""The number that counts, among those that a program shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UserError, near_misses
from . import words
from .answers import Answers
from .folder import Folder
from .printed import RESULT, Printed

_SAYS = re.compile(
    r"\b(?:lower|higher|smaller|larger|less|more) is better\b|\bminimi[sz]|\bmaximi[sz]"
    r"|\bobjective\b"
    r"|\bmetric\b|\bgoal\b|\boptimi[sz]e",
    re.IGNORECASE,
)
_DOWN = re.compile(r"\b(?:lower|smaller|less) is better\b|\bminimi[sz]", re.IGNORECASE)
_UP = re.compile(r"\b(?:higher|larger|more) is better\b|\bmaximi[sz]", re.IGNORECASE)


@dataclass(frozen=True)
class Goal:
    """A number and its direction, with where it is shown."""

    shown: Printed
    direction: str

    @property
    def name(self) -> str:
        return self.shown.name


def chosen(folder: Folder, shown: Sequence[Printed], answers: Answers) -> Goal:
    """The number that counts. Raises UserError where none does, or several may."""
    if answers.objective:
        return _named(shown, *answers.objective)
    found = candidates(folder, shown)
    if not found:
        raise UserError(_none(folder, shown))
    if len(found) > 1:
        raise UserError(_several(found))
    goal = Goal(found[0], direction(folder, found[0].name))
    if not goal.direction:
        where = f"{goal.shown.path}, line {goal.shown.line}"
        raise UserError(
            f"the program shows {goal.name!r} ({where}), and its name does not say whether less or "
            f"more of it is better: say --objective '{goal.name} minimize' or --objective "
            f"'{goal.name} maximize'"
        )
    return goal


def candidates(folder: Folder, shown: Sequence[Printed]) -> list[Printed]:
    """Numbers that may count, each name once; more than one where nothing tells them apart."""
    latest = {one.name: one for one in shown}  # the last place where a name is shown
    weights = {name: _weight(one) for name, one in latest.items()}
    likely = [one for one in latest.values() if weights[one.name] >= 0]
    once = [one for one in likely if not one.looped] or likely
    best = max((weights[one.name] for one in once), default=0)
    found = [one for one in once if weights[one.name] == best]
    if len(found) > 1:
        said = [one for one in found if _sentence(folder, one.name)]
        return said if len(said) == 1 else found
    return found


def _weight(one: Printed) -> int:
    """As of its name; a number by itself counts only where no other does."""
    if one.clocked:
        return -1
    known = words.weight(one.name)
    return known if one.name != RESULT else min(known, 0)


def direction(folder: Folder, name: str) -> str:
    """`minimize`, `maximize`, or "": by its name, else by what a page or docstring says of it."""
    told = _sentence(folder, name)
    if told and (_DOWN.search(told) or _UP.search(told)):
        return "minimize" if _DOWN.search(told) else "maximize"
    return words.direction(name)


def _sentence(folder: Folder, name: str) -> str:
    """Sentences of pages and heads of modules that name a number and say that it counts."""
    pages = [folder.text(path) for path in folder.paths if path.lower().endswith((".md", ".rst"))]
    pages += ["\n".join(one.text.splitlines()[:20]) for one in folder.modules.values()]
    named = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    found = []
    for page in pages:
        sentences = re.split(r"(?<=[.!?:])\s+|\n\s*\n", page)
        for number, sentence in enumerate(sentences):
            around = " ".join(sentences[number : number + 2])
            if named.search(sentence) and _SAYS.search(around):
                found.append(around)
    return " ".join(found)


def _named(shown: Sequence[Printed], name: str, given: str) -> Goal:
    known = {one.name: one for one in shown}
    if name not in known:
        raise UserError(
            f"--objective: the program shows no number {name!r}{near_misses(name, known)} (it "
            f"shows: {', '.join(known) or 'none'})"
        )
    if not given:
        raise UserError(
            f"--objective '{name}' does not say whether less or more of it is better: write "
            f"'{name} minimize' or '{name} maximize'"
        )
    return Goal(known[name], given)


def _several(found: Sequence[Printed]) -> str:
    listing = ", ".join(f"{one.name} ({one.path}, line {one.line})" for one in found)
    first = found[0].name
    which = words.direction(first) or "minimize"
    return (
        f"the program shows several numbers that may count: {listing}. Say which one it is: "
        f"--objective '{first} {which}'"
    )


def _none(folder: Folder, shown: Sequence[Printed]) -> str:
    beside = ", ".join(dict.fromkeys(one.name for one in shown))
    also = f" (what it prints does not look like a result: {beside})" if beside else ""
    return (
        f"no program in {folder.root} prints a number with a name that says how good it is{also}: "
        'let it print a last line such as `print(f"accuracy: {accuracy}")`, or name a number '
        "that it prints: --objective 'NAME maximize'"
    )
