"""The program's folder on disk: what a run may never change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..records import digest


def seen(folder: Path) -> dict[str, str]:
    """{path: digest} of every file below a folder, without caches of Python and hidden ones."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix == ".pyc" or any(part.startswith(".") for part in name.parts):
            continue
        try:
            if path.is_file():
                found[name.as_posix()] = digest(path.read_bytes())
        except OSError as error:
            found[name.as_posix()] = f"not readable: {error.strerror}"
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Paths that are new, gone or have another content."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
