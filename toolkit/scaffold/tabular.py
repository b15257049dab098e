"""A program that learns from one CSV file, reads another without target, and leaves predictions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import programs
from .data import CsvTable
from .programs import Script
from .survey import Survey

_NAME = re.compile(r"[\w./-]+\.csv\b")
_LABELS = 20
"""different targets up to which they are labels, and not amounts"""


@dataclass(frozen=True)
class Predicting:
    """The files of such a program. known: with target; asked: without; left: its predictions."""

    script: Script
    known: CsvTable
    asked: str
    left: str
    column: str
    metric: str


def found(survey: Survey, script: Script) -> Predicting | None:
    """Files of a program that predicts; None where it does not read two files and leave a third."""
    reached = programs.reached(survey.folder, script.path)
    text = "\n".join(survey.folder.modules[path].text for path in reached)
    named = list(dict.fromkeys(_NAME.findall(text)))
    tables = {one.path: one for one in survey.tables if one.path in named}
    known = [one for one in tables.values() if one.target]
    left = [name for name in named if name not in survey.folder.paths]
    pairs = [(one, other) for one in known for other in _without(survey, one, named)]
    if not pairs or len(left) != 1:
        return None
    one, asked = pairs[0]
    column = one.target if re.search(rf"[\"']{re.escape(one.target)}[\"']\s*:", text) else ""
    return Predicting(script, one, asked, left[0], column or "prediction", metric(survey, one))


def _without(survey: Survey, known: CsvTable, named: Sequence[str]) -> Iterator[str]:
    """Files with the same columns but for the target."""
    rest = [name for name in known.columns if name != known.target]
    for path in named:
        if path in survey.folder.paths and path != known.path:
            head = survey.folder.text(path).partition("\n")[0].strip().split(",")
            if [name.strip('"') for name in head] == rest:
                yield path


def metric(survey: Survey, table: CsvTable) -> str:
    """rmse of amounts, accuracy of labels."""
    at = table.columns.index(table.target)
    rows = [line.split(",") for line in survey.folder.text(table.path).splitlines()[1:1000]]
    values = {row[at] for row in rows if at < len(row)}
    amounts = all(re.fullmatch(r"-?[\d.]+(?:e-?\d+)?", value) for value in values)
    return "rmse" if amounts and len(values) > _LABELS else "accuracy"
