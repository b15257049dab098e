"""Bindings: where the value of a parameter goes, as `at` of a study file says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from . import constants, flags, inline, leaves, literals, variables
from .place import UNKNOWN, Files, Gone, Missing, Refused, Slot

FORMS = (
    '"train.py:DEPTH" (a constant), "config.py:Config.lr" (a class), "train.py:build.depth" (the '
    'default of an argument), "pack.py:construct#0.3" (a literal in a function), '
    '"config.yaml:retrieval.k1" (YAML, TOML or JSON), "--num-leaves" (an option) or "env:LR"'
)
_IN_FILE = re.compile(r"(.+?\.(?:pyw?|ya?ml|toml|json)):(.*)", re.DOTALL)
_NUMBERED = re.compile(r"(.*)@([1-9][0-9]*)", re.DOTALL)


class Binding(Protocol):
    """One place of a value. at: as the study file writes it."""

    @property
    def at(self) -> str: ...

    def settled(self, files: Files, command: Sequence[str] = ()) -> Self:
        """The same binding, which remembers what the unchanged program says of its place."""
        ...

    def default(self, files: Files) -> Any:
        """Value that the program has by itself; raises Gone, or Unreadable where it has no plain
        one. A tuple is given as a list, as a program gets it in JSON.
        """
        ...

    def where(self, files: Files) -> str:
        """Place in words, with its line; raises Gone."""
        ...


@dataclass(frozen=True)
class InFile:
    """Binding whose value is text of a file."""

    at: str
    path: str
    name: str

    def settled(self, files: Files, command: Sequence[str] = ()) -> Self:
        self.slot(files)
        return self

    def slot(self, files: Files) -> Slot:
        """Stretch of text that the value stands in; raises Gone."""
        raise NotImplementedError

    def default(self, files: Files) -> Any:
        return plain(self.slot(files).read())

    def where(self, files: Files) -> str:
        return f"{self.path}, line {self.slot(files).line}"


class Constant(InFile):
    """`train.py:DEPTH`, `config.py:Config.lr`, `train.py:build.depth`"""

    def slot(self, files: Files) -> Slot:
        return constants.slot(files, self.path, self.name)


class Leaf(InFile):
    """`config.yaml:retrieval.k1`"""

    def slot(self, files: Files) -> Slot:
        return leaves.slot(files, self.path, self.name)


@dataclass(frozen=True)
class Literal(InFile):
    """`pack.py:construct#0.3@2`. place: 0 where it is the only one; of: how many the unchanged
    program has, so that another number of them says that an edit came between; 0: not known yet.
    """

    literal: str = ""
    place: int = 0
    of: int = 0

    def settled(self, files: Files, command: Sequence[str] = ()) -> Self:
        self.slot(files)
        return replace(self, of=len(inline.found(files, self.path, self.name, self.literal)))

    def slot(self, files: Files) -> Slot:
        return inline.slot(files, self.path, self.name, self.literal, self.place, self.of)


@dataclass(frozen=True)
class Flag:
    """`--num-leaves`, and `--num-leaves=` where name and value are always one word.

    known: whether a parser of the unchanged program declares it. command: of the study.
    """

    at: str
    known: bool = False
    command: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.at.removesuffix("=")

    def settled(self, files: Files, command: Sequence[str] = ()) -> Self:
        return replace(self, known=flags.find(files, self.name) is not None, command=tuple(command))

    def _declared(self, files: Files) -> flags.Declared | None:
        found = flags.find(files, self.name)
        if found is None and self.known:
            raise Missing(f"no parser declares {self.name}")
        return found

    def default(self, files: Files) -> Any:
        found = self._declared(files)
        given = flags.in_command(self.command, self.name)
        if given is not UNKNOWN:
            return given
        if found is None:
            raise Missing(f"no Python file declares the option {self.name}")
        return plain(flags.default(found))

    def where(self, files: Files) -> str:
        found = self._declared(files)
        return f"{found.path}, line {found.line}" if found else self.name

    def words(self, files: Files, value: Any) -> tuple[str, ...]:
        """Arguments behind the command; raises Gone and Refused."""
        found = self._declared(files)
        made = flags.words(self.at, value, found)
        if value is False and not made and flags.in_command(self.command, self.name) is True:
            raise Refused(f"the command itself says {self.name}: leave it out there")
        return made


@dataclass(frozen=True)
class Variable:
    """`env:LR`. known: whether the unchanged program reads it in a Python file."""

    at: str
    known: bool = False

    @property
    def name(self) -> str:
        return self.at.removeprefix("env:")

    def settled(self, files: Files, command: Sequence[str] = ()) -> Self:
        return replace(self, known=self._is_read(files))

    def _is_read(self, files: Files) -> bool:
        return any(name == self.name for name, *_ in variables.reads(files))

    def default(self, files: Files) -> Any:
        return plain(variables.default(files, self.name))

    def where(self, files: Files) -> str:
        read = [(home.path, node.lineno) for n, _, home, node in variables.reads(files)
                if n == self.name]  # fmt: skip
        return f"{read[0][0]}, line {read[0][1]}" if read else self.at

    def text(self, files: Files, value: Any) -> str:
        """Text of a value; raises Gone and Refused."""
        if self.known and not self._is_read(files):
            raise Missing(f"no Python file reads the environment variable {self.name}")
        return variables.text(value)


def plain(value: Any) -> Any:
    """Value as JSON has it: a tuple is a list."""
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def parse(at: str) -> Binding:
    """Binding of a text; raises ValueError, which says what may be written."""
    if at.startswith("env:") and at[4:].strip() == at[4:] != "" and "=" not in at:
        return Variable(at)
    if at.startswith("-") and at.strip("-=") and not re.search(r"\s", at):
        return Flag(at)
    found = _IN_FILE.fullmatch(at)
    if not found or not found[2]:
        raise ValueError(f"must be a place like {FORMS}, got {at!r}")
    path, name = found.groups()
    if not path.endswith((".py", ".pyw")):
        return Leaf(at, path, name)
    name, mark, literal = name.partition("#")
    return _literal(at, path, name, literal) if mark else Constant(at, path, name)


def _literal(at: str, path: str, name: str, text: str) -> Literal:
    numbered = _NUMBERED.fullmatch(text)
    literal, place = (numbered[1], int(numbered[2])) if numbered else (text, 0)
    try:
        value = literals.value(ast.parse(literal.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        value = UNKNOWN
    if value is UNKNOWN:
        raise ValueError(f"{literal!r} behind # is no literal of Python, in {at!r}")
    return Literal(at, path, name, literal, place)


__all__ = ["Binding", "Constant", "Flag", "Gone", "InFile", "Leaf", "Literal", "Variable", "parse"]
