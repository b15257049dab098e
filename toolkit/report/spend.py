"""Spend of a run by role: the searcher's model, the programs, attribution, checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FLOOR, FRESH
from ..records import Scored, Usage, together
from . import answers, models, outside

PROGRAMS = "programs, in the search"
MODEL = "language model or agent of the searcher"
SCORES = "scores where results count"
FLOORS = "baseline and floors"
ATTRIBUTION = "attribution"
CHECKS = "integrity checks"
_OF_CHECKS = ("A/A run", "another order", "half batches", "symmetric rule", "without rare words")


def spend(state: State, cells: Sequence[CellState]) -> list[dict[str, Any]]:
    """A row for each role: who, evaluations, seconds of programs and of waiting, tokens, dollars.

    None is unknown, which is not 0.
    """
    rows = [row for cell in cells for row in _of_cell(cell)]
    by_role: dict[str, list[Scored]] = {FLOORS: [], SCORES: [], CHECKS: []}
    for (subject, split), found in state.assessments.items():
        by_role[_role(subject, split)].append(found)
    after = [_row(role, "host", some) for role, some in by_role.items() if some]
    attributed = state.attribution_usage
    if attributed.wall_s:
        after.append({**_figures(ATTRIBUTION, "host", attributed), "evaluations": None})
    if used := together(answers.total(state.assessments.values()), attributed.answers):
        after.append(answers.row("host", used))
    return rows + after


def _role(subject: str, split: str) -> str:
    if subject.startswith(_OF_CHECKS):
        return CHECKS
    if subject == BASELINE or subject.startswith(FLOOR) or split == FRESH:
        return FLOORS if split != FRESH else SCORES
    return SCORES


def _of_cell(cell: CellState) -> list[dict[str, Any]]:
    found = [_row(PROGRAMS, cell.name, cell.trials.values())]
    if used := answers.total(cell.trials.values()):
        found.append(answers.row(cell.name, used))
    if cell.completions or cell.sessions:
        waited = models.usage(cell).get("waited_s")
        own = sum(one.wall_s for one in cell.sessions.values()) if cell.sessions else waited
        found.append(
            {
                "role": MODEL,
                "who": cell.name,
                "evaluations": None,
                "calls": len(cell.completions) or len(cell.sessions),
                "cpu_s": None,
                "seconds": own,
                "tokens": outside.usage(cell, "tokens"),
                "usd": outside.usage(cell, "usd"),
            }
        )
    return found


def _row(role: str, who: str, results: Iterable[Scored]) -> dict[str, Any]:
    some = list(results)
    total = sum((one.usage for one in some), Usage())
    return {**_figures(role, who, total), "evaluations": len(some)}


def _figures(role: str, who: str, usage: Usage) -> dict[str, Any]:
    return {
        "role": role,
        "who": who,
        "calls": None,
        "cpu_s": usage.cpu_s,
        "seconds": usage.wall_s,
        "tokens": usage.tokens,
        "usd": usage.usd,
    }
