"""Rows of a run's tables, as plain values: trials, items, parts, standings, looks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..ledger.subjects import Split
from ..records import Scored, Trial
from ..report.attempts import attempts
from ..report.gaps import searched_rows
from ..report.summary import reported, summarise
from .moments import Moments

Row = Mapping[str, Any]
COLUMNS: Mapping[str, Sequence[str]] = {
    "trials": (
        "cell", "searcher", "seed", "trial", "parent", "status", "score", "searched_for", "share",
        "smoke", "kept",
        "in_champion", "withdrawn", "label", "note", "overrides", "lines_added", "lines_removed",
        "digest", "charged", "wall_s", "cpu_s", "peak_rss_mb", "tokens", "usd", "cached", "detail",
        "began", "ended",
    ),
    "items": (
        "split", "item", "cluster", "kind", "counted", "cell", "searcher", "seed", "trial",
        "status", "score",
    ),
    "parts": (
        "cell", "part", "form", "trial", "label", "read", "why", "reach", "note", "sets", "files",
        "needs", "value", "value_low", "value_high", "enabling", "enabling_low", "enabling_high",
        "left_out", "left_out_low", "left_out_high", "first_in", "first_in_low", "first_in_high",
        "in_order", "in_order_low", "in_order_high",
    ),
    "standings": (
        "axis", "at", "searcher", "level", "improved", "leader", "second", "gap", "gap_low",
        "gap_high", "p",
    ),
    "looks": (
        "cell", "searcher", "seed", "trial", "against", "limit", "times", "answers_shown",
    ),
}  # fmt: skip
"""{table: its columns}; a table without rows has them, too"""
FIGURES = ("value", "enabling", "left_out", "first_in", "in_order")


def tables(state: State, times: Moments) -> dict[str, list[Row]]:
    """{table: rows}, of the cells of the last command."""
    cells, summary = reported(state), summarise(state)
    return {
        "trials": [row for cell in cells for row in trials(state, cell, times)],
        "items": list(items(state, cells)),
        "parts": list(parts(summary)),
        "standings": list(standings(summary)),
        "looks": [row for cell in cells for row in looks(cell)],
    }


def trials(state: State, cell: CellState, times: Moments) -> Iterator[Row]:
    """A row for each attempt, also for one that has not finished; its status is None."""
    for one in attempts(state, cell):
        began, ended = times.get((cell.key, one.number), (None, None))
        yield {
            **_whose(cell), "searched_for": cell.objective, **_asked(one.start),
            **_came(state, one.trial), "kept": one.kept,
            "in_champion": one.in_champion, "withdrawn": one.withdrawn, "charged": one.charged,
            "began": began, "ended": ended,
        }  # fmt: skip


def _whose(cell: CellState) -> dict[str, Any]:
    return {"cell": cell.name, "searcher": cell.alias, "seed": cell.seed}


def _asked(start: Started) -> dict[str, Any]:
    candidate = start.candidate
    lines = candidate.patch.splitlines()
    return {
        "trial": start.number, "parent": candidate.parent, "share": start.share,
        "smoke": start.smoke, "label": candidate.label, "note": candidate.note,
        "overrides": as_json(candidate.overrides), "digest": candidate.digest,
        "lines_added": sum(one.startswith("+") and not one.startswith("+++ ") for one in lines),
        "lines_removed": sum(one.startswith("-") and not one.startswith("--- ") for one in lines),
    }  # fmt: skip


def _came(state: State, trial: Trial | None) -> dict[str, Any]:
    """Outcome of an attempt; its score is in the objective's own direction."""
    if trial is None:
        return {"status": None}
    used = trial.usage
    return {
        "status": trial.status, "score": state.objective.shown(trial.score),
        "wall_s": used.wall_s, "cpu_s": used.cpu_s, "peak_rss_mb": used.peak_rss_mb,
        "tokens": used.tokens, "usd": used.usd, "cached": trial.cached, "detail": trial.detail,
    }  # fmt: skip


def items(state: State, cells: Sequence[CellState]) -> Iterator[Row]:
    """A row for each item, split and program: the baseline and the champions.

    An item without a row was not evaluated, which is not failed.
    """
    for split in state.splits:
        base = state.baseline if split == "search" else state.result_of(state.baseline)
        scores = base.items if base else {}
        yield from _items(state, split, base, scores, {"cell": "baseline", "trial": 0})
        for cell in cells:
            champion = state.champion(cell)
            found = champion if split == "search" else state.result_of(champion)
            scores = found.items if found else {}
            if split == "search":  # by the study's objective, also where a view was searched for
                scores = searched_rows(state, cell) or {}
            whose = {**_whose(cell), "trial": champion.number}
            yield from _items(state, split, found, scores, whose)


def _items(
    state: State, split: Split, found: Scored | None, scores: Mapping[str, float], whose: Row
) -> Iterator[Row]:
    rows, counted = state.rows(split), set(state.counted(split))
    for item, score in scores.items():
        yield {
            "split": split, "item": item, "cluster": rows.get(item),
            "kind": state.study["kinds"].get(item), "counted": item in counted, **whose,
            "status": found.status if found else None, "score": state.objective.shown(score),
        }  # fmt: skip


def parts(summary: Row) -> Iterator[Row]:
    """A row for each part of each champion, with both solution concepts and their intervals."""
    for cell, account in summary["attribution"]["cells"].items():
        for part in account["parts"]:
            named = ("part", "form", "trial", "label", "read", "why", "reach", "note")
            row = {"cell": cell, **{name: part.get(name) for name in named}}
            row |= {name: as_json(part.get(name)) for name in ("sets", "files", "needs")}
            for name in FIGURES:
                row |= _figure(name, part.get(name))
            yield row


def _figure(name: str, found: Row | None) -> dict[str, Any]:
    figure = found or {"mean": None, "low": None, "high": None}
    return {name: figure["mean"], f"{name}_low": figure["low"], f"{name}_high": figure["high"]}


def standings(summary: Row) -> Iterator[Row]:
    """A row for each axis, checkpoint and searcher."""
    for axis, checkpoints in summary["standings"].items():
        for point in checkpoints:
            low, high = point.get("interval") or (None, None)
            for searcher, level in point["scores"].items():
                yield {
                    "axis": axis, "at": point["at"], "searcher": searcher, "level": level,
                    "improved": searcher not in point["unimproved"], "leader": point["leader"],
                    "second": point.get("second"), "gap": point.get("gap"), "gap_low": low,
                    "gap_high": high, "p": point.get("p"),
                }  # fmt: skip


def looks(cell: CellState) -> Iterator[Row]:
    """A row for each look at answers that the cell's searcher had."""
    for look, golds in cell.looks.items():
        yield {
            **_whose(cell), **look._asdict(), "times": cell.times[look],
            "answers_shown": len(golds),
        }  # fmt: skip


def as_json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)
