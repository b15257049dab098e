"""Deletion of a run: the files that a run writes, and nothing else that lies beside them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import UserError
from ..ledger.ledger import FILENAME
from ..outside.station import MARK

STEMS = (
    "anytime", "search-against-test", "failures", "attribution-*", "order-dependence-*",
)  # fmt: skip
SQLITE = ("", "-wal", "-shm", "-journal")
"""ends of the files of one data base; a copy that somebody made beside it has another"""
WRITTEN = (
    "summary.json", "table.txt", "report.html", "champion-*-[0-9]*.json",
    "champion-*-[0-9]*.patch",
)  # fmt: skip
FILES = (
    *(f"{name}{end}" for name in (FILENAME, "cache.sqlite") for end in SQLITE), "lock",
    *WRITTEN, *(f".{name}.????????" for name in WRITTEN),  # of a write that a kill cut off
)  # fmt: skip
PLOTS = tuple(f"{stem}.{kind}" for stem in STEMS for kind in ("png", "svg"))
AGENTS = "agents"  # stations of a run's coding agents, each with the mark of its processes
BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}


def delete(folder: Path) -> list[Path]:
    """Delete a run's files, and its folder where nothing else lies there; returns what stays.

    Raises UserError where a process is writing the run, or a file cannot be deleted.
    """
    if not (folder / FILENAME).is_file():
        raise UserError(f"{folder} holds no run ({FILENAME} is missing); see `toolkit runs`")
    if folder.is_symlink():
        raise UserError(f"{folder} is a link; name the folder itself: {folder.resolve()}")
    with idle(folder):
        try:
            _remove(folder)
            left = sorted(folder.iterdir())
            if not left:
                folder.rmdir()
        except OSError as error:
            what = error.filename or folder
            raise UserError(f"{what} cannot be deleted: {error.strerror}") from error
    return left


def _remove(folder: Path) -> None:
    """The ledger goes first: what is left without it is no run any more."""
    _unlink(folder, FILES)
    plots, agents = folder / "plots", folder / AGENTS
    if not plots.is_symlink():  # a link leads to files that are no part of the run
        _unlink(plots, PLOTS)
    for mark in agents.glob(f"*/{MARK}"):
        if not (agents.is_symlink() or mark.parent.is_symlink()):
            shutil.rmtree(mark.parent)
    for place in (plots, agents):
        with contextlib.suppress(OSError):  # somebody's own files lie there, or it is none
            place.rmdir()


def _unlink(folder: Path, patterns: Sequence[str]) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            if path.is_file() or path.is_symlink():
                path.unlink()


@contextlib.contextmanager
def idle(folder: Path) -> Iterator[None]:
    """Hold the lock of a run, so that nobody begins to write it.

    Raises UserError where somebody does.
    """
    try:
        handle = os.open(folder / "lock", os.O_RDWR)
    except OSError:  # no lock: nobody has ever written this copy
        yield
        return
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in BUSY:
            return  # a file system without locks, where no run can be written
        raise UserError(
            f"{folder} is at work: another process is writing it; stop that first (Ctrl-C), or "
            "wait for its end"
        ) from None
