"""Benchmark files: where they are looked for, whether they are the right ones, fetching them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..atomic import replacing
from ..errors import DataError

VARIABLE = "TOOLKIT_DATA_DIR"
_TIMEOUT_S = 60


@dataclass(frozen=True)
class DataFile:
    """One file of a benchmark: its official address and its SHA-256."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class DataSource:
    """The files of one benchmark, in one folder below the data folder."""

    folder: str
    licence: str
    files: tuple[DataFile, ...]


def root() -> Path:
    """TOOLKIT_DATA_DIR where it is set, else the platform's own folder for user data."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("autoresearch-toolkit"))


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def problem(source: DataSource, file: DataFile) -> str:
    """Why a file cannot be used, with what to do; empty if all is well."""
    path = root() / source.folder / file.name
    if not path.is_file():
        return (
            f"{path} is missing; type `toolkit data fetch {source.folder}`, or set {VARIABLE} to "
            f"a folder that holds {source.folder}/{file.name}"
        )
    try:
        found = sha256(path)
    except OSError as error:
        return f"{path} cannot be read: {error}"
    if found != file.sha256:
        return (
            f"{path} is not the published file (SHA-256 {found[:12]}…, expected "
            f"{file.sha256[:12]}…); remove it and type `toolkit data fetch {source.folder}`"
        )
    return ""


def problems(source: DataSource) -> list[str]:
    """Why a benchmark cannot be used: a sentence for each wrong file, one for many missing ones."""
    folder = root() / source.folder
    missing = [file for file in source.files if not (folder / file.name).is_file()]
    there = [file for file in source.files if file not in missing]
    if len(missing) < 2:
        there, missing = list(source.files), []
    found = [text for file in there if (text := problem(source, file))]
    if missing:
        found.append(
            f"{len(missing)} of {len(source.files)} files are missing from {folder}, the first is "
            f"{missing[0].name}; type `toolkit data fetch {source.folder}`, or set {VARIABLE} to a "
            f"folder that holds {source.folder}/{missing[0].name} and the others"
        )
    return found


def require(source: DataSource) -> Path:
    """The folder with every file checked; raises DataError naming what is not right."""
    if found := problems(source):
        raise DataError("\n".join(found))
    return root() / source.folder


def fetch(source: DataSource) -> Mapping[str, str]:
    """Download what is missing; {file name: "present" or "fetched"}. Raises DataError."""
    from http.client import HTTPException

    target = root() / source.folder
    report = {}
    for file in source.files:
        if not problem(source, file):
            report[file.name] = "present"
            continue
        try:
            target.mkdir(parents=True, exist_ok=True)
            _download(file, target / file.name)
        except (OSError, HTTPException, ValueError) as error:  # also proxies that cannot work
            raise DataError(_advice(file, target, error)) from error
        report[file.name] = "fetched"
    return report


def _advice(file: DataFile, target: Path, error: Exception) -> str:
    return (
        f"{file.url} could not be fetched into {target}: {error}; type the command again, which "
        f"goes on with what is missing, or fetch it on another machine and put it there as "
        f"{file.name}, or set {VARIABLE}"
    )


def _download(file: DataFile, path: Path) -> None:
    """Checked before it has its name: a broken download never looks whole."""
    import urllib.request  # a third of what loading a study takes, for those who fetch its data

    found, size = hashlib.sha256(), 0
    with (
        replacing(path) as sink,
        urllib.request.urlopen(file.url, timeout=_TIMEOUT_S) as source,
    ):
        while block := source.read(1 << 16):
            size += len(block)
            found.update(block)
            sink.write(block)
        if (whole := source.headers.get("content-length")) and size < int(whole):
            raise OSError(f"the connection ended after {size:,} of {int(whole):,} bytes")
        if found.hexdigest() != file.sha256:
            raise DataError(
                f"{file.url} gave another file than the published one (SHA-256 "
                f"{found.hexdigest()}, expected {file.sha256}); nothing was written"
            )
