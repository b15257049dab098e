"""Files of a code base, and its Python modules as syntax trees. Nothing of it is imported."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError

MOST_FILES = 5000
LARGEST_SOURCE = 2 << 20
"""bytes of a Python or configuration file; what is larger holds data"""
FOREIGN = {
    "__pycache__", "build", "dist", "env", "mlruns", "node_modules", "site-packages", "venv",
    "wandb",
}  # fmt: skip
CONFIGURATIONS = (".yaml", ".yml", ".toml", ".json")


@dataclass(frozen=True)
class Module:
    """One Python file. path: its name below the folder."""

    path: str
    text: str
    tree: ast.Module = field(repr=False)

    @property
    def name(self) -> str:
        """Dotted name under which the other files of the folder import it."""
        dotted = self.path.removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")


@dataclass(frozen=True)
class Folder:
    """A code base. paths: all of its files; broken: {Python file: why it cannot be read}."""

    root: Path
    paths: tuple[str, ...]
    modules: Mapping[str, Module]
    broken: Mapping[str, str]

    def text(self, path: str) -> str:
        """Text of a small file; empty where it is none."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(LARGEST_SOURCE).decode()
        except (OSError, UnicodeDecodeError):
            return ""

    def ending(self, *suffixes: str) -> list[str]:
        return [path for path in self.paths if path.lower().endswith(suffixes)]


def read(root: Path) -> Folder:
    """The code base in a folder. Raises UserError where it is none."""
    if root.is_file():
        raise UserError(
            f"{root} is a file; give its folder and name the program: `toolkit init "
            f"{root.parent} --program {root.name}`"
        )
    if not root.is_dir():
        raise UserError(
            f"{root} is not a folder; give the folder that holds your code: `toolkit init FOLDER`"
        )
    paths = tuple(sorted(_paths(root)))
    if len(paths) > MOST_FILES:
        raise UserError(
            f"{root} holds more than {MOST_FILES} files; give the folder of the program alone, "
            "such as `toolkit init src`"
        )
    modules, broken = {}, {}
    for path in paths:
        if path.endswith(".py"):
            try:
                modules[path] = _parsed(root, path)
            except (SyntaxError, ValueError, OSError, RecursionError) as error:
                broken[path] = _why(error)
    return Folder(root, paths, modules, broken)


def _paths(root: Path) -> Iterator[str]:
    """Names of plain files, without hidden ones, caches, environments and runs of ours.

    A pipe would be waited for when it is read.
    """
    count = 0
    for at, folders, files in os.walk(root):
        here = Path(at)
        folders[:] = [name for name in sorted(folders) if not _foreign(here / name)]
        for name in files:
            if not name.startswith(".") and not name.endswith(".pyc") and (here / name).is_file():
                count += 1
                yield (here / name).relative_to(root).as_posix()
        if count > MOST_FILES:
            return


def _foreign(folder: Path) -> bool:
    name = folder.name
    if name.startswith(".") or name in FOREIGN or name.endswith(".egg-info"):
        return True
    return (folder / "pyvenv.cfg").is_file() or any(folder.glob("*/ledger.sqlite"))


def _parsed(root: Path, path: str) -> Module:
    file = root / path
    if file.stat().st_size > LARGEST_SOURCE:
        raise ValueError(f"is larger than {LARGEST_SOURCE >> 20} MB")
    text = file.read_bytes().decode("utf-8-sig")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the user's escapes and comparisons
        return Module(path, text, ast.parse(text))


def _why(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    return str(error) or type(error).__name__
