"""The machine-readable result of a run: `summary.json` (docs/summary.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from ..integrity.section import section as integrity
from ..ledger.state import (
    BASELINE,
    WRONG_MEMORY,
    Assessment,
    CellState,
    Split,
    State,
    wrong_memory,
)
from ..records import OUTPUT, STATUSES, Trial
from ..statistics import Estimate, clustered_mean
from .outcomes import outcomes
from .searchers import searchers
from .standings import standings
from .verdict import verdict

REASON_CHARS = 160


def summarise(state: State) -> dict[str, Any]:
    """Everything in docs/summary.md; figures are None where they are not known yet."""
    cells = [_cell(state, cell) for cell in reported(state)]
    places = standings(state, reported(state))
    decided = verdict(state, reported(state), places)
    checked = integrity(state, reported(state))
    return {
        "study": state.study["name"],
        "digest": state.study["digest"],
        "budget": state.budget,
        "max_seconds": state.commands[-1]["max_seconds"],
        "isolation": state.isolation,
        "baseline": _baseline(state),
        "floors": _floors(state),
        "cells": cells,
        "left_out": [cell.key for cell in left_out(state)],
        "findings": dict(state.findings),
        "test_openings": len(state.openings),
        "integrity": {**checked, "checks": outcomes(checked)},
        "attribution": attribution(state),
        "searchers": searchers(state, reported(state)),
        "standings": places,
        "pairs": decided["pairs"],
        "verdict": decided["text"],
    }


def reported(state: State) -> Sequence[CellState]:
    """The cells of the last command: those, and only those, had one budget."""
    return [state.cells[key] for key in state.commands[-1]["cells"] if key in state.cells]


def left_out(state: State) -> Sequence[CellState]:
    """Cells of earlier commands, which may have had another budget or other options."""
    asked = set(state.commands[-1]["cells"])
    return [cell for key, cell in state.cells.items() if key not in asked]


def gain(state: State, trial: Trial) -> Estimate | None:
    """Gain over the baseline on the test split, paired by question."""
    result, base = state.result_of(trial), state.assessments.get((BASELINE, "test"))
    if result is None or base is None or result.status != "ok":
        return None
    counted = state.counted("test")
    differences = {item: result.items[item] - base.items[item] for item in counted}
    return clustered_mean(differences, state.clusters("test"))


def _baseline(state: State) -> dict[str, Any]:
    found: dict[Split, Assessment | None] = {
        split: state.assessments.get((BASELINE, split)) for split in ("search", "test")
    }
    return {
        **{split: one.score if one else None for split, one in found.items()},
        "by_category": {split: dict(one.metrics) for split, one in found.items() if one},
    }


def _floors(state: State) -> dict[str, Any]:
    floors: dict[str, dict[str, Any]] = {}
    for (subject, split), found in state.assessments.items():
        if subject.startswith("floor:"):
            row = floors.setdefault(subject.removeprefix("floor:"), {})
            row[split] = found.score
            row["answer"] = found.detail
    return floors


def _cell(state: State, cell: CellState) -> dict[str, Any]:
    champion = state.champion(cell)
    result, estimate = state.result_of(champion), gain(state, champion)
    usage = cell.usage
    return {
        "alias": cell.alias,
        "searcher": cell.searcher,
        "seed": cell.seed,
        "options": dict(cell.options),
        "trials": cell.charged / state.study["full"],
        "evaluations": len(cell.started),
        "candidates": len({start.candidate.digest for start in cell.started.values()}),
        "full_share": sum(t.ok and t.share == 1 for t in cell.trials.values()),
        "status": status_counts(cell),
        "failures": failures(cell),
        "cached": sum(trial.cached for trial in cell.trials.values()),
        "champion": champion.number,
        "search": champion.score,
        "test": result.score if result else None,
        "test_status": result.status if result else None,
        "test_gain": estimate.mean if estimate else None,
        "interval": bounds(estimate),
        "wrong_memory": _wrong_memory(state, champion),
        "by_category": dict(result.metrics) if result else {},
        "usage": {
            "wall_s": usage.wall_s,
            "cpu_s": usage.cpu_s,
            "tokens": usage.tokens,
            "usd": usage.usd,
        },
        "recorded": any(one.recorded for one in cell.completions.values()),
        "completions": len(cell.completions),
        "unanswered": cell.requested - len(cell.completions),
        "models": sorted({one.model for one in cell.completions.values()}),
        "ended": cell.ended["status"] if cell.ended else "unfinished",
        "detail": cell.ended["detail"] if cell.ended else "",
        "mismatches": cell.ended.get("mismatches", 0) if cell.ended else 0,
        "diverged": bool(cell.ended and cell.ended["diverged"]),
    }


def _wrong_memory(state: State, champion: Trial) -> float | None:
    """The champion's program on other conversations' turns, on the test split."""
    subject = wrong_memory(champion) if champion.number else f"floor:{WRONG_MEMORY}"
    found = state.assessments.get((subject, "test"))
    return found.score if found else None


def attribution(state: State) -> dict[str, Any]:
    """{"split", "cells": {cell: its champion's account}}; the questions' own values stay out."""
    accounts = {
        cell.name: {
            name: value
            for name, value in state.accounts[cell.key].items()
            if name not in {"key", "questions"}
        }
        for cell in reported(state)
        if cell.key in state.accounts
    }
    return {"split": "test", "cells": accounts}


def bounds(estimate: Estimate | None) -> list[float | None] | None:
    return [estimate.low, estimate.high] if estimate else None


def failures(cell: CellState) -> list[dict[str, Any]]:
    """{"status", "trials", "example"} of each kind of failure: the reason of its first trial."""
    found: dict[str, list[Trial]] = {}
    for _, trial in sorted(cell.trials.items()):
        if not trial.ok:
            found.setdefault(trial.status, []).append(trial)
    return [
        {"status": status, "trials": len(trials), "example": reason(trials[0])}
        for status, trials in found.items()
    ]


def reason(trial: Trial) -> str:
    """One line: a traceback says it in its last one, a refusal in its first.

    What a program printed says it only where the program ended without a word to us.
    """
    told, _, printed = trial.detail.partition(OUTPUT)
    lines = [line.strip() for line in told.splitlines() if line.strip()] or [""]
    if lines[-1].startswith("exited with ") and printed.strip():
        lines = printed.strip().splitlines()
    return shorten(lines[0 if trial.status == "invalid" else -1], REASON_CHARS, placeholder="…")


def status_counts(cell: CellState) -> Mapping[str, int]:
    """{status: evaluations}, every status named."""
    counts = Counter(trial.status for trial in cell.trials.values())
    return {status: counts.get(status, 0) for status in STATUSES}
