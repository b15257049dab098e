"""Surroundings of a program: its interpreter, its data, and where it may write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..jobs import ARGUMENTS, HOME
from ..records import canonical, digest
from . import data
from .toml import Table


def read(code: Table, folder: Path) -> dict[str, Any]:
    """Fields of a Study. folder: the study's own, which no program may read whole."""
    is_script = "script" in code.raw
    leaves = tuple(code.texts("leaves", default=()))
    arguments = code.one_of("arguments", ARGUMENTS, default="run")
    readable = tuple(map(Path, code.texts("data", default=())))
    found = {
        "script": is_script,
        "leaves": leaves,
        "arguments": arguments,
        "python": code.text("python", default=""),
        "readable": readable,
        "writable": code.switch("writable", default=is_script),
    }
    if leaves and not is_script:
        code.problem("leaves", "is read of a script only: write script = [...] or leave it out")
    for one in leaves:
        if one.startswith("/") or ".." in one.split("/"):
            code.problem("leaves", f'{one!r} must lie below the working copy: write "out/*.csv"')
    if arguments != "run" and "entry" not in code.raw:
        code.problem("arguments", "is how a function is called: write entry, or leave it out")
    for path in readable:
        if problem := _problem(path, folder):
            code.problem("data", problem)
    return found


def _problem(path: Path, folder: Path) -> str:
    if not path.exists():
        return f"{path} is missing; it names files and folders that the program reads"
    if folder.resolve().is_relative_to(path.resolve()):
        return f"{path} holds the study itself, answers included; name what the program reads"
    try:
        next(iter(path.iterdir() if path.is_dir() else path.open("rb")), None)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return ""


def links(readable: Sequence[Path], top: Path, *, writable: bool) -> Mapping[str, str]:
    """{name in the working copy: where it leads}, of data that a program finds by a name there.

    top: the folder below which the names of the program's files begin. What lies below the user's
    own home is found below that of a working copy, where it has one.
    """
    found = {}
    for path in readable:
        if path.is_relative_to(top):
            found[path.relative_to(top).as_posix()] = str(path)
        elif writable and path.is_relative_to(Path.home()):
            found[f"{HOME}/{path.relative_to(Path.home()).as_posix()}"] = str(path)
    return found


def digests(readable: Sequence[Path], folder: Path) -> Mapping[str, str]:
    """{name: digest of the content} of data. Raises UserError where it has gone."""
    return {named(path, folder): of(path) for path in readable}


def named(path: Path, folder: Path) -> str:
    """A path as it is in the study's folder, so that another machine comes to the same digest."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def of(path: Path) -> str:
    """Digest of a file's content, or of all names and contents below a folder."""
    if path.is_dir():
        return digest(canonical(dict(_below(path))))
    return _of_file(path)


def _below(folder: Path) -> Iterator[tuple[str, str]]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in [*names, *folders]:
            path = Path(where, name)
            shown = os.fsencode(path.relative_to(folder)).decode(errors="backslashreplace")
            if path.is_file():
                yield shown, _of_file(path)
            elif path.is_symlink():  # to a folder, or to nothing
                yield shown, f"link: {path.readlink()}"


def _of_file(path: Path) -> str:
    state = path.stat()
    return _hashed(str(path), state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1 << 17)
def _hashed(path: str, *state: int) -> str:
    """SHA-256 of a file, which is read once as long as its state stays what it is."""
    return data.sha256(Path(path))
