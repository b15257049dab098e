"""The way from a reported score to a judged one, for a program that splits its own table.

Nobody rewrites such a program by rule: which of its lines make features, which split and which
score is not to be told from the text alone. What its user would change is said instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import programs, tabular
from .data import CsvTable
from .survey import Survey

_LEARNS = re.compile(r"\.fit\(.*\.predict(?:_proba)?\(", re.DOTALL)


@dataclass(frozen=True)
class Way:
    """task: the keys of the task that judges. sentence: what the program has to do for it."""

    task: dict[str, Any]
    sentence: str


def way(found: Survey, start: str) -> Way | None:
    """Clear case, or None: one table with id and target, and a model fitted to it."""
    reached = programs.reached(found.folder, start)
    text = "\n".join(found.folder.modules[path].text for path in reached)
    tables = [one for one in found.tables if one.path in text]
    if len(tables) != 1 or not _LEARNS.search(text):
        return None
    (table,) = tables
    if not (table.id and table.target):
        return None
    return Way(_task(found, table), _sentence(table))


def _task(found: Survey, table: CsvTable) -> dict[str, Any]:
    metric = tabular.metric(found, table)
    keys = {"file": table.path, "id": table.id, "target": table.target, "metric": metric}
    return {"kind": "table", **keys}


def _sentence(table: CsvTable) -> str:
    return (
        f"The host can judge this program once it fits its model on train.csv and writes "
        f"predictions.csv ({table.id},prediction) for asked.csv, which has no {table.target}."
    )
