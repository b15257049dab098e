"""Edits of known worth, and who proposes them: searchers, and the model of a searcher with one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import UserError
from ..llm.provider import Provider, Reply, Request
from ..search.lab import Lab
from .made import NULL

PER_REPLY = 5


@dataclass(frozen=True)
class Anchor:
    """A line of a Python file, the last of a statement at its top level, that stands there once."""

    path: str
    line: str

    def after(self, sources: Mapping[str, str], statement: str) -> dict[str, str]:
        """Files with a statement behind the line."""
        lines = sources[self.path].split("\n")
        lines.insert(lines.index(self.line) + 1, statement)
        return {**sources, self.path: "\n".join(lines)}


def anchor(sources: Mapping[str, str]) -> Anchor:
    """The first such line from the end of a file. Raises UserError where there is none."""
    found = (Anchor(path, line) for path, text in sorted(sources.items()) if path.endswith(".py")
             for line in _ends(text))  # fmt: skip
    for one in found:
        return one
    raise UserError("the study has no Python file in which a line could be added")


def _ends(text: str) -> Iterator[str]:
    lines = text.split("\n")
    for node in reversed(ast.parse(text).body):
        line = lines[(node.end_lineno or 1) - 1]
        if line.strip() and lines.count(line) == 1:
            yield line


def copies(statement: str) -> Callable[[], object]:
    """A searcher that proposes the unchanged program with one statement more."""

    class Copies:
        def run(self, lab: Lab) -> None:
            base = lab.baseline.candidate
            sources = lab.files(base)
            lab.evaluate(lab.edit(base, anchor(sources).after(sources, statement)))

    return Copies


def chain(statements: Sequence[str]) -> Callable[[], object]:
    """A searcher that accepts statements one on top of the other, whatever they score."""

    class Chain:
        def run(self, lab: Lab) -> None:
            parent = lab.baseline
            for statement in statements:
                sources = lab.files(parent.candidate)
                grown = lab.edit(parent.candidate, anchor(sources).after(sources, statement))
                parent = lab.evaluate(replace(grown, parent=parent.number or None))

    return Chain


class NullEdits(Provider):
    """A model whose edits change nothing: one of each reply leaves the code as it is to the byte,
    the others add a name that nobody reads."""

    name = "selfcheck"
    price_free = True

    def __init__(self, place: Anchor) -> None:
        self._place, self._count = place, 0

    def complete(self, request: Request) -> Reply:
        text = "\n".join(self._edit(number) for number in range(PER_REPLY))
        return Reply(text, self.name, 1, 1)

    def _edit(self, number: int) -> str:
        self._count += 1
        more = f"\n{NULL}_{self._count} = {self._count}" if number else ""
        line = self._place.line
        return (
            f"# EDIT\nLABEL: data\nHYPOTHESIS: nothing changes\nFILE: {self._place.path}\n"
            f"<<<<<<< SEARCH\n{line}\n=======\n{line}{more}\n>>>>>>> REPLACE\n"
        )
