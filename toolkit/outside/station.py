"""The place of one cell's agent: a folder of its own, the wall around it, and its start."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..atomic import replacing
from ..errors import UserError
from ..ledger.session import HIDDEN, OPEN
from ..study.data import VARIABLE
from . import leftovers
from .process import Process
from .sockets import VARIABLES
from .walls import Walls, abi, require

SCRATCH_MB = 10_000.0
CLOSE_S = 1.0
MARK = "mark"


class Station:
    """A cell's folder below its run, kept between commands, and the processes that work there."""

    def __init__(self, folder: Path, walls: Callable[[], Walls] | None = None) -> None:
        """walls: asked for at each start; without them agents run as they are, and could read the
        data.
        """
        self._folder, self._walls = folder, walls
        self._started: list[Process] = []
        self._closed = False

    @property
    def folder(self) -> Path:
        """Folder that is hidden from agents; its own sees what is made writable for it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    @property
    def reach(self) -> str:
        """Reach of its agent: "data hidden" or "could read the data"."""
        return HIDDEN if self._walls else OPEN

    def may_start(self, argv: Sequence[str], path: str | None = None) -> str:
        """Why a command line cannot be started; empty where it can. path: where programs lie."""
        name = argv[0] if argv else ""
        found = shutil.which(name, path=path) if name else None
        if not found:
            return f"there is no program {name!r} in PATH"
        folder = self._walls().hider(Path(found)) if self._walls else None
        if folder:
            return (
                f"{found} lies in {folder}, which is hidden from agents: install the agent "
                "elsewhere, such as in an environment of its own"
            )
        return ""

    def start(
        self, argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str],
        writable: Sequence[Path], output: Path, output_bytes: int = 2_000_000,
        scratch_mb: float = SCRATCH_MB,
    ) -> Process:  # fmt: skip
        """Start a process behind the wall. Raises UserError where it cannot be started, or held.

        environment: all of it, but for what leads to the data or to a daemon. writable: folders in
        the station that it may read and write. output: file of what it prints, of which
        output_bytes are kept. scratch_mb: size at which the station's folder has had enough, and
        of the largest file; 0: no limit.
        """
        if sys.platform != "linux":
            raise UserError("agents run on Linux only: all that they start is found by its /proc")
        if self._closed:
            raise UserError("no agent is started any more: its cell has ended")
        walls = self._walls() if self._walls else None
        if walls:
            require(abi())
        shut = (VARIABLE, *(VARIABLES if walls else ()))
        mark = self._mark()
        asked = {
            "argv": list(argv),
            "cwd": str(cwd),
            "environment": {
                **{name: value for name, value in environment.items() if name not in shut},
                leftovers.MARK: mark,
            },
            "output": str(output),
            "output_bytes": output_bytes,
            "folder": str(self.folder),
            "scratch_mb": scratch_mb,
            "wall": walls.around(writable) if walls else None,
        }
        self._started.append(Process(asked, mark))
        return self._started[-1]

    def close(self) -> None:
        """End what was started and not ended, and start nothing more."""
        self._closed = True
        for process in self._started:
            process.end(CLOSE_S)

    def _mark(self) -> str:
        """Mark of this cell's processes, on disk before any of them is there."""
        path = self.folder / MARK
        if not path.exists():
            with replacing(path) as file:
                file.write(secrets.token_hex(16).encode())
        return path.read_text()


def end_leftovers(stations: Path) -> int:
    """End what agents of an earlier command have left running; number of processes.

    stations: the folder of a run that holds its stations.
    """
    marks = {path.read_text() for path in stations.glob(f"*/{MARK}")}
    return leftovers.end(marks - {""})
