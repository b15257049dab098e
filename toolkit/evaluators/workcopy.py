"""A program on disk for the time of one evaluation."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..jobs import HOME, TEMPORARY, Job

Stamp = tuple[int, int, int]
WORK = "toolkit-work-"
"""how the folders begin in which evaluators lay programs out"""
STALE_S = 24 * 3600.0


@dataclass(frozen=True)
class Laid:
    """A job on disk. root: where it runs; folder: what it may write in, or None.

    environment: variables that lead there, and the job's own. room_mb and files: what the folder
    may hold in the end. stamps: {name: state of a file that was laid there}.
    """

    root: Path
    folder: Path | None
    environment: Mapping[str, str]
    room_mb: float = 0.0
    files: int = 0
    stamps: Mapping[str, Stamp] = field(default_factory=dict)


@contextlib.contextmanager
def laid_out(job: Job, files: Mapping[str, bytes], parent: Path) -> Iterator[Laid]:
    """The tree of a job, and a folder that it may write in; gone when the context ends."""
    with work_copy(files, parent, job.links) as root:
        if job.writable:
            yield _writable(job, files, root)
            return
        with scratch_folder(job.room_mb, parent) as scratch:
            names = ("TMPDIR", "HOME") if job.limits.gpus else ("TMPDIR",)
            room = {name: str(scratch) for name in names} if scratch else {}
            yield Laid(root, scratch, {**room, **job.environment}, job.room_mb)


def _writable(job: Job, files: Mapping[str, bytes], root: Path) -> Laid:
    """The tree itself may be written in: what was laid there takes none of the room."""
    own = {"HOME": root / HOME, "TMPDIR": root / TEMPORARY}
    for folder in own.values():
        folder.mkdir(exist_ok=True)
    paths = [root / name for name in files]
    return Laid(
        root,
        root,
        {**{name: str(folder) for name, folder in own.items()}, **job.environment},
        job.room_mb + sum(max(4096, path.stat().st_blocks * 512) for path in paths) / (1 << 20),
        len(paths) + len({parent for name in files for parent in Path(name).parents}),
        {name: stamp(os.lstat(path)) for name, path in zip(files, paths, strict=True)},
    )


def stamp(found: os.stat_result) -> Stamp:
    """State of a file: another one where it was written again, whatever was written."""
    return found.st_ino, found.st_size, found.st_ctime_ns


@contextlib.contextmanager
def work_copy(
    files: Mapping[str, bytes], parent: Path, links: Mapping[str, str] | None = None
) -> Iterator[Path]:
    """A fresh folder with the files of a job; gone when the context ends.

    Fresh each time: a program that changes its own files changes nothing for the next one.
    links: {name: where it leads}, laid first, so that a file of the program can take their place.
    """
    root = Path(tempfile.mkdtemp(dir=parent))
    try:
        for name, where in (links or {}).items():
            _place(root, name).symlink_to(where)
        for path, content in files.items():
            _place(root, path).write_bytes(content)
        yield root
    finally:
        remove(root)


def _place(root: Path, name: str) -> Path:
    target = root / name
    if not target.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{name} lies outside the work copy")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


@contextlib.contextmanager
def scratch_folder(megabytes: float, parent: Path) -> Iterator[Path | None]:
    """A fresh folder that a program may write in; None where it may write nothing."""
    if not megabytes:
        yield None
        return
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        remove(folder)


def work_folder() -> tuple[Path, contextlib.ExitStack]:
    """A fresh folder for an evaluator, and what holds its lock until it is closed.

    Whoever comes first after an evaluator that was killed removes what that has left.
    """
    sweep(Path(tempfile.gettempdir()))
    folder, held = Path(tempfile.mkdtemp(prefix=WORK)), contextlib.ExitStack()
    with contextlib.suppress(OSError):  # a file system without locks: its age tells
        _lock(folder, held)
    return folder, held


def sweep(temporary: Path) -> None:
    """Remove this user's work folders that nobody holds, and nothing was laid in for a day.

    A day, since earlier versions do not lock theirs.
    """
    for folder in temporary.glob(f"{WORK}*"):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            old = time.time() - found.st_mtime > STALE_S
            if old and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                _remove_unheld(folder)


def _remove_unheld(folder: Path) -> None:
    """Raises OSError where somebody holds it."""
    with contextlib.ExitStack() as held:
        _lock(folder, held)
        remove(folder)


def _lock(folder: Path, held: contextlib.ExitStack) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    held.callback(os.close, number)
    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove(folder: Path) -> None:
    """A program may have nested it deeper than Python follows, or shut folders to their owner."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], stderr=subprocess.DEVNULL, check=False)
