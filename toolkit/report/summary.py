"""The machine-readable result of a run: `summary.json` (docs/summary.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from ..integrity.section import section as integrity
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FLOOR, SPLITS, WRONG_CONTEXT, wrong_context
from ..records import OF_ANSWERS, STATUSES, Trial
from ..statistics import Estimate
from . import (
    answers,
    beside,
    floors,
    fresh,
    models,
    omissions,
    outside,
    planted,
    shaped,
    shown,
    stages,
    switches,
    transfers,
)
from .gaps import gain, level, searched
from .noise import replicated
from .outcomes import outcomes
from .searchers import searchers
from .standings import standings
from .verdict import verdict
from .views import FAILED, FINDING, quoted, views
from .wording import Wording, wording

FORMAT = 2
REASON_CHARS = 160


def summarise(state: State) -> dict[str, Any]:
    """Everything in docs/summary.md; figures are None where they are not known yet."""
    cells = reported(state)
    words = wording(state, cells)
    places = standings(state, cells)
    seen = views(state, cells)
    decided = verdict(state, cells, places, words, seen)
    checked = integrity(state, cells)
    after = state.findings.get(omissions.FINDING)
    return {
        "format": FORMAT,
        "study": state.study["name"],
        "digest": state.study["digest"],
        "objective": words.objective.to_json(),
        "decimals": words.figures.decimals,
        "claim": words.claim,
        "nouns": words.nouns.to_json(),
        "replicates": {"search": 1, "final": 1, **state.study.get("replicates", {})},
        "noise": _noise(state),
        "budget": state.budget,
        "max_seconds": state.commands[-1]["max_seconds"],
        "count_waiting": state.commands[-1].get("count_waiting", False),
        "isolation": state.isolation,
        "baseline": _baseline(state),
        "floors": _floors(state),
        "cells": [_cell(state, cell) for cell in cells],
        "left_out": [cell.key for cell in left_out(state)],
        "findings": {**state.findings, **_disagreements(seen), **_unviewed(state)},
        "test_openings": len(state.openings),
        "integrity": {**checked, "checks": outcomes(checked, words, after)},
        "attribution": attribution(state),
        "searchers": searchers(state, cells),
        "standings": places,
        "axis_notes": models.axis_notes(cells),
        "pairs": decided["pairs"],
        "verdict": decided["text"],
        "verdict_short": decided["short"],
        **({"views": seen} if seen else {}),
        **transfers.section(state, cells),
        **planted.section(state),
        **answers.section(state),
        **_unusual(state, words),
        **switches.section(state, cells),
    }


def _disagreements(seen: Mapping[str, Any] | None) -> dict[str, Any]:
    return {FINDING: seen["disagreements"]} if seen and seen["disagreements"] else {}


def _unviewed(state: State) -> dict[str, Any]:
    """Views that could not judge some programs: a rule of the study that raises is a mistake."""
    failed = {
        view: {
            "programs": len({subject for subject, _ in found}),
            "example": next(iter(found.values())),
        }
        for view, found in state.unviewed.items()
    }
    return {FAILED: failed} if failed else {}


def _unusual(state: State, words: Wording) -> dict[str, Any]:
    """Keys of few studies: what a reported score is worth, the best number known elsewhere, and
    what the data lacked.
    """
    known = state.study.get("reference")
    return {
        **({"caution": words.caution} if words.caution else {}),
        **({"reference": known} if known is not None else {}),
        **({"lacks": state.study["lacks"]} if state.study.get("lacks") else {}),
    }


def reported(state: State) -> Sequence[CellState]:
    """The cells of the last command: those, and only those, had one budget."""
    return [state.cells[key] for key in state.commands[-1]["cells"] if key in state.cells]


def left_out(state: State) -> Sequence[CellState]:
    """Cells of earlier commands, which may have had another budget or other options."""
    asked = set(state.commands[-1]["cells"])
    return [cell for key, cell in state.cells.items() if key not in asked]


def _noise(state: State) -> dict[str, Any] | None:
    """Spread of the baseline over its replicates where scores decide; None without replicates."""
    found = replicated(state, [state.baseline])
    return {"sd": found.sd, "replicates": found.runs, "split": found.split} if found else None


def _baseline(state: State) -> dict[str, Any]:
    found = {split: state.assessments.get((BASELINE, split)) for split in SPLITS}
    return {
        **{split: level(state, one) for split, one in found.items()},
        "by_kind": {split: dict(one.metrics) for split, one in found.items() if one},
    }


def _floors(state: State) -> dict[str, Any]:
    found_floors: dict[str, dict[str, Any]] = {}
    for (subject, split), found in state.assessments.items():
        if subject.startswith(FLOOR):
            row = found_floors.setdefault(subject.removeprefix(FLOOR), {})
            row[split] = level(state, found)
            row["output"] = found.detail if found.ok else ""
            if beside_it := beside.section(state, found):
                row.setdefault("beside", {})[split] = beside_it
    return found_floors


def _cell(state: State, cell: CellState) -> dict[str, Any]:
    champion = state.champion(cell)
    result, estimate = state.result_of(champion), gain(state, cell)
    final = result if state.final == "test" else None
    usage = cell.usage
    return {
        "alias": cell.alias,
        "searcher": cell.searcher,
        "seed": cell.seed,
        "options": dict(cell.options),
        **({"searched_for": cell.objective} if cell.objective else {}),
        "trials": cell.charged / state.study["full"],
        "evaluations": len(cell.started),
        "candidates": len({start.candidate.digest for start in cell.started.values()}),
        "full_share": sum(t.ok and t.share == 1 for t in cell.trials.values()),
        "status": status_counts(cell),
        "failures": failed_trials(cell),
        "cached": sum(trial.cached for trial in cell.trials.values()),
        "champion": champion.number,
        "search": state.objective.shown(searched(state, cell)),
        "test": level(state, final),
        "test_status": final.status if final else None,
        "gain": estimate.mean if estimate else None,
        "interval": bounds(estimate),
        "gap": _gap(state, cell, estimate) if final else None,
        "fresh": fresh.section(state, cell),
        "wrong_context": _wrong_context(state, champion),
        "over_floor": floors.section(state, cell),
        "by_kind": dict(result.metrics) if result else {},
        "usage": {
            "wall_s": usage.wall_s,
            "cpu_s": usage.cpu_s,
            "tokens": outside.usage(cell, "tokens"),
            "usd": outside.usage(cell, "usd"),
            **({"gpu_s": usage.gpu_s} if usage.gpu_s else {}),
            **models.usage(cell),
            **answers.usage(cell),
        },
        "recorded": any(one.recorded for one in cell.completions.values()),
        "completions": len(cell.completions),
        "looks": shown.section(cell),
        "unanswered": cell.requested - len(cell.completions),
        "models": sorted({one.model for one in cell.completions.values()}),
        "ended": cell.ended["status"] if cell.ended else "unfinished",
        "detail": cell.ended["detail"] if cell.ended else "",
        "stopped": bool(cell.ended and cell.ended.get("stopped")),
        "mismatches": cell.ended.get("mismatches", 0) if cell.ended else 0,
        "diverged": bool(cell.ended and cell.ended["diverged"]),
        **outside.section(state, cell),
        **stages.section(cell),
    }


def _gap(state: State, cell: CellState, found: Estimate | None) -> float | None:
    """Part of the gain on the search split that did not carry over to the split that decides."""
    score = searched(state, cell)
    if found is None or score is None or state.baseline.score is None:
        return None
    return score - state.baseline.score - found.mean


def _wrong_context(state: State, champion: Trial) -> float | None:
    """The level of the champion's program on the test split, with another call's context."""
    subject = wrong_context(champion) if champion.number else f"{FLOOR}{WRONG_CONTEXT}"
    return level(state, state.assessments.get((subject, "test")))


def attribution(state: State) -> dict[str, Any]:
    """{"split", "cells": {cell: its champion's account}}, without the values of single items."""
    accounts = {
        cell.name: _account(state, state.accounts[cell.key])
        for cell in reported(state)
        if cell.key in state.accounts
    }
    return {"split": state.final, "cells": accounts}


def _account(state: State, account: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {"format", "key", "by_item"}
    found = {name: value for name, value in account.items() if name not in hidden}
    found |= quoted(state, account)
    return found | shaped.section(found)


def bounds(estimate: Estimate | None) -> list[float | None] | None:
    return [estimate.low, estimate.high] if estimate else None


def failed_trials(cell: CellState) -> list[dict[str, Any]]:
    """{"status", "trials", "example"} of each kind of failure; its first trial is the example."""
    found: dict[str, list[Trial]] = {}
    for _, trial in sorted(cell.trials.items()):
        if not trial.ok:
            found.setdefault(trial.status, []).append(trial)
    return [
        {"status": status, "trials": len(trials), "example": reason(trials[0])}
        for status, trials in found.items()
    ]


def reason(trial: Trial) -> str:
    """Reason of a failed trial, in one line: the last of a traceback, the first of a refusal.

    What a program printed says it only where the program ended without a word to the host.
    """
    lines = [line.strip() for line in trial.told.splitlines() if line.strip()] or [""]
    if lines[-1].startswith("exited with ") and trial.printed.strip():
        lines = trial.printed.strip().splitlines()
    return shorten(lines[0 if trial.status == "invalid" else -1], REASON_CHARS, placeholder="…")


def status_counts(cell: CellState) -> Mapping[str, int]:
    """{status: evaluations}, every status named; those of answers where there are any."""
    counts = Counter(trial.status for trial in cell.trials.values())
    named = [one for one in STATUSES if one not in OF_ANSWERS or counts[one]]
    return {status: counts.get(status, 0) for status in named}
