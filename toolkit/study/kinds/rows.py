"""Rows of a CSV file, with every fault told by its file, column and line."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import StudyError, near_misses
from ...text import short
from .kind import text_of

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
"""what stands for a missing number, in any case; in a column of texts only an empty field does"""
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_SHOWN = 3


@dataclass(frozen=True)
class Rows:
    """Rows of one file as they stand there. lines: the line in which each begins."""

    file: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    def require(self, name: str, what: str) -> int:
        """The place of a column; raises StudyError where there is none of this name."""
        if name not in self.header:
            known = ", ".join(map(repr, self.header))
            raise StudyError(
                f"{self.file} has no column {name!r}{near_misses(name, self.header)}, which [task] "
                f"{what} names (its columns are {known})"
            )
        return self.header.index(name)

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [row[place] for row in self.rows]

    @cached_property
    def typed(self) -> list[list[Any]]:
        """The rows with numbers as numbers, and None for what is missing."""
        columns = [typed([row[at] for row in self.rows]) for at in range(len(self.header))]
        return [list(row) for row in zip(*columns, strict=True)]

    def full(self, name: str, what: str) -> list[str]:
        """A column of which no field is missing; raises StudyError with the lines."""
        values = self.column(name)
        empty = [line for one, line in zip(values, self.lines, strict=True) if _is_missing(one)]
        if empty:
            raise StudyError(
                f"{self.file}, column {name!r}: there is no {what} in {_lines(empty)}: give these "
                "rows one, or take them out"
            )
        return values

    def numbers(self, name: str, why: str) -> list[float]:
        """A column of finite numbers; raises StudyError at the first that is none."""
        values = self.full(name, "value")
        found = [number(one) for one in values]
        for text, value, line in zip(values, found, self.lines, strict=True):
            if value is None:
                raise StudyError(
                    f"{self.file}, column {name!r}, line {line}: {short(text)} is no finite "
                    f"number, and {why}"
                )
        return [value for value in found if value is not None]


def read(path: Path, separator: str = "") -> Rows:
    """The rows of a file. separator: "" for a comma, or a tab where the file is a .tsv.

    Raises StudyError.
    """
    return parsed(text_of(path), str(path), separator or ("\t" if path.suffix == ".tsv" else ","))


def parsed(text: str, file: str, separator: str = ",") -> Rows:
    """The rows of a text. file: what it is called. Raises StudyError."""
    found = list(_records(text, file, separator))
    if not found:
        raise StudyError(f"{file} is empty: its first line names the columns")
    (_, header), rows = found[0], found[1:]
    header = [name.strip() for name in header]
    _check_header(file, header, separator)
    for line, row in rows:
        if len(row) != len(header):
            raise StudyError(
                f"{file}, line {line}: it has {len(row)} fields, and the first line names "
                f"{len(header)} columns (a field that holds a {separator!r} stands in quotes)"
            )
    return Rows(file, header, [row for _, row in rows], [line for line, _ in rows])


def _records(text: str, file: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(the line in which it begins, fields) of every row; a quoted field may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    began = 1
    try:
        for row in reader:
            if row:
                yield began, row
            began = reader.line_num + 1
    except csv.Error as error:
        unclosed = "end of data" in str(error)
        why = "a quote that is opened there is never closed" if unclosed else str(error)
        raise StudyError(f"{file}, line {began}: it is no CSV: {why}") from error


def _check_header(file: str, header: Sequence[str], separator: str) -> None:
    if len(header) == 1 and separator == "," and (other := re.search("[;\t|]", header[0])):
        raise StudyError(
            f"{file}, line 1: there is no comma in it, and {other[0]!r} is: write separator = "
            f"{other[0]!r} under [task]"
        )
    if "" in header:
        raise StudyError(
            f"{file}, line 1: column {header.index('') + 1} has no name; the first line names the "
            "columns"
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise StudyError(f"{file}, line 1: two columns are called {', '.join(map(repr, twice))}")


def typed(values: Sequence[str]) -> list[Any]:
    """Values of a column: whole numbers or numbers where all are, else texts."""
    given = [one for one in values if not _is_missing(one)]
    if given and all(_WHOLE.fullmatch(one.strip()) for one in given):
        return [None if _is_missing(one) else int(one) for one in values]
    if given and all(number(one) is not None and not _is_code(one) for one in given):
        return [None if _is_missing(one) else float(one) for one in values]
    return [one or None for one in values]


def _is_code(text: str) -> bool:
    """True for figures with a leading zero, such as a post code: they are no number."""
    return re.match(r"[+-]?0\d", text.strip()) is not None


def number(text: str) -> float | None:
    """The finite number that a text is."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def _lines(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:_SHOWN]))
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"line {named}{more}" if len(lines) == 1 else f"lines {named}{more}"


def written(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """CSV with a comma, in UTF-8."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return sink.getvalue().encode()
