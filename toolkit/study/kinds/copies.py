"""Copies of a table's answers among the files of a program, however they are written.

A copy of another order, with other line ends or one line more, is no copy by its bytes: its rows
say the same. What says the right target of nine ids in ten is one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from . import packed
from .kind import Kind

AGREEING = 0.9
"""share of the answers from which on a file holds them"""
LARGEST = 64 << 20
SUFFIXES = ("csv", "tsv", "txt", "data", "bak", "old", "orig", "json", "jsonl", "ndjson")
_SEPARATORS = (",", "\t", ";", "|")

Answers = Mapping[tuple[str, ...], str]
"""{id of a row, or all its other fields by the names of the columns: its target}"""


def without(kind: Kind, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a program, without those that hold the answers of a table."""
    known = _known(kind)
    return {
        name: content
        for name, content in files.items()
        if not known or not _holds(kind, known, name, content)
    }


def below(kind: Kind, path: Path) -> Path | None:
    """A file at a path, or below it, that holds the answers of a table; None where none does."""
    known = _known(kind)
    inside: Iterable[Path] = sorted(path.rglob("*")) if path.is_dir() else [path]
    for one in inside if known else ():
        small = one.is_file() and _may_hold(one.name) and one.stat().st_size <= LARGEST
        if small and _holds(kind, known, one.name, one.read_bytes()):
            return one
    return None


def _may_hold(name: str) -> bool:
    """True for a table's usual names, a name without an ending, and what may hold such files."""
    ending = PurePosixPath(name.lower().rstrip("~")).suffix[1:]
    return not ending or ending in SUFFIXES or ending in packed.SUFFIXES


def _known(kind: Kind) -> Answers:
    """The answers of a table; empty for another kind, and where the file cannot be read."""
    file = kind.files.get("asked") or kind.files.get("file") if kind.name == "table" else None
    try:
        content = file.read_bytes() if file else b""
    except OSError:  # told when the task is read
        return {}
    return _answers(kind, content)


def _holds(kind: Kind, known: Answers, name: str, content: bytes) -> bool:
    """True if a file holds the answers, itself or packed in it."""
    if not _may_hold(name):
        return False
    return any(
        sum(found.get(key) == target for key, target in known.items()) >= AGREEING * len(known)
        for inside in packed.contents(name, content, LARGEST)
        if (found := _answers(kind, inside))
    )


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
    """The rows of a text, in JSON or by each separator that finds the target among its columns."""
    text = _text(content)
    if text.lstrip()[:1] in ("[", "{"):
        yield [{key.lower(): one for key, one in row.items()} for row in _objects(text)]
        return
    for separator in dict.fromkeys([kind.settings.get("separator") or ",", *_SEPARATORS]):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            if len(header) > 1 and target in header:
                yield [dict(zip(header, row, strict=False)) for row in reader if row]
        except csv.Error:
            continue


def _text(content: bytes) -> str:
    """Text in UTF-8 or UTF-16, else each byte a letter: the separators are the same."""
    marks = (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if content.startswith(marks) else ("utf-8-sig", "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _objects(text: str) -> list[dict[str, str]]:
    """Rows of JSON: a list of objects, an object a line, or a list for each column."""
    try:
        found = json.loads(text)
    except RecursionError:
        return []
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return []
    if isinstance(found, dict):
        columns = {key: list(one) for key, one in found.items() if isinstance(one, list)}
        every = zip(*columns.values(), strict=False)
        found = [dict(zip(columns, row, strict=True)) for row in every]
    return [
        {key: _written(one) for key, one in row.items()} for row in found if isinstance(row, dict)
    ]


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    """A field as it is compared: 1, 1.0 and 1e0 are one number."""
    try:
        return repr(float(text))
    except ValueError:
        return text.strip()
