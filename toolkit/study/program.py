"""The tree of a program under study: which files it is, and by which names it sees them."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .toml import Table

_NO_PROGRAM = ("pyvenv.cfg", "ledger.sqlite")
"""files that make a folder an environment of Python, or a run, and no part of a program"""


@dataclass(frozen=True)
class Tree:
    """root: the folder that code.path names; top: where its files' names begin.

    files: {name: content}.
    """

    root: Path
    top: Path
    files: dict[str, bytes] = field(default_factory=dict)


def absolute(parent: Path, name: str) -> str:
    """A path that a study file names. "." stays one: names then begin in the folder itself."""
    return f"{parent}/." if PurePosixPath(name) == PurePosixPath() else str(parent / name)


def read(code: Table, data: Collection[Path] = ()) -> Tree:
    """Files below code.path without caches and hidden ones. A link counts by its own name.

    Those that code.exclude names are not of this program: a folder may hold two.
    data: paths that are no files of the program, and are not read here.
    """
    code.know("exclude")
    path = code.text("path")
    root = Path(os.path.normpath(path)) if path else Path()
    tree = Tree(root, root if path.endswith("/.") else root.parent)
    if path and not root.is_dir():
        code.problem("path", f"{root} is not a folder")
    elif path:
        try:
            tree.files.update(_kept(code, _files(tree, data)))
        except OSError as error:
            code.problem("path", f"{error.filename} cannot be read: {error.strerror}")
    return tree


def _kept(code: Table, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files without those that code.exclude names."""
    found = dict(files)
    for pattern in code.texts("exclude", default=()):
        left_out = fnmatch.filter(files, pattern)
        if not left_out:
            such = example(files)
            code.problem("exclude", f"{pattern!r} matches no file below code.path{such}")
        for name in left_out:
            found.pop(name, None)
    return found


def _files(tree: Tree, data: Collection[Path]) -> dict[str, bytes]:
    return {
        path.relative_to(tree.top).as_posix(): path.read_bytes()
        for path in sorted(_paths(tree.root, {*data}))
        if path.is_file() and path.suffix != ".pyc"
    }


def _paths(root: Path, left_out: Collection[Path]) -> Iterator[Path]:
    """Paths of files below a folder, without environments of Python and folders of runs."""
    for where, folders, names in os.walk(root):
        folder = Path(where)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and folder / name not in left_out
            and not any((folder / name / mark).is_file() for mark in _NO_PROGRAM)
        ]
        for name in names:
            if not name.startswith(".") and folder / name not in left_out:
                yield folder / name


def without_task(
    tree: Tree, task: Path, named: Collection[str], editable: Sequence[str]
) -> dict[str, bytes]:
    """The program's files. Where the task lies among them, it and what it reads are not.

    The task knows the answers: of its folder a program gets what the entry names, and else no
    module that the task has imported and no file beside Python's that may not be edited.
    """
    home = task.parent.resolve()
    if not task.name or not home.is_relative_to(tree.root.resolve()):
        return tree.files
    secret = {task.resolve(), *_imported()}
    return {
        name: content
        for name, content in tree.files.items()
        if not (tree.top / name).resolve().is_relative_to(home)
        or name in named
        or ((tree.top / name).resolve() not in secret and _belongs(name, editable))
    }


def without(tree: Tree, secret: Iterable[Path]) -> dict[str, bytes]:
    """The program's files but for those that hold answers, and copies of them."""
    paths = {path.resolve() for path in secret}
    contents = {path.read_bytes() for path in paths if path.is_file()}
    return {
        name: content
        for name, content in tree.files.items()
        if (tree.top / name).resolve() not in paths and content not in contents - {b""}
    }


def _belongs(name: str, editable: Sequence[str]) -> bool:
    return name.endswith(".py") or any(fnmatch.fnmatchcase(name, one) for one in editable)


def _imported() -> set[Path]:
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return {Path(file).resolve() for file in files if file}


def example(files: Mapping[str, bytes]) -> str:
    """Example of a name below code.path; empty where there are none."""
    return f" (a name there reads {next(iter(files))!r})" if files else ""
