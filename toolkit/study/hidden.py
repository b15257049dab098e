"""Files that `[task] hidden` keeps from programs, in every place where one could read them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from .toml import Table

_PACKAGES = tuple(
    f"{below}lib*/python*/{name}"
    for below in ("", "pkgs/*/", "envs/*/")  # conda keeps its own below its prefix
    for name in ("site-packages", "dist-packages")
)


def read(task: Table, folder: Path, python: str) -> tuple[Path, ...]:
    """Files and folders that no program may read: of the study's folder, or of a package.

    folder: the study's own. python: the interpreter of programs, "" for ours.
    """
    found: dict[Path, None] = {}
    names = task.texts("hidden", default=())
    roots = dict.fromkeys(_roots(folder, python)) if names else {}
    for name in names:
        parts = Path(name).parts
        there = [root / name for root in roots if (root / name).exists()]
        if not there or not parts or ".." in parts or Path(name).is_absolute():
            task.problem(
                "hidden",
                f"{name!r} is neither in {folder} nor in an installed package; name what is to be "
                'hidden from there, such as "answers.csv" or "sklearn/datasets/data"',
            )
        found |= dict.fromkeys(path.resolve() for path in there)
    return tuple(found)


def without(files: Mapping[str, bytes], tree: Path, hidden: Collection[Path]) -> dict[str, bytes]:
    """Files of a program that are not hidden. tree: its folder, in which or beside which their
    names begin.
    """
    return {
        name: content
        for name, content in files.items()
        if not any(
            (top / name).resolve().is_relative_to(secret)
            for top in (tree, tree.parent)
            for secret in hidden
        )
    }


def _roots(folder: Path, python: str) -> Iterator[Path]:
    """Folders of packages, also those of the system, which programs may read."""
    yield from map(Path, [str(folder), *filter(None, sys.path)])
    interpreters = [Path(python), Path(python).resolve()] if python else []
    own = (Path(prefix) for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local"))
    for prefix in (*own, *(one.parent.parent for one in interpreters)):
        for pattern in _PACKAGES:
            yield from prefix.glob(pattern)
