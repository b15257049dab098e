"""Files written into a folder that somebody else may have changed: no link is followed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Inside:
    """An open folder; every name is one inside it, never a path."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """A file that appears whole, whatever stood there before."""
        beside = f".{name}-{secrets.token_hex(4)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        file = os.open(beside, flags, mode, dir_fd=self._handle)
        with open(file, "wb") as stream:
            stream.write(data)
            os.fchmod(file, mode)
        try:
            self._rename(beside, name)
        except IsADirectoryError:
            self._rename(name, f"{name}-{secrets.token_hex(4)}")
            self._rename(beside, name)

    @contextlib.contextmanager
    def folder(self, name: str) -> Iterator[Inside]:
        """A folder in it, made where there is none; what else bears the name is moved aside."""
        try:
            os.mkdir(name, 0o700, dir_fd=self._handle)
        except FileExistsError:
            if not self._is_folder(name):
                self._rename(name, f"{name}-{secrets.token_hex(4)}")
                os.mkdir(name, 0o700, dir_fd=self._handle)
        with opened(name, self._handle) as found:
            yield found

    def remove(self, name: str) -> None:
        """Remove a file or a link, if there is one."""
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._handle)

    def _is_folder(self, name: str) -> bool:
        try:
            os.close(os.open(name, FOLDER, dir_fd=self._handle))
        except OSError:
            return False
        return True

    def _rename(self, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=self._handle, dst_dir_fd=self._handle)


@contextlib.contextmanager
def opened(path: Path | str, inside: int | None = None) -> Iterator[Inside]:
    """A folder, which is no link."""
    handle = os.open(path, FOLDER, dir_fd=inside)
    try:
        yield Inside(handle)
    finally:
        os.close(handle)
