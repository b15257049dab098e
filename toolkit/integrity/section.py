"""The integrity findings of a run, from its ledger alone (docs/integrity.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import take_apart
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FLOOR, SPLITS, WRONG_CONTEXT, wrong_context
from ..records import Scored
from . import plan
from .reruns import moved, redacted, rerun, symmetric_gain, tested

CHECKS = tuple(f"{check}:" for check in (*plan.RERUNS, plan.SYMMETRIC, plan.REDACTED))
LENGTHS = {
    "output_words": ("words", "answer_words"),
    "output_parts": ("parts", "answer_parts"),
}
"""{key here: (what the check calls it, the metric that ledgers of format 1 hold)}"""
WORDS = {"answer": "output", "answers": "outputs"}
"""{key in the ledger: key here}"""


def section(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """Figures are None where a check was not run, or could not be."""
    return {
        "scope": _scope(state),
        "noise_floor": {split: rerun(state, plan.AGAIN, BASELINE, split) for split in SPLITS},
        "baseline": _program(state, BASELINE),
        "champions": {
            cell.name: _champion(state, cell) for cell in cells if plan.scored(state, cell)
        },
        "unchecked": {
            cell.name: _why_unchecked(state, cell) for cell in cells if not plan.scored(state, cell)
        },
        "gold_in_prompts": {
            cell.name: state.checks.get((plan.PROMPTS, cell.key))
            for cell in cells
            if cell.completions
        },
        "dead_parameters": state.findings.get("dead_parameters"),
        "dead_parameters_skipped": state.findings.get("dead_parameters_skipped", ""),
        "floors": sorted(_floors(state)),
        "below_floors": _below_floors(state, cells),
        "openings": openings(state),
        "unaccounted": {
            cell.name: cell.ended["unaccounted"]
            for cell in cells
            if cell.ended and "unaccounted" in cell.ended  # older ledgers do not say
        },
        "cpu_s": sum(
            found.usage.cpu_s
            for (subject, _), found in state.assessments.items()
            if subject.startswith(CHECKS)
        ),
    }


def openings(state: State) -> Mapping[str, int]:
    """{purpose: how many times the test split was opened for it}"""
    return dict(Counter(one.get("purpose") or f"by {one['by']}" for one in state.openings))


def _scope(state: State) -> dict[str, Any]:
    """Figures that decide whether a check applies to this study at all."""
    calls = plan.items_by_call(state)
    reach = state.checks.get((plan.REACH, plan.STUDY))
    return {
        "calls": len(calls),
        "wrong_context": state.study.get("wrong_context", True),  # older ledgers do not say
        "most_items": max(calls.values(), default=0),
        "parameters": len(state.study["defaults"]),
        "reach": reach,
        "sealed": state.claim == "sealed",
        "replicates": plan.replicates(state),
    }


def _why_unchecked(state: State, cell: CellState) -> str:
    standing = state.standing(cell)
    if not standing.improved:
        return "the champion is the unchanged program"
    result = standing.result
    where = "on test" if state.claim == "sealed" else "on other seeds"
    return f"its champion has no score {where} ({result.status if result else 'not run'})"


def _champion(state: State, cell: CellState) -> dict[str, Any]:
    program = plan.program(state, cell)
    edits = [part for part in take_apart(state, cell).parts if part.form == "edit"]
    held = state.checks.get((plan.HELD, program)) or {}
    return {
        **_program(state, program),
        "edits": len(edits),
        "labelled": sum(bool(part.label) for part in edits),
        "again": rerun(state, plan.AGAIN, program, state.final),
        "symmetric_gain": symmetric_gain(state, program),
        "repeated_outputs": _repeated(state, program),
        "gold_ngrams": state.checks.get((plan.GOLD, program)),
        "searched_items": state.checks.get((plan.SEARCHED, program)),
        "rare_words": state.checks.get((plan.RARE, program)),
        "without_rare_words": redacted(state, program),
        **{key: held.get(key) for key in ("unreadable", "decoders", "many", "held")},
        "wrong_context": _elsewhere(state, cell),
        "format_edits": [
            {"edit": part.name, "note": part.note} for part in edits if part.label == "format"
        ],
    }


def _program(state: State, program: str) -> dict[str, Any]:
    """Results of the checks that baseline and champions share."""
    result, symmetric = tested(state, program), tested(state, plan.subject(plan.SYMMETRIC, program))
    return {
        **_lengths(state, program, result),
        "symmetric": state.objective.shown(symmetric.score if symmetric else None),
        "symmetric_by_kind": moved(state, result, symmetric),
        "another_order": rerun(state, plan.ORDER, program, state.final),
        "half_batches": rerun(state, plan.HALVES, program, state.final),
        "more_parts": _more_parts(state, program),
    }


def _more_parts(state: State, program: str) -> dict[str, Any] | None:
    known = state.checks.get((plan.PARTS, program))
    return _worded(known) if known else None


def _repeated(state: State, program: str) -> dict[str, Any] | None:
    """{kind: its commonest output, how often, of how many}"""
    kinds = state.checks.get((plan.REPEATED, program))
    return None if kinds is None else {kind: _worded(row) for kind, row in kinds.items()}


def _worded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A check's row in the ledger, in the words of a summary."""
    return {WORDS.get(key, key): value for key, value in row.items() if key != "lengths"}


def _lengths(state: State, program: str, result: Scored | None) -> dict[str, float | None]:
    """Mean words and comma-separated parts of an answer where scores decide."""
    found = (state.checks.get((plan.PARTS, program)) or {}).get("lengths")
    if found:
        return {name: found[key] for name, (key, _) in LENGTHS.items()}
    return {
        name: result.metrics.get(metric) if result else None
        for name, (_, metric) in LENGTHS.items()
    }


def _elsewhere(state: State, cell: CellState) -> dict[str, Any] | None:
    """The same inputs in the contexts of other calls, where nobody can know the answers.

    kept: the share of the gain that is left there; None where there is no gain.
    """
    champion = state.champion(cell)
    programs = (
        state.result_of(champion),
        tested(state, BASELINE),
        tested(state, wrong_context(champion)),
        tested(state, f"{FLOOR}{WRONG_CONTEXT}"),
    )
    scores = [found.score for found in programs if found and found.score is not None]
    if len(scores) < len(programs):
        return None
    own, base, other, other_base = scores
    kept = (other - other_base) / (own - base) if own > base else None
    shown = state.objective.shown
    return {"score": shown(other), "baseline": shown(other_base), "kept": kept}


def _below_floors(state: State, cells: Sequence[CellState]) -> list[dict[str, Any]]:
    """Programs that a floor equals or beats where scores decide."""
    programs = {BASELINE: BASELINE}
    programs |= {c.name: plan.program(state, c) for c in cells if plan.scored(state, c)}
    floors = _floors(state)
    return [
        {
            "program": name,
            "floor": floor,
            "score": state.objective.shown(result.score),
            "floor_score": state.objective.shown(score),
        }
        for name, program in programs.items()
        if (result := tested(state, program)) and result.score is not None
        for floor, score in floors.items()
        if score >= result.score
    ]


def _floors(state: State) -> dict[str, float]:
    """{name: score on the split that decides}"""
    return {
        subject.removeprefix(FLOOR): found.score
        for (subject, split), found in state.assessments.items()
        if subject.startswith(FLOOR) and split == state.final and found.score is not None
    }
