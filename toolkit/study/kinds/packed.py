"""Files inside of files: what an archive, a compressed file or a database holds."""

from __future__ import annotations

import bz2
import contextlib
import csv
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO

_PRESSED: Mapping[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gz": lambda file: gzip.GzipFile(fileobj=file),  # type: ignore[dict-item,return-value]
    "bz2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
}
_DATABASES = ("sqlite", "sqlite3", "db")
SUFFIXES = (*_PRESSED, "tgz", "tar", "zip", *_DATABASES)
_BROKEN = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, lzma.LZMAError, zlib.error,
    tarfile.TarError, zipfile.BadZipFile, sqlite3.Error,
)  # fmt: skip


def contents(name: str, content: bytes, most: int) -> Iterator[bytes]:
    """Content of a file, or of all files that are packed in it, each cut at so many bytes."""
    ending = PurePosixPath(name.lower().rstrip("~")).suffix[1:]
    with contextlib.suppress(*_BROKEN):
        if ending in ("tar", "tgz") or ".tar." in name.lower():
            yield from _archived(content, most)
        elif ending == "zip":
            yield from _zipped(content, most)
        elif ending in _PRESSED:
            yield _PRESSED[ending](io.BytesIO(content)).read(most)
        elif ending in _DATABASES:
            yield from _tables(content)
        else:
            yield content


def _archived(content: bytes, most: int) -> Iterator[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for one in archive:
            file = archive.extractfile(one) if one.isfile() else None
            if file:
                yield file.read(most)


def _zipped(content: bytes, most: int) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            with archive.open(one) as file:
                yield file.read(most)


def _tables(content: bytes) -> Iterator[bytes]:
    """Tables of a database of SQLite, as CSV."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            quoted = '"' + name.replace('"', '""') + '"'
            rows = database.execute(f"SELECT * FROM {quoted}")
            sink = io.StringIO(newline="")
            writer = csv.writer(sink)
            writer.writerow([column[0] for column in rows.description])
            writer.writerows(rows)
            yield sink.getvalue().encode()
