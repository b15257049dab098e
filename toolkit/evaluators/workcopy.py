"""A program on disk for the time of one evaluation."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path


@contextlib.contextmanager
def work_copy(files: Mapping[str, bytes], parent: Path) -> Iterator[Path]:
    """A fresh folder with the files of a job; gone when the context ends.

    Fresh each time: a program that changes its own files changes nothing for the next one.
    """
    root = Path(tempfile.mkdtemp(dir=parent))
    try:
        for path, content in files.items():
            target = root / path
            if not target.resolve().is_relative_to(root.resolve()):
                raise ValueError(f"{path} lies outside the work copy")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


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


def remove(folder: Path) -> None:
    """A program may have nested it deeper than Python follows, or shut folders to their owner."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], stderr=subprocess.DEVNULL, check=False)
