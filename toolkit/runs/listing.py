"""Runs in a folder, a row each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..ledger.ledger import FILENAME
from ..ledger.state import State
from ..report.gaps import searched
from ..text import said
from .frames import cells_of
from .run import Run, load_run

Row = dict[str, Any]
PAGE = "report.html"


@dataclass(frozen=True)
class Unreadable:
    """A run whose ledger cannot be read, and why."""

    name: str
    why: str


def ledgers(folder: Path, *, deep: bool = False) -> list[Path]:
    """Ledgers of the runs in a folder, by name. deep: in folders of it, too."""
    return sorted(folder.glob(f"**/{FILENAME}" if deep else f"*/{FILENAME}"))


def listed(folder: Path, *, deep: bool = False) -> Iterator[Row | Unreadable]:
    """A row for each run, one after the other: a verdict takes up to a second."""
    for file in ledgers(folder, deep=deep):
        name = file.parent.relative_to(folder).as_posix()
        try:
            yield {**row(load_run(file)), "run": name}
        except UserError as error:
            yield Unreadable(name, said(error))


def row(run: Run) -> Row:
    """A run's line. at: when its last command began, local time; best: of all champions."""
    state = run.state
    cells = cells_of(state)
    objective = state.objective
    return {
        "run": run.name,
        "study": run.study or "?",
        "title": state.study.get("title", ""),
        "at": begun(state),
        "budget": state.budget,
        "cells": len(cells),
        "ended": sum(cell.ended is not None for cell in cells),
        "searchers": list(dict.fromkeys(cell.alias for cell in cells)),
        "best": objective.shown(_best(state)),
        "objective": objective.to_json(),
        "verdict": run.headline,
        "page": PAGE if (run.folder / PAGE).is_file() else None,
    }


def begun(state: State) -> str | None:
    """Time at which the last command of a run began, to the minute."""
    if not state.commands:
        return None
    return datetime.fromtimestamp(state.commands[-1]["at"]).isoformat(" ", "minutes")


def _best(state: State) -> float | None:
    """Best search score of all champions, by the study's objective."""
    if not state.has_baseline:
        return None
    scores = [searched(state, cell) for cell in cells_of(state)]
    return max((score for score in scores if score is not None), default=None)
