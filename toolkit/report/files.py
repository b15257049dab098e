"""The files of a report: summary.json, the table as text, and the champions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..atomic import replacing
from ..errors import UserError
from ..ledger.cell import CellState
from ..ledger.state import State
from ..llm.recorded import dump
from ..records import encodable
from ..text import visible_json
from . import tables
from .gaps import level
from .summary import reported, summarise
from .written import whole_patch

PLOTS = "plots"


def write(state: State, folder: Path, *, plots: bool = True) -> dict[str, Any]:
    """Write every file of the report into a folder; returns the summary."""
    make_folder(folder)
    summary = summarise(state)
    told = visible_json(json.dumps(summary, indent=2, ensure_ascii=False))
    replace(folder / "summary.json", told + "\n")
    replace(folder / "table.txt", tables.text(summary))
    for cell in reported(state):
        write_champion(state, cell, folder)
    if plots:
        from . import plots as pictures  # takes a second to import, so only where they are drawn

        pictures.write(state, folder / PLOTS)
    return summary


def write_recording(state: State, cell: CellState, path: Path, model: str | None) -> None:
    """The cell's journal, also an unfinished one; raises UserError where it is empty."""
    if not cell.completions:
        raise UserError(f"{cell.name} has no completions on record")
    champion = state.champion(cell)
    result = state.result_of(champion)
    header = {
        "study": state.study["name"],
        "digest": state.study["digest"],
        "cell": {"searcher": cell.searcher, "options": dict(cell.options), "seed": cell.seed},
        "model": model or "",
        "provider": next(iter(cell.completions.values())).provider,
        "trials": len(cell.trials),
        "champion": {
            "trial": champion.number,
            "digest": champion.candidate.digest,
            "search": level(state, champion),
            "test": level(state, result) if state.final == "test" else None,
        },
    }
    make_folder(path.parent)
    replace(path, dump(header, cell.completions.values()))


def make_folder(folder: Path) -> None:
    """Raises UserError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}") from error


def write_champion(state: State, cell: CellState, folder: Path) -> tuple[Path, Path]:
    """champion-<alias>-<seed>.json and .patch; the paths of both."""
    champion = state.champion(cell).candidate
    stem = folder / f"champion-{cell.name}"
    content = {"overrides": dict(champion.overrides), "patch": champion.patch}
    data, edit = stem.with_name(stem.name + ".json"), stem.with_name(stem.name + ".patch")
    replace(data, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    replace(edit, whole_patch(state, champion))
    return data, edit


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises UserError where the folder takes no file."""
    try:
        with replacing(path) as sink:
            sink.write(encodable(text).encode())
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}; mend that, or give another folder with "
            "--out"
        ) from error
