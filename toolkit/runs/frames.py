"""DataFrames of a run. pandas is imported when the first of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FRESH, Split
from ..records import Trial
from ..report.attempts import attempts
from ..report.cells import name as cell_name
from ..report.summary import reported

Row = dict[str, Any]
TRIALS = (
    "cell", "alias", "seed", "number", "status", "score", "best", "searched_for", "test", "share",
    "charged", "seconds", "cpu_s", "peak_rss_mb", "spent_s", "spent_tokens", "spent_usd", "cached",
    "kept", "in_champion", "withdrawn", "parent", "label", "note", "why", "digest", "overrides",
    "patch",
)  # fmt: skip
ITEMS = ("program", "split", "item", "cluster", "kind", "counts", "score", "baseline", "gain")
FIGURES = ("value", "enabling", "in_order", "left_out", "first_in")
ENDS = {"mean": "", "low": "_low", "high": "_high"}
OF_PART = ("part", "form", "label", "read", "reach", "trial", "note", "needs", "files", "sets")
PARTS = (
    "cell", *OF_PART, *(f"{name}{end}" for name in FIGURES for end in ENDS.values())
)  # fmt: skip
LOOKS = ("cell", "trial", "against", "limit", "times", "answers")
CELLS = (
    "cell", "alias", "seed", "searcher", "options", "models", "trials", "evaluations", "failed",
    "champion", "search", "test", "gain", "low", "high", "gap", "cpu_s", "wall_s", "tokens", "usd",
    "recorded", "ended",
)  # fmt: skip
STANDINGS = ("axis", "at", "searcher", "score", "improved", "leads", "gap", "low", "high", "p")
PAIRS = (
    "better", "worse", "gap", "low", "high", "p", "p_floor", "decided", "seeds", "clusters", "items"
)  # fmt: skip


def cells_of(state: State) -> Sequence[CellState]:
    """Cells of the last command, which had one budget; all on record where there is no command."""
    return reported(state) if state.commands else list(state.cells.values())


def trials(state: State) -> Any:
    """Attempts; beside the columns `params_*` with every parameter's value, defaults included."""
    rows = [row for cell in cells_of(state) for row in _trials(state, cell)]
    names = state.study.get("parameters", ())
    return _frame(rows, [*TRIALS, *(f"params_{name}" for name in names)])


def _trials(state: State, cell: CellState) -> Iterator[Row]:
    best = state.baseline_for(cell).score if state.has_baseline else None
    shown, defaults = state.objective.shown, state.study.get("defaults", {})
    for one in attempts(state, cell):
        start, trial = one.start, one.trial
        best = trial.score if trial and one.kept else best
        values = {**defaults, **start.candidate.overrides}
        yield {
            **{f"params_{name}": value for name, value in values.items()},
            **_asked(cell, start),
            **(_came(state, cell, trial) if trial else {}),
            "best": shown(best),
            "charged": one.charged,
            "kept": one.kept,
            "in_champion": one.in_champion,
            "withdrawn": one.withdrawn,
        }


def _asked(cell: CellState, start: Started) -> Row:
    candidate = start.candidate
    return {
        "cell": cell.name,
        "alias": cell.alias,
        "seed": cell.seed,
        "number": start.number,
        "searched_for": cell.objective,
        "share": start.share,
        "parent": candidate.parent,
        "label": candidate.label,
        "note": candidate.note,
        "digest": candidate.digest,
        "overrides": dict(candidate.overrides),
        "patch": candidate.patch,
    }


def _came(state: State, cell: CellState, trial: Trial) -> Row:
    shown, number = state.objective.shown, trial.number
    final = state.result_of(trial) if state.final == "test" else None
    return {
        "status": trial.status,
        "score": shown(trial.score),
        "test": shown(final.score) if final else None,
        "seconds": trial.usage.wall_s,
        "cpu_s": trial.usage.cpu_s,
        "peak_rss_mb": trial.usage.peak_rss_mb,
        "cached": trial.cached,
        "why": "" if trial.ok else trial.told,
        "spent_s": cell.used(number, "wall_s"),
        "spent_tokens": cell.used(number, "tokens"),
        "spent_usd": cell.used(number, "usd"),
    }


def items(state: State) -> Any:
    """Scores by item, in the objective's own direction; a gain above 0 is better in any."""
    return _frame([row for split in _splits(state) for row in _items(state, split)], ITEMS)


def _splits(state: State) -> list[Split]:
    if not state.study:
        return []
    return [*state.splits, *([FRESH] if state.has_fresh else [])]


def _items(state: State, split: Split) -> Iterator[Row]:
    base = _scores(state, None, split)
    if base is None:
        return
    homes, kinds = state.rows(split), state.study.get("kinds", {})
    counts, shown = set(state.counted(split)), state.objective.shown
    programs = {BASELINE: base}
    programs |= {
        cell.name: found
        for cell in cells_of(state)
        if (found := _scores(state, cell, split)) is not None
    }
    for program, scores in programs.items():
        for row, score in scores.items():
            yield {
                "program": program,
                "split": split,
                "item": row,
                "cluster": homes.get(row),
                "kind": kinds.get(row, ""),
                "counts": row in counts,
                "score": shown(score),
                "baseline": shown(base.get(row)),
                "gain": score - base[row] if row in base else None,
            }


def _scores(state: State, cell: CellState | None, split: Split) -> Mapping[str, float] | None:
    """Scores by row of a cell's champion, or of the baseline; None where it was not scored there.

    They are by the study's objective, also where another view was searched for.
    """
    champion = state.champion(cell) if cell and state.has_baseline else None
    if cell is None or champion is None or not champion.number:
        base = state.assessments.get((BASELINE, split))
        return base.items if base and base.ok else None
    subject = champion.candidate.digest
    if split == "search":
        if not cell.objective:
            return champion.items
        return state.viewed.get((subject, split), {}).get(state.objective.name)
    found = state.assessments.get((subject, split))
    return found.items if found and found.ok else None


def parts(state: State) -> Any:
    """Parts of the accounts of today's champions, each figure in three columns."""
    rows = []
    for cell in cells_of(state):
        account = state.accounts.get(cell.key)
        if account and account["champion"] == state.champion(cell).number:
            rows += [_part(cell.name, part) for part in account["parts"]]
    return _frame(rows, PARTS)


def _part(cell: str, part: Mapping[str, Any]) -> Row:
    row: Row = {"cell": cell, **{name: part.get(name) for name in OF_PART}}
    for name in FIGURES:
        figure = part.get(name) or {}
        row |= {f"{name}{suffix}": figure.get(end) for end, suffix in ENDS.items()}
    return row


def looks(state: State) -> Any:
    """Looks; times: how often each was told; answers: items whose gold answer it showed."""
    rows = [
        {**look._asdict(), "cell": cell.name, "times": cell.times[look], "answers": len(golds)}
        for cell in cells_of(state)
        for look, golds in cell.looks.items()
    ]
    return _frame(rows, LOOKS)


def cells(summary: Mapping[str, Any]) -> Any:
    """Cells of a summary."""
    return _frame(map(_cell, summary["cells"]), CELLS)


def _cell(cell: Mapping[str, Any]) -> Row:
    low, high = cell["interval"] or (None, None)
    failed = sum(count for status, count in cell["status"].items() if status != "ok")
    return {
        **cell,
        **cell["usage"],
        "cell": cell_name(cell),
        "low": low,
        "high": high,
        "failed": failed,
    }


def standings(summary: Mapping[str, Any]) -> Any:
    """Standings of a summary; the gap is that of the leader over the second."""
    rows = []
    for axis, checkpoints in summary["standings"].items():
        for at in checkpoints:
            for searcher, score in at["scores"].items():
                leads = searcher == at["leader"]
                row = {
                    "axis": axis, "at": at["at"], "searcher": searcher, "score": score,
                    "improved": searcher not in at["unimproved"], "leads": leads,
                }  # fmt: skip
                rows.append({**row, **(_lead(at) if leads else {})})
    return _frame(rows, STANDINGS)


def _lead(at: Mapping[str, Any]) -> Row:
    """Lead over the second; none where there is one searcher only."""
    low, high = at.get("interval") or (None, None)
    return {"gap": at.get("gap"), "low": low, "high": high, "p": at.get("p")}


def pairs(summary: Mapping[str, Any]) -> Any:
    """Pairs of a summary."""
    rows = []
    for pair in summary["pairs"]:
        low, high = pair["interval"]
        rows.append({**pair, "low": low, "high": high})
    return _frame(rows, PAIRS)


def _frame(rows: Any, columns: Sequence[str]) -> Any:
    """A DataFrame with these columns, also where there is no row."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns))
