"""Which part of a program is which: what the reader of edits is told of the code under study.

A pattern is a glob of files (`pipeline/read.py`) or names a function or class in them
(`pipeline/read.py:quote`, `pipeline/retrieve.py:Retriever.rank`). The narrower one wins.
"""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

from ..records import LABELS, Label, Record

Role = Literal["data", "format", "architecture", "prompt"]
ROLES: tuple[Role, ...] = get_args(Role)
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
COMPLETIONS = {"complete", "chat", "completion", "acomplete", "ainvoke", "invoke", "llm"}


@dataclass(frozen=True)
class Roles(Record):
    """data: what reads the input; format: what words the answer; prompt: texts for a model."""

    data: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    architecture: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{name: tuple(patterns) for name, patterns in data.items()})

    def of(self, path: str, name: str = "") -> Role | None:
        """The role of a function or class (its dotted name), else of its file; None if unsaid."""
        wide: Role | None = None
        for role in ROLES:
            for pattern in getattr(self, role):
                file, colon, inner = pattern.partition(":")
                if not fnmatch.fnmatchcase(path, file):
                    continue
                if colon and (name == inner or name.startswith(inner + ".")):
                    return role
                if not colon:
                    wide = wide or role
        return wide

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def problems(roles: Roles, *trees: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """(role, what is wrong) for every pattern that says nothing about any of these trees."""
    files = {path: text for tree in trees for path, text in tree.items()}
    said: dict[str, Role] = {}
    for role in ROLES:
        for pattern in getattr(roles, role):
            glob, colon, name = pattern.partition(":")
            matched = fnmatch.filter(files, glob)
            if not matched:
                yield role, f"{pattern!r} matches no file below code.path"
            elif colon and not any(name in _names(tree.get(f)) for f in matched for tree in trees):
                yield role, f"{pattern!r}: {glob} defines no function or class {name!r}"
            for place in [pattern] if colon else matched:
                if said.setdefault(place, role) != role:
                    yield role, f"{place} is both {said[place]} and {role}; name it once"


def _names(text: bytes | None) -> set[str]:
    """Dotted names of the functions and classes of a module."""
    try:
        return set(_defined(ast.parse(text or b"").body))
    except _UNREADABLE:
        return set()


def _defined(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _defined(node.body, f"{prefix}{node.name}.")


def possible_labels(roles: Roles, sources: Mapping[str, str]) -> tuple[Label, ...]:
    """The types that an edit of this program can have; the others are not measurable here.

    Prompts need a file of them or a call of a language model in the pristine program, data and
    format a place that the study names. Repairs, architecture and settings are always possible.
    """
    here = {
        "prompt": bool(roles.prompt) or any(map(calls_model, sources.values())),
        "data": bool(roles.data),
        "format": bool(roles.format),
    }
    return tuple(label for label in LABELS if here.get(label, True))


def calls_model(text: str) -> bool:
    """Whether a module calls a language model."""
    try:
        return any(is_completion(node) for node in ast.walk(ast.parse(text)))
    except _UNREADABLE:
        return False


def is_completion(node: ast.AST) -> bool:
    """`services["complete"](…)`, `complete(…)`, `client.chat.completions.create(…)`, …"""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Subscript):
        key = called.slice
        return isinstance(key, ast.Constant) and key.value in COMPLETIONS
    if isinstance(called, ast.Name):
        return called.id in COMPLETIONS
    if isinstance(called, ast.Attribute):
        owner = ast.unparse(called.value)
        asks = called.attr in {"create", "parse"} and owner.endswith(
            ("completions", "responses", "messages")
        )
        return asks or called.attr in COMPLETIONS
    return False
