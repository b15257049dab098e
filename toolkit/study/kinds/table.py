"""Kind "table": rows of a CSV file, whose target the program predicts and the host alone knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import near_misses
from ..toml import Table
from . import metrics
from .asking import Asking, Names
from .kind import Kind, existing, settings
from .predicting import TableTask

SHARES = (0.05, 0.95)
_KEYS = (
    "id", "target", "metric", "group", "positive", "separator", "show_id",
    "train_as", "asked_as", "predictions", "column",
)  # fmt: skip


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares, without a look into its files."""
    told = len(task.problems)
    files, share = _files(task)
    metric = _metric(task)
    asking = Asking(
        files=files,
        target=task.text("target"),
        id=task.text("id", default=""),
        group=task.text("group", default=""),
        positive=task.text("positive", default=""),
        separator=task.text("separator", default=""),
        show_id=task.switch("show_id", default=False),
        train=share,
        names=_names(task),
    )
    _check(task, asking)
    if len(task.problems) > told or metric is None:
        return None
    return Kind(
        name="table",
        evidence="judged",
        direction=metric.direction,
        defaults={
            "objective": {
                "name": metric.name,
                "aggregate": "mean" if metric.row else "pooled",
            },
            "names": {
                "item": "row",
                "output": "prediction",
                "cluster": asking.group or ("row" if metric.row else "block"),
            },
            "splits": {"test": 0.5},
        },
        files=files,
        settings={**settings(task, _KEYS), "metric": metric.name, "train": share},
        leaves=(asking.names.predictions,),
        make=partial(TableTask, asking, metric),
    )


def _files(task: Table) -> tuple[Mapping[str, Path], float]:
    """The files, and the share of the rows of the one file that is for training."""
    given = task.raw.get("train")
    if isinstance(given, str) or "asked" in task.raw:
        if "file" in task.raw:
            task.problem("file", "is left out where train and asked name two files")
            task.text("file")
        both = {
            "train": existing(task, "train", "the CSV file of the rows to learn from"),
            "asked": existing(task, "asked", "the CSV file of the rows to predict, with target"),
        }
        return {key: path for key, path in both.items() if path}, 0.0
    share = task.number("train", default=0.5, low=SHARES[0], high=SHARES[1])
    path = existing(task, "file", "the CSV file of the rows")
    return ({"file": path} if path else {}), share


def _metric(task: Table) -> metrics.Metric | None:
    name = task.text("metric")
    found = metrics.named(name)
    if name and found is None:
        known = ", ".join(metrics.METRICS)
        task.problem(
            "metric",
            f'there is none called "{name}"{near_misses(name, metrics.names())} (known: {known}; '
            "scikit-learn's own names of them as well)",
        )
    return found


def _names(task: Table) -> Names:
    usual = Names()
    return Names(
        train=task.text("train_as", default=usual.train),
        asked=task.text("asked_as", default=usual.asked),
        predictions=task.text("predictions", default=usual.predictions),
        column=task.text("column", default=usual.column),
    )


def _check(task: Table, asking: Asking) -> None:
    if len(asking.separator) > 1:
        task.problem("separator", f'must be one character, got "{asking.separator}"')
    for key in ("id", "group"):
        if asking.target and getattr(asking, key) == asking.target:
            task.problem(key, "is the target, which no program gets")
    if asking.show_id and not asking.id:
        task.problem("show_id", "shows the column that id names: name it")
