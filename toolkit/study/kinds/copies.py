"""Copies of a table's answers among the files of a program, however they are written.

A copy of another order, with other line ends or one line more, is no copy by its bytes: its rows
say the same. What says the right target of nine ids in ten is one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .kind import Kind

AGREEING = 0.9
"""share of the answers from which on a file holds them"""
LARGEST = 64 << 20
SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".bak")
_SEPARATORS = (",", "\t", ";", "|")

Answers = Mapping[tuple[str, ...], str]
"""{id of a row, or all its other fields by the names of the columns: its target}"""


def without(kind: Kind, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a program, without those that hold the answers of a table."""
    known = _known(kind)
    return {
        name: content
        for name, content in files.items()
        if not known or not _may_hold(name) or not _holds(kind, known, content)
    }


def below(kind: Kind, path: Path) -> Path | None:
    """A file at a path, or below it, that holds the answers of a table; None where none does."""
    known = _known(kind)
    inside: Iterable[Path] = sorted(path.rglob("*")) if path.is_dir() else [path]
    for one in inside if known else ():
        small = one.is_file() and _may_hold(one.name) and one.stat().st_size <= LARGEST
        if small and _holds(kind, known, one.read_bytes()):
            return one
    return None


def _may_hold(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _known(kind: Kind) -> Answers:
    """The answers of a table; empty for another kind, and where the file cannot be read."""
    file = kind.files.get("asked") or kind.files.get("file") if kind.name == "table" else None
    try:
        content = file.read_bytes() if file else b""
    except OSError:  # told when the task is read
        return {}
    return _answers(kind, content)


def _holds(kind: Kind, known: Answers, content: bytes) -> bool:
    found = _answers(kind, content)
    agreeing = sum(found.get(key) == target for key, target in known.items())
    return agreeing >= AGREEING * len(known)


def _answers(kind: Kind, content: bytes) -> Answers:
    """The answers that a text holds; empty where it is no table with the target's column."""
    target = str(kind.settings.get("target", "")).lower()
    identity = str(kind.settings.get("id", "")).lower()
    for rows in _tables(kind, content, target):
        named = [{key: one.strip() for key, one in row.items() if key and one} for row in rows]
        return {_key(row, identity, target): _plain(row[target]) for row in named if target in row}
    return {}


def _key(row: Mapping[str, str], identity: str, target: str) -> tuple[str, ...]:
    if identity:
        return (_plain(row.get(identity, "")),)
    return tuple(f"{key}={_plain(row[key])}" for key in sorted(row) if key != target)


def _tables(kind: Kind, content: bytes, target: str) -> Iterator[list[dict[str, str]]]:
    """The rows of a text by each separator that finds the target among its columns."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    for separator in dict.fromkeys([kind.settings.get("separator") or ",", *_SEPARATORS]):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            if len(header) > 1 and target in header:
                yield [dict(zip(header, row, strict=False)) for row in reader if row]
        except csv.Error:
            continue


def _plain(text: str) -> str:
    """A field as it is compared: 1, 1.0 and 1e0 are one number."""
    try:
        return repr(float(text))
    except ValueError:
        return text.strip()
