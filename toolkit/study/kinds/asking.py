"""Rows of the kind "table": what [task] names, and which rows are for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import StudyError
from ...records import digest
from ...text import short
from . import rows as rows_of
from .rows import Rows


@dataclass(frozen=True)
class Names:
    """Names of the files between the host and a script, and of the column of its predictions."""

    train: str = "train.csv"
    asked: str = "asked.csv"
    predictions: str = "predictions.csv"
    column: str = "prediction"


@dataclass(frozen=True)
class Asking:
    """Files and columns as [task] names them. train: share of the rows that is for training."""

    files: Mapping[str, Path]
    target: str
    id: str = ""
    group: str = ""
    positive: str = ""
    separator: str = ""
    show_id: bool = False
    train: float = 0.5
    names: Names = field(default_factory=Names)


def parts(asking: Asking) -> tuple[Rows, Rows]:
    """The rows to learn from and the rows to predict. Raises StudyError."""
    files = {key: rows_of.read(path, asking.separator) for key, path in asking.files.items()}
    for rows in files.values():
        _check_columns(asking, rows)
    if "asked" not in files:
        return _drawn(asking, files["file"])
    train, asked = files["train"], files["asked"]
    if list(train.header) != list(asked.header):
        raise StudyError(
            f"{train.file} and {asked.file} have other columns: {', '.join(train.header)}, and "
            f"{', '.join(asked.header)}"
        )
    return train, asked


def _check_columns(asking: Asking, rows: Rows) -> None:
    rows.require(asking.target, "target")
    if not rows.rows:
        raise StudyError(f"{rows.file} holds no row below its header")
    if asking.group:
        rows.require(asking.group, "group")
        rows.full(asking.group, "group")
    if not asking.id:
        return
    rows.require(asking.id, "id")
    seen: dict[str, int] = {}
    for name, line in zip(rows.full(asking.id, "id"), rows.lines, strict=True):
        if name in seen:
            raise StudyError(
                f"{rows.file}, column {asking.id!r}: the id {short(name)} stands in line "
                f"{seen[name]} and in line {line}; an id names one row"
            )
        seen[name] = line


def _drawn(asking: Asking, rows: Rows) -> tuple[Rows, Rows]:
    """A share of the rows for training, whole groups where there are groups."""
    homes = _homes(asking, rows)
    places = sorted(set(homes), key=lambda home: digest(f"train:{home}"))
    count = round(asking.train * len(places))
    known = set(places[: max(count, 1)])
    train = [at for at, home in enumerate(homes) if home in known]
    asked = [at for at, home in enumerate(homes) if home not in known]
    if not asked:
        raise StudyError(
            f"{rows.file} holds {len(rows.rows)} row(s), too few to learn from some and ask "
            "about others"
        )
    return _some(rows, train), _some(rows, asked)


def _homes(asking: Asking, rows: Rows) -> list[str]:
    """Units that are drawn as a whole: the group of each row, or the row."""
    column = asking.group or asking.id
    return rows.column(column) if column else [f"line {line}" for line in rows.lines]


def _some(rows: Rows, places: Sequence[int]) -> Rows:
    return Rows(
        rows.file,
        rows.header,
        [rows.rows[at] for at in places],
        [rows.lines[at] for at in places],
    )
