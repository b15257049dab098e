"""Difference of the working tree to the pristine program, as a candidate."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 8 << 20
"""of one file; patches are read by people"""


class RefusedError(Exception):
    """A working tree that makes no candidate; nothing was sent, and nothing is charged."""


def difference(
    folder: str, files: Mapping[str, str], editable: Sequence[str], own: Sequence[str]
) -> tuple[dict[str, str | None], list[str]]:
    """Texts of the files that differ, None of deleted ones; and new files that are no part of it.

    files: {path: SHA-256 of its pristine bytes}. editable: patterns of paths that may be new. own:
    names of the workspace's own files.
    """
    found: dict[str, str | None] = {}
    for path, known in files.items():
        data = content(folder, path)
        if data is None:
            found[path] = None
        elif _digest(data) != known:
            found[path] = _text(path, data)
    others = []
    for path in _new(folder, "", files, set(own)):
        if _matches(path, editable):
            found[path] = _text(path, content(folder, path) or b"")
        else:
            others.append(path)
    return found, others


def content(folder: str, path: str) -> bytes | None:
    """Bytes of a regular file; None where there is none. Raises RefusedError."""
    # O_NONBLOCK: the other end of a pipe may never come
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(os.path.join(folder, path), flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise RefusedError(
            f"{path} is no regular file that can be read ({why}): put a text file there, or "
            "remove it"
        ) from None
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise RefusedError(f"{path} is no regular file: put a text file there, or remove it")
        if about.st_size > MOST_BYTES:
            raise RefusedError(f"{path} is larger than {MOST_BYTES >> 20} MB")
        with open(file, "rb", closefd=False) as stream:
            return stream.read(MOST_BYTES + 1)
    finally:
        os.close(file)


def _new(folder: str, under: str, files: Mapping[str, str], own: set[str]) -> Iterator[str]:
    """Paths of files that the pristine program does not have; no link to a folder is followed."""
    try:
        entries = sorted(os.scandir(os.path.join(folder, under)), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = f"{under}/{entry.name}" if under else entry.name
        if entry.name[0] == "." or entry.name == "__pycache__" or path in own:
            continue  # histories and settings of tools
        if entry.is_dir(follow_symlinks=False):
            yield from _new(folder, path, files, own)
        elif path not in files and not entry.name.endswith(".pyc"):
            yield path


def _matches(path: str, patterns: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase  # it takes longer to import than all else here

    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _text(path: str, data: bytes) -> str:
    try:
        path.encode()
        return data.decode()
    except UnicodeError:
        raise RefusedError(f"{os.fsencode(path)!r} is not UTF-8 text") from None


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()
