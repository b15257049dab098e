"""Tables of a run as CSV files that a spreadsheet opens without obeying them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..ledger.state import State
from ..text import visible
from .moments import Moments
from .rows import COLUMNS, Row, tables
from .written import write as write_file

FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""characters with which a spreadsheet takes a text for a formula, also the wide ones"""
MOST_CHARS = 32_000
"""of a cell: spreadsheets hold 32,767, and Python's own reader 131,072"""
_MOMENTS = ("began", "ended")


def write(state: State, folder: Path, times: Moments) -> list[Path]:
    """Write trials.csv, items.csv, parts.csv, standings.csv and looks.csv; returns their paths."""
    found = []
    for name, rows in tables(state, times).items():
        found.append(path := folder / f"{name}.csv")
        write_file(path, sheet(COLUMNS[name], rows), "--csv")
    return found


def sheet(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """CSV text: a head, then one record a row; what is not known is an empty cell."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(name, row.get(name)) for name in columns] for row in rows)
    return sink.getvalue()


def _cell(column: str, value: Any) -> Any:
    if column in _MOMENTS and value is not None:
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    if isinstance(value, bool):
        return str(value).lower()
    return safe(value) if isinstance(value, str) else value


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula and no terminal obeys.

    A quotation mark stands before one that begins as a formula does, also behind blanks. A text
    that is too long for a spreadsheet is cut, and says so.
    """
    shown = visible(text)
    if len(shown) > MOST_CHARS:
        shown = f"{shown[:MOST_CHARS]}… ({len(shown):,} characters in all)"
    return f"'{shown}" if shown.lstrip().startswith(FORMULAS) else shown
