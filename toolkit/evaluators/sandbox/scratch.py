"""Size of what a program has written into its scratch folder.

What is unlinked but still open is counted as well: a temporary file has no name. Landlock keeps
links, sockets and devices out of the folder, so that a walk over it stays in it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Mapping

BLOCK_BYTES = 512
LEAST_BYTES = 4096  # an empty file takes no blocks, but a name and a number
MOST_FILES = 10_000


def outgrown(folder: str, pids: Iterable[int], most_mb: float, files: int = 0) -> bool:
    """True if a folder and its unlinked files in use take more than that.

    files: as many more than MOST_FILES are allowed.
    A folder that cannot be measured has outgrown its limit: nested too deep, or shut.
    """
    try:
        device = os.stat(folder).st_dev
        taken = _named(folder, most_mb, MOST_FILES + files) + sum(_unlinked(pids, device).values())
    except OSError:
        return True
    return taken > most_mb * (1 << 20)


def _named(folder: str, most_mb: float, most_files: int) -> int:
    """Bytes; stops where there is too much."""
    taken = files = 0
    waiting = [folder]
    while waiting:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                files += 1
                blocks = entry.stat(follow_symlinks=False).st_blocks
                taken += max(LEAST_BYTES, blocks * BLOCK_BYTES)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                if files > most_files:
                    raise OSError("too many files")
                if taken > most_mb * (1 << 20):
                    return taken
    return taken


class Watch:
    """Watch over one folder, which takes no more than a tenth of the time for itself.

    A large tree takes milliseconds to walk over, and they would be the program's.
    """

    def __init__(self, folder: str, limits: Mapping[str, float]) -> None:
        self._folder, self._limits = folder, limits
        self._next_s = 0.0

    def outgrown(self, pids: Iterable[int], *, last: bool = False) -> bool:
        """True if the folder is too large. last: it is looked at in any case."""
        began_s = time.monotonic()
        if not self._folder or (began_s < self._next_s and not last):
            return False
        limits = self._limits
        files = int(limits["scratch_files"])
        found = outgrown(self._folder, pids, limits["scratch_mb"], files)
        ended_s = time.monotonic()
        self._next_s = ended_s + 9 * (ended_s - began_s)
        return found


def _unlinked(pids: Iterable[int], device: int) -> dict[int, int]:
    """{file number: bytes} of what has no name any more."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):  # it may have ended
            for number in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    one = os.stat(f"/proc/{pid}/fd/{number}")
                    if stat.S_ISREG(one.st_mode) and not one.st_nlink and one.st_dev == device:
                        found[one.st_ino] = one.st_blocks * BLOCK_BYTES
    return found
