"""The place of one cell's agent: a folder of its own, the wall around it, and its start."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import leftovers
from .process import Process

HIDDEN, OPEN = "data hidden", "could read the data"
SCRATCH_MB = 10_000.0
_MARK = "mark"


class Station:
    """A cell's folder below its run, kept between commands, and the processes that work there."""

    def __init__(self, folder: Path, *, weak: bool = False) -> None:
        """weak: agents run as they are, and could read the data."""
        self._folder, self.weak = folder, weak

    @property
    def folder(self) -> Path:
        """Folder that is hidden from other agents; its own agent sees what is writable for it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    @property
    def reach(self) -> str:
        """What its agent could read: "data hidden" or "could read the data"."""
        return OPEN

    def may_start(self, argv: Sequence[str], environment: Mapping[str, str]) -> str:
        """Why a command line cannot be started; empty where it can."""
        if not argv or not shutil.which(argv[0], path=environment.get("PATH")):
            return f"there is no program {argv[0] if argv else ''!r} in PATH"
        return ""

    def start(
        self, argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str],
        writable: Sequence[Path], output: Path, output_bytes: int = 2_000_000,
        scratch_mb: float = SCRATCH_MB,
    ) -> Process:  # fmt: skip
        """Start a process. Raises UserError where it cannot be started.

        environment: all of it. writable: folders in the station that it may read and write.
        output: file of what it prints, of which output_bytes are kept. scratch_mb: size at which
        the station's folder has had enough, and of the largest file; 0: no limit.
        """
        mark = self._mark()
        asked = {
            "argv": list(argv),
            "cwd": str(cwd),
            "environment": {**environment, leftovers.MARK: mark},
            "output": str(output),
            "output_bytes": output_bytes,
            "folder": str(self.folder),
            "scratch_mb": scratch_mb,
            "writable": [str(path) for path in writable],
        }
        return Process(asked, mark)

    def _mark(self) -> str:
        """Mark of this cell's processes, on disk before any of them is there."""
        path = self.folder / _MARK
        if not path.exists():
            path.write_text(secrets.token_hex(16))
            path.chmod(0o600)
        return path.read_text()


def end_leftovers(stations: Path) -> int:
    """End what agents of an earlier command have left running; number of processes.

    stations: the folder of a run that holds its stations.
    """
    marks = {path.read_text() for path in stations.glob(f"*/{_MARK}")}
    return leftovers.end(marks - {""})
