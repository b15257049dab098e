"""Everything that is read of a code base before a study of it is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import UserError, near_misses
from . import contracts, data, effects, environment, folder, mixtures, printed, programs, reads
from .contracts import Check, Contract
from .data import Collection, CsvTable
from .effects import Effect
from .environment import Environment
from .folder import Folder
from .printed import Printed
from .programs import Script

NAMED = 5
"""files that a message names at most"""


@dataclass(frozen=True)
class Survey:
    """A code base as far as its text tells. None of its code has run."""

    folder: Folder
    environment: Environment
    scripts: tuple[Script, ...]
    contract: Contract | None
    check: Check | None
    collection: Collection | None
    tables: tuple[CsvTable, ...]

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """{path: content} of the Python files."""
        return {path: one.text.encode() for path, one in self.folder.modules.items()}

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        every = (effects.read(module) for module in self.folder.modules.values())
        return tuple(effect for found in every for effect in found)

    @cached_property
    def mixtures(self) -> set[str]:
        """Names of weights between two things."""
        return mixtures.names(self.folder.modules.values())

    @cached_property
    def read(self) -> set[str]:
        """Names that some line reads; empty where the code may read any, by `globals()`."""
        return reads.names(self.folder.modules.values())

    def printed(self, script: Script) -> list[Printed]:
        """Numbers that a program shows, those of its own file first."""
        reached = programs.reached(self.folder, script.path)
        return [one for path in reached for one in printed.read(self.folder.modules[path])]


def read(root: Path, python: str = "") -> Survey:
    """python: the interpreter, where somebody has named it. Raises UserError where no code is."""
    found = folder.read(root)
    _check(found, root)
    return Survey(
        found,
        environment.read(found, python),
        tuple(programs.scripts(found)),
        contracts.evaluator(found),
        contracts.check(found),
        data.collection(found),
        tuple(data.tables(found)),
    )


def _check(found: Folder, root: Path) -> None:
    if found.modules:
        return
    if found.broken:
        path, why = next(iter(found.broken.items()))
        raise UserError(f"{root / path} cannot be read as Python: {why}")
    inner = sorted({path.split("/")[0] for path in found.paths if "/" in path})
    folders = f" (folders in it: {', '.join(inner[:5])})" if inner else ""
    raise UserError(
        f"{root} holds no Python file{folders}; give the folder that holds the program: `toolkit "
        "init FOLDER`. A program in another language is studied as a command: docs/programs.md"
    )


def script(found: Survey, program: str) -> Script:
    """The program to start: the one that was named, else the likeliest. Raises UserError."""
    known = {one.path: one for one in found.scripts}
    if program and program in known:
        return known[program]
    if program in found.folder.modules:
        raise UserError(f"--program {program}: {_idle([program])}")
    if program:
        raise UserError(
            f"--program {program}: there is no such program in {found.folder.root}"
            f"{near_misses(program, known)} (known: {', '.join(known) or 'none'})"
        )
    if not known:
        raise UserError(
            f"{found.folder.root} holds no program: {_idle(list(found.folder.modules))}. Add a "
            'file that prints the number that counts when it is started, such as `print(f"score: '
            '{score}")` below `if __name__ == "__main__":`'
        )
    return next(iter(known.values()))


def _idle(paths: list[str]) -> str:
    """Sentence on files that do nothing when they are started."""
    more = f" and {len(paths) - NAMED} more files" if len(paths) > NAMED else ""
    some = ", ".join(paths[:NAMED])
    if len(paths) == 1:
        return f"{some} only defines names, and does nothing when it is started"
    return f"{some}{more} only define names, and none of them does anything when it is started"
