"""The integrity findings of a run, from its ledger alone (docs/integrity.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import take_apart
from ..ledger.state import (
    BASELINE,
    SPLITS,
    WRONG_MEMORY,
    Assessment,
    CellState,
    Split,
    State,
    wrong_memory,
)
from ..statistics import Estimate, clustered_mean
from . import plan

CHECKS = tuple(f"{check}:" for check in (*plan.RERUNS, plan.SYMMETRIC, plan.REDACTED))
FLOOR = "floor:"
LENGTHS = ("answer_words", "answer_parts")


def section(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """Figures are None where a check was not run, or could not be."""
    return {
        "scope": _scope(state),
        "noise_floor": {split: _rerun(state, plan.AGAIN, BASELINE, split) for split in SPLITS},
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
    """What decides whether a check applies to this study at all."""
    calls = Counter(state.clusters("test").values())
    reach = state.checks.get((plan.REACH, plan.STUDY))
    return {
        "conversations": len(calls),
        "most_questions": max(calls.values(), default=0),
        "parameters": len(state.study["defaults"]),
        "reach": reach,
    }


def _why_unchecked(state: State, cell: CellState) -> str:
    champion = state.champion(cell)
    if not champion.number:
        return "its champion is the unchanged program"
    result = state.result_of(champion)
    return f"its champion has no score on test ({result.status if result else 'not run'})"


def _champion(state: State, cell: CellState) -> dict[str, Any]:
    program = plan.program(state, cell)
    edits = [part for part in take_apart(state, cell).parts if part.form == "edit"]
    held = state.checks.get((plan.HELD, program)) or {}
    return {
        **_program(state, program),
        "edits": len(edits),
        "labelled": sum(bool(part.label) for part in edits),
        "again": _rerun(state, plan.AGAIN, program, "test"),
        "symmetric_gain": _symmetric_gain(state, program),
        "repeated_answers": state.checks.get((plan.REPEATED, program)),
        "gold_ngrams": state.checks.get((plan.GOLD, program)),
        "rare_words": state.checks.get((plan.RARE, program)),
        "without_rare_words": _redacted(state, program),
        **{key: held.get(key) for key in ("unreadable", "decoders", "many", "held")},
        "other_conversations": _elsewhere(state, cell),
        "format_edits": [
            {"edit": part.name, "note": part.note} for part in edits if part.label == "format"
        ],
    }


def _program(state: State, program: str) -> dict[str, Any]:
    """What is asked of the baseline and of the champions alike."""
    result, symmetric = _test(state, program), _test(state, plan.subject(plan.SYMMETRIC, program))
    return {
        **{name: result.metrics.get(name) if result else None for name in LENGTHS},
        "symmetric": _level(state, symmetric.score) if symmetric else None,
        "symmetric_by_category": _moved(state, result, symmetric),
        "another_order": _rerun(state, plan.ORDER, program, "test"),
        "half_batches": _rerun(state, plan.HALVES, program, "test"),
        "more_parts": state.checks.get((plan.PARTS, program)),
    }


def _elsewhere(state: State, cell: CellState) -> dict[str, Any] | None:
    """The same questions asked of other conversations, where nobody can know the answers.

    kept: the share of the gain that is left there; None where there is no gain.
    """
    champion = state.champion(cell)
    scores = [
        found.score if found else None
        for found in (
            state.result_of(champion),
            _test(state, BASELINE),
            _test(state, wrong_memory(champion)),
            _test(state, f"{FLOOR}{WRONG_MEMORY}"),
        )
    ]
    if None in scores:
        return None
    own, base, other, other_base = (float(score or 0) for score in scores)
    kept = (other - other_base) / (own - base) if own > base else None
    shown = state.objective.shown
    return {"score": shown(other), "baseline": shown(other_base), "kept": kept}


def _moved(
    state: State, official: Assessment | None, symmetric: Assessment | None
) -> dict[str, list[float]]:
    """{kind: [official score, symmetric score]} of the kinds where the rules differ."""
    if official is None or symmetric is None or not (official.ok and symmetric.ok):
        return {}
    pairs = {
        kind: [official.metrics[kind], symmetric.metrics[kind]]
        for kind in sorted(set(state.study["kinds"].values()) & set(official.metrics))
    }
    return {kind: pair for kind, pair in pairs.items() if pair[0] != pair[1]}


def _rerun(state: State, check: str, program: str, split: Split) -> dict[str, Any] | None:
    """The same program once more: answers that differ, and the score's difference."""
    again = plan.subject(check, program)
    known = state.assessments.get((again, split))
    if known is None:
        return None
    counts = state.checks.get((f"{plan.DIFFERENCES} on {split}", again)) or {}
    first = state.assessments[program, split]
    return {
        "status": known.status,
        "questions": counts.get("questions"),
        "answers_differ": counts.get("answers"),
        "retrieved_differ": counts.get("retrieved"),
        "items": counts.get("items"),
        **_spread("difference", _paired(state, known, first, split)),
    }


def _symmetric_gain(state: State, program: str) -> dict[str, Any] | None:
    """The champion's gain by the symmetric rule, and how much more the official one gives."""
    pairs = [
        (_test(state, name), _test(state, plan.subject(plan.SYMMETRIC, name)))
        for name in (program, BASELINE)
    ]
    (official, symmetric), (base, base_symmetric) = pairs
    gain = _paired(state, symmetric, base_symmetric, "test")
    if gain is None or official is None or base is None:
        return None
    more = {
        item: official.items[item]
        - base.items[item]
        - symmetric.items[item]  # type: ignore[union-attr]
        + base_symmetric.items[item]  # type: ignore[union-attr]
        for item in state.counted("test")
    }
    official_gain = _paired(state, official, base, "test")
    return {
        **_spread("gain", gain),
        "official_gain": official_gain.mean if official_gain else None,
        **_spread("official_adds", clustered_mean(more, state.rows("test"))),
    }


def _redacted(state: State, program: str) -> dict[str, Any] | None:
    found = _test(state, plan.subject(plan.REDACTED, program))
    if found is None:
        return None
    change = _paired(state, found, _test(state, program), "test")
    return {
        "status": found.status,
        "score": _level(state, found.score),
        "detail": found.detail,
        **_spread("difference", change),
    }


def _below_floors(state: State, cells: Sequence[CellState]) -> list[dict[str, Any]]:
    """Programs that a floor equals or beats on the test split."""
    programs = {BASELINE: BASELINE}
    programs |= {c.name: plan.program(state, c) for c in cells if plan.scored(state, c)}
    floors = _floors(state)
    return [
        {
            "program": name,
            "floor": floor,
            "score": _level(state, result.score),
            "floor_score": _level(state, score),
        }
        for name, program in programs.items()
        if (result := _test(state, program)) and result.score is not None
        for floor, score in floors.items()
        if score >= result.score
    ]


def _floors(state: State) -> dict[str, float]:
    """{name: score on the test split}"""
    return {
        subject.removeprefix(FLOOR): found.score
        for (subject, split), found in state.assessments.items()
        if subject.startswith(FLOOR) and split == "test" and found.score is not None
    }


def _level(state: State, score: float | None) -> float | None:
    """A score of the host as people read it."""
    return None if score is None else state.objective.shown(score)


def _test(state: State, subject: str) -> Assessment | None:
    return state.assessments.get((subject, "test"))


def _paired(
    state: State, one: Assessment | None, other: Assessment | None, split: Split
) -> Estimate | None:
    """Difference over the counted questions; None where one of them has no score."""
    if one is None or other is None or not (one.ok and other.ok):
        return None
    values = {item: one.items[item] - other.items[item] for item in state.counted(split)}
    return clustered_mean(values, state.rows(split))


def _spread(name: str, estimate: Estimate | None) -> dict[str, Any]:
    return {
        name: estimate.mean if estimate else None,
        f"{name}_interval": [estimate.low, estimate.high] if estimate else None,
    }
