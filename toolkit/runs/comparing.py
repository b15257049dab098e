"""Two runs of one study beside each other: other seeds, models, budgets, or versions of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import UserError
from ..figures import counted
from ..intervals import gap
from ..ledger.subjects import BASELINE
from ..records import same
from ..report.comparisons import differences
from ..report.gaps import runs_of
from ..statistics import Estimate
from .frames import cells_of
from .listing import begun
from .run import Run

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
BETWEEN = re.compile(r"(?<=[.!?]) +")
ONE_VERSION = "Both runs are of the same version of the study."
OTHER_VERSION = (
    "The study changed between these runs{where}. Each gain is over the baseline of its own run, "
    "and no difference between the champions is worked out."
)
DIFFERENCE = (
    "A difference is of these champions on the same items, with its 95 % interval; it speaks of "
    "these runs, and several of them are not corrected for their number."
)
NOT_SAMPLED = (
    "No difference between the champions is worked out: each run drew seeds of its own for them, "
    "or their scores are no judgements of single items."
)
IN_STUDY = {
    "original": "code", "start": "starting patch", "space": "parameters",
    "items": "items and splits", "counted": "kinds that count", "replicates": "replicates",
    "isolation": "isolation", "constraints": "constraints", "bindings": "bindings",
    "roles": "roles",
}  # fmt: skip
"""{key of a study in the ledger: words for it}; what else the digest covers is not on record"""


def compare(one: Run, two: Run) -> dict[str, Any]:
    """Both runs as JSON: what differs in the commands, gains side by side, sentences that differ.

    Raises UserError where they are of different studies, or have nothing to report.
    """
    _check(one, two)
    version = one.state.study["digest"] == two.state.study["digest"]
    differ = version and _paired(one)
    first, second = one.summary, two.summary
    decimals = [run["decimals"] for run in (first, second) if run["decimals"] is not None]
    return {
        "study": one.study,
        "runs": [_named(one, two), _named(two, one)],
        "objective": first["objective"],
        "nouns": first["nouns"],
        "claim": first["claim"],
        "decimals": max(decimals) if len(decimals) == 2 else None,
        "replicates": first["replicates"],
        "same_version": version,
        "notes": [*_notes(one, two, version, differ), *_lacks(one, two)],
        "command": _command(one, two),
        "baseline": [run["baseline"]["test" if one.state.final == "test" else "search"]
                     for run in (first, second)],
        "gains": _gains(one, two, differ),
        "verdict": sentences(first["verdict"], second["verdict"]),
    }  # fmt: skip


def _lacks(one: Run, two: Run) -> list[str]:
    """Sentences on what the data lacked, with the run's name where only one of them says so."""
    first, second = (run.summary.get("lacks", ()) for run in (one, two))
    if first == second:
        return list(first)
    return [
        f"{_named(run, other)['run']}: {text}"
        for run, other, told in ((one, two, first), (two, one, second))
        for text in told
    ]


def _check(one: Run, two: Run) -> None:
    """Raises UserError for runs that have no scale in common."""
    show = f"`toolkit report {one.folder}` and `toolkit report {two.folder}` show each by itself"
    if one.study != two.study:
        raise UserError(
            f"{one.folder} is a run of study {one.study!r} and {two.folder} one of {two.study!r}: "
            f"their scores are of different data and have no scale in common; {show}"
        )
    states = one.reportable, two.reportable
    told = [(state.objective.to_json(), state.claim) for state in states]
    if told[0] != told[1]:
        both = " and ".join(
            f"{goal['name']} ({goal['direction']}, {claim})" for goal, claim in told
        )
        raise UserError(
            f"{one.folder} and {two.folder} decide by different numbers, {both}, which have no "
            f"scale in common; {show}"
        )


def _named(run: Run, other: Run) -> dict[str, Any]:
    """Names that tell two runs apart, also where their folders have one name."""
    name = run.name if run.name != other.name else str(run.folder)
    return {"run": name, "at": begun(run.state), "digest": run.state.study["digest"]}


def _paired(run: Run) -> bool:
    """True where scores of two runs are of the same rows: the study's items, judged.

    Seeds of replicates are drawn for each run, and a meter's noise is not in the rows.
    """
    state = run.state
    judged = state.objective.evidence == "judged"
    once = state.study.get("replicates", {}).get("final", 1) == 1
    return judged and once and state.claim in ("sealed", "exact")


def _notes(one: Run, two: Run, version: bool, differ: bool) -> list[str]:
    if not version:
        changed = ", ".join(_changed(one, two))
        where = f" (its {changed})" if changed else " (its task, its data or its limits)"
        return [OTHER_VERSION.format(where=where)]
    return [ONE_VERSION, DIFFERENCE if differ else NOT_SAMPLED]


def _changed(one: Run, two: Run) -> list[str]:
    """Words for what of two versions of a study differs, as far as the ledger holds it."""
    studies = one.state.study, two.state.study
    return [what for key, what in IN_STUDY.items() if not same(*(s.get(key) for s in studies))]


def _command(one: Run, two: Run) -> list[dict[str, Any]]:
    """Facts of both commands, those first that differ."""
    facts = _facts(one), _facts(two)
    rows: list[dict[str, Any]] = [
        {"what": what, "values": values, "differs": values[0] != values[1]}
        for what in dict.fromkeys([*facts[0], *facts[1]])
        if (values := [fact.get(what, "-") for fact in facts])
    ]
    return sorted(rows, key=lambda row: not row["differs"])


def _facts(run: Run) -> dict[str, str]:
    state = run.state
    command = state.commands[-1]
    seconds, after = command.get("max_seconds"), state.findings.get("after") or {}
    found = {
        "budget": counted(state.budget, "trial"),
        "seconds a cell": "no limit" if seconds is None else f"{seconds:g} s",
        "waiting for a model is counted": "yes" if command.get("count_waiting") else "no",
        "isolation": state.isolation,
        "after the search": str(after.get("level", "full")),
    }
    by_alias: dict[str, list[Any]] = {}
    for cell in cells_of(state):
        by_alias.setdefault(cell.alias, []).append(cell)
    for alias, cells in by_alias.items():
        first = cells[0]
        found[f"searcher behind {alias}"] = first.searcher
        found[f"seeds of {alias}"] = ", ".join(str(cell.seed) for cell in cells)
        found[f"options of {alias}"] = _pairs(first.options)
        found[f"model of {alias}"] = _models(cells)
    return found


def _pairs(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(options.items())) or "none"


def _models(cells: Iterable[Any]) -> str:
    """Models that replied, and where no reply is on record the one that was asked for."""
    replied = {one.model for cell in cells for one in cell.completions.values()}
    asked = {cell.model for cell in cells if cell.model}
    return ", ".join(sorted(replied or asked)) or "none"


def _gains(one: Run, two: Run, differ: bool) -> list[dict[str, Any]]:
    """A row for each searcher of either run; None stands for what a run did not decide on."""
    sides = [_against_baseline(run) for run in (one, two)]
    rows = []
    for alias in dict.fromkeys([*sides[0], *sides[1]]):
        both = [side.get(alias) for side in sides]
        found = _difference(one, two, alias) if differ and all(both) else None
        rows.append({
            "searcher": alias,
            "gains": both,
            "difference": found.figure() if found else None,
        })  # fmt: skip
    return rows


def _against_baseline(run: Run) -> dict[str, dict[str, Any]]:
    """{searcher: gain over the baseline, with interval, decision, seeds}."""
    kept = {cell["alias"]: True for cell in run.summary["cells"]}
    for cell in run.summary["cells"]:
        kept[cell["alias"]] &= cell["champion"] == 0
    return {
        pair["better"]: {
            "mean": pair["gap"], "low": pair["interval"][0], "high": pair["interval"][1],
            "decided": pair["decided"], "seeds": pair["seeds"], "kept": kept[pair["better"]],
        }
        for pair in run.summary["pairs"]
        if pair["worse"] == BASELINE
    }  # fmt: skip


def _difference(one: Run, two: Run, alias: str) -> Estimate | None:
    """Lead of the second run's champions over those of the first, on the same items."""
    found = [
        runs_of(run.state, [run.state.champion(cell) for cell in _of(run, alias)])
        for run in (one, two)
    ]
    return gap(one.state, differences(found[1], found[0])) if all(found) else None


def _of(run: Run, alias: str) -> Sequence[Any]:
    return [cell for cell in cells_of(run.state) if cell.alias == alias]


def sentences(one: str, two: str) -> dict[str, Any]:
    """Sentences of two verdicts: in both, in both with other numbers, and in one of them."""
    first, second = BETWEEN.split(one), BETWEEN.split(two)
    both = [text for text in first if text in second]
    rest = [text for text in first if text not in both]
    others = [text for text in second if text not in both]
    pairs, left = [], []
    for text in rest:
        match = next((other for other in others if _form(other) == _form(text)), None)
        if match is None:
            left.append(text)
        else:
            others.remove(match)
            pairs.append([text, match])
    return {"both": both, "other_numbers": pairs, "only": [left, others]}


def _form(text: str) -> str:
    """A sentence without its numbers."""
    return NUMBER.sub("#", text)
