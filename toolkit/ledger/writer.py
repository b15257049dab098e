"""The process that writes a run, seen from outside without touching its lock."""

from __future__ import annotations

from pathlib import Path

LOCKS = Path("/proc/locks")


def has_writer(folder: Path, locks: Path = LOCKS) -> bool | None:
    """True if a process of this machine holds a run's lock; None where the system does not tell.

    To try the lock would keep a writer out that begins just then.
    """
    try:
        held = locks.read_text().splitlines()
        inode = (folder / "lock").stat().st_ino
    except FileNotFoundError:
        return False if locks.exists() else None
    except OSError:
        return None
    return any(_is_of(line, inode) for line in held)


def _is_of(line: str, inode: int) -> bool:
    """True for `1: FLOCK  ADVISORY  WRITE 812 fe:01:4711 0 EOF` and the inode 4711.

    The device is left out: one that lies on others has a number of its own for the same file.
    """
    words = line.split()
    return "FLOCK" in words and any(word.endswith(f":{inode}") for word in words)


def is_reported(folder: Path, since: float) -> bool:
    """True if the run's report was written after a time."""
    try:
        return (folder / "summary.json").stat().st_mtime >= since
    except OSError:
        return False
