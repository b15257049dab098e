"""Imports between the files of a program, read from their text and never executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..integrity.statements import parsed


@dataclass(frozen=True)
class Graph:
    """uses: {file: the files that it uses}. unread: Python files that are no Python."""

    uses: Mapping[str, frozenset[str]]
    unread: tuple[str, ...] = ()

    @property
    def edges(self) -> int:
        """Number of pairs of files of which one uses the other."""
        return sum(map(len, self.uses.values()))

    def below(self, file: str) -> frozenset[str]:
        """Every file that one uses, directly or by way of others; itself only in a circle."""
        found: set[str] = set()
        waiting = list(self.uses[file])
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.uses[one]
        return frozenset(found)

    def circles(self) -> list[list[str]]:
        """Groups of files each of which uses all others of its group."""
        below = {file: self.below(file) for file in self.uses}
        caught = [file for file in self.uses if file in below[file]]
        groups = {frozenset(o for o in below[one] if one in below[o]) for one in caught}
        return sorted(sorted(group) for group in groups)

    def users(self, file: str) -> frozenset[str]:
        """Other files that use this one, directly or by way of others."""
        return frozenset(one for one in self.uses if one != file and file in self.below(one))


def read(sources: Mapping[str, str]) -> Graph:
    """Graph of texts {path: text}. A file without Python is used by those that name it."""
    uses, unread = {}, []
    for path, text in sources.items():
        tree = parsed(path, text)
        if tree is None and path.endswith(".py"):
            unread.append(path)
        used = set(_imported(path, tree, sources)) | set(_named(tree, sources)) if tree else set()
        uses[path] = frozenset(used - {path})
    return Graph(uses, tuple(unread))


def _imported(path: str, tree: ast.Module, known: Mapping[str, str]) -> Iterator[str]:
    """Files that the imports of a module mean, inside functions as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _found(path, alias.name.split("."), known)
        elif isinstance(node, ast.ImportFrom):
            stem = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _from(path, node.level, stem, alias.name, known)


def _from(
    path: str, level: int, stem: list[str], name: str, known: Mapping[str, str]
) -> Iterator[str]:
    if level:
        folders = PurePosixPath(path).parent.parts
        base = list(folders[: len(folders) - level + 1])
        found = _file([*base, *stem, name], known) or _file([*base, *stem], known)
        yield from [found] if found else []
    else:
        within = list(_found(path, [*stem, name], known))
        yield from within or _found(path, stem, known)


def _found(path: str, dotted: list[str], known: Mapping[str, str]) -> Iterator[str]:
    """File of an absolute name: from the top, else from a folder above the file that says it."""
    parents = [list(folder.parts) for folder in PurePosixPath(path).parents]
    for base in ([], *parents):
        file = _file([*base, *dotted], known)
        if file:
            yield file
            return


def _file(parts: list[str], known: Mapping[str, str]) -> str | None:
    stem = "/".join(parts)
    return next((one for one in (f"{stem}.py", f"{stem}/__init__.py") if one in known), None)


def _named(tree: ast.Module, known: Mapping[str, str]) -> Iterator[str]:
    """Files without Python whose name stands in a text of the module."""
    texts = {
        PurePosixPath(node.value).name
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for path in known:
        if not path.endswith(".py") and PurePosixPath(path).name in texts:
            yield path
