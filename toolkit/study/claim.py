"""Objective of a study, and its claim: [objective], [names], [splits], [replicates].

Each table is read by itself; contradictions between two tables are told as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..errors import near_misses
from . import pairing
from .constraint import Constraint
from .objective import (
    AGGREGATES,
    DIRECTIONS,
    EVIDENCE,
    METRICS,
    NOISY,
    UNITS,
    Claim,
    Nouns,
    Objective,
)
from .toml import Table

REPLICATES, NONE = "replicates", "none"
FRESH = "fresh"
FINAL = 5
"""replicates of a claim about a program's own noise, where the study does not say"""
_TEST = 'a list of clusters, "replicates", "none" or a share of the clusters such as 0.5'
_Splits = tuple[dict[str, tuple[str, ...]], Claim, dict[str, str]]
SHARES = (0.01, 0.99)
"""of the clusters, that a number under [splits] test may seal"""


@dataclass(frozen=True)
class Replicates:
    """Evaluations of one candidate, a seed each: of every trial, and of what is scored at last."""

    search: int = 1
    final: int = 1


def read(table: Table) -> dict[str, Any]:
    """Fields of the Study. table: the whole study file."""
    goal, names = table.table("objective", optional=True), table.table("names", optional=True)
    splits, repeats = table.table("splits"), table.table(REPLICATES, optional=True)
    objective, constraints = _objective(goal), _constraints(goal)
    clusters, claim, pairs = _splits(splits, objective)
    sealed = _sealed(splits)
    fields = {
        "objective": objective,
        "constraints": constraints,
        "nouns": _nouns(names),
        "splits": clusters,
        "fresh_of": pairs,
        "claim": claim,
        "sealed": sealed,
        "replicates": _replicates(repeats, claim),
    }
    _contradictions(table, objective, claim)
    for inner in (goal, names, splits, repeats):
        inner.reject_unread()
    return fields


def _objective(table: Table) -> Objective:
    evidence: Any = table.one_of("evidence", EVIDENCE, default="judged")
    measured = evidence == "measured"
    metric = ""
    if measured or "metric" in table.raw:
        metric = table.one_of("metric", METRICS, default="") if "metric" in table.raw else ""
    standard = Objective(
        name=metric or "score",
        unit=UNITS.get(metric, ""),
        direction="minimize" if measured else "maximize",
    )
    direction: Any = table.one_of("direction", DIRECTIONS, default=standard.direction)
    aggregate: Any = table.one_of("aggregate", AGGREGATES, default="mean")
    return Objective(
        name=_word(table, "name", standard.name),
        unit=table.text("unit", default=standard.unit),
        direction=direction,
        evidence=evidence,
        aggregate=aggregate,
        metric=metric,
    )


def _word(table: Table, key: str, default: str) -> str:
    found = table.text(key, default=default)
    if not found.strip():
        table.problem(key, "must be a word, and is empty")
    return found


def _constraints(table: Table) -> tuple[Constraint, ...]:
    given = table.either("constraint", default=(), what="a text or a list of texts")
    found = []
    for text in [given] if isinstance(given, str) else given:
        try:
            found.append(Constraint.parse(text))
        except ValueError as error:
            table.problem("constraint", str(error))
    return tuple(found)


def _nouns(table: Table) -> Nouns:
    found: dict[str, str] = {}
    for key in ("item", "cluster", "output"):
        if key in table.raw:
            found |= _noun(table, key)
        else:
            table.text(key, default="")  # a known key
    return Nouns(**found)


def _noun(table: Table, key: str) -> Mapping[str, str]:
    """{field: word}: one word takes an s for several."""
    what = f'a word such as "{key}", or two, [one, several], such as ["query", "queries"]'
    told = len(table.problems)
    given = table.either(key, what=what)
    words = [given, f"{given}s"] if isinstance(given, str) else given
    if len(words) != 2 or not all(word.strip() for word in words):
        if len(table.problems) == told:
            table.problem(key, f"must be {what}, got {table.raw[key]!r}")
        return {}
    return {key: words[0], f"{key}s": words[1]}


def _splits(table: Table, objective: Objective) -> _Splits:
    """{split: its clusters}, the claim, and {fresh cluster: searched one of its source}.

    No cluster is named where a split is of all of them, or where the test split is drawn.
    """
    if _is_share(table.raw.get("test")):
        if "search" in table.raw:
            table.problem("search", "is left out where test is a share: the other clusters are it")
            table.texts("search")
        _reject_fresh(table)
        return {"search": (), "test": ()}, "sealed", {}
    given = table.either("test", what=_TEST)
    if isinstance(given, str):
        search = tuple(table.texts("search", default=()))
        _check_split(table, "search", search, named="search" in table.raw)
        _reject_fresh(table)
        return {"search": search}, _claim(table, given, objective), {}
    splits = {"search": tuple(table.texts("search")), "test": tuple(given)}
    fresh, pairs = pairing.read(table, splits["search"])
    if table.raw.get(FRESH, []) != []:  # [] takes off the one of the study that is extended
        splits[FRESH] = fresh
    for split, clusters in splits.items():
        named = bool(clusters) or table.raw.get(split) in ([], {})  # else it is told already
        _check_split(table, split, clusters, named=named)
    for one, other in combinations(splits, 2):
        overlap = set(splits[one]) & set(splits[other])
        if overlap:
            verb = "is" if len(overlap) == 1 else "are"
            table.problem("", f"{', '.join(sorted(overlap))} {verb} in both {one} and {other}")
    return splits, "sealed", pairs


def _reject_fresh(table: Table) -> None:
    """Note a third split where the other two are not named."""
    table.know(FRESH)
    if table.raw.get(FRESH, []) != []:
        table.problem(
            FRESH,
            "lies between search and test, and is read where both are lists of clusters: name the "
            "clusters of search and test, or leave fresh out (fresh = [] over a study that has it)",
        )


def _is_share(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _sealed(table: Table) -> float:
    """Share of the clusters that [splits] test seals; 0 where it names them, or is none."""
    if not _is_share(table.raw.get("test")):
        return 0.0
    return table.number("test", default=0.5, low=SHARES[0], high=SHARES[1])


def _check_split(table: Table, split: str, clusters: tuple[str, ...], *, named: bool) -> None:
    if named and (len(clusters) != len(set(clusters)) or not clusters):
        table.problem(split, "must name at least one cluster, each once")


def _claim(table: Table, test: str, objective: Objective) -> Claim:
    if test == REPLICATES:
        return "replicates"
    if test != NONE:
        hint = near_misses(test, (REPLICATES, NONE))
        table.problem("test", f'must be {_TEST} (one cluster is ["{test}"]), got "{test}"{hint}')
    return "reported" if objective.evidence == "reported" else "exact"


def _replicates(table: Table, claim: Claim) -> Replicates:
    usual = FINAL if claim == "replicates" else 1
    found = Replicates(
        table.integer("search", default=1, low=1), table.integer("final", default=usual, low=1)
    )
    if claim == "replicates" and found.final == 1 and "final" in table.raw:
        table.problem(
            "final",
            'must be at least 2 where splits.test = "replicates": one run under another seed says '
            "nothing of the program's noise, so that nothing could be decided (without this key it "
            f"is {FINAL})",
        )
    if claim in ("exact", "reported") and "final" in table.raw:
        table.problem(
            "final",
            'says how often the test split is run, and splits.test = "none" leaves it out: leave '
            'this key out too, or write test = "replicates"',
        )
    return found


def _contradictions(table: Table, objective: Objective, claim: Claim) -> None:
    """Note contradictions between two keys."""
    allowed = ", ".join(f'"{name}"' for name in METRICS)
    given = table.raw.get("objective", {})
    metric = "metric" in given if isinstance(given, dict) else False
    if objective.evidence == "measured" and not metric:
        table.problem(
            "objective.metric", f'is missing: evidence = "measured" reads one of {allowed}'
        )
    if objective.evidence != "measured" and metric:
        table.problem(
            "objective.metric",
            f'is read where evidence = "measured", and evidence is "{objective.evidence}": write '
            'evidence = "measured", or leave metric out',
        )
    if objective.evidence == "measured" and objective.pooled:
        table.problem(
            "objective.aggregate",
            'is "pooled", of the outputs of a split, and evidence = "measured" reads one number '
            'of an evaluation: write aggregate = "mean", or leave it out',
        )
    if objective.metric in NOISY and claim == "exact":
        table.problem(
            "splits.test",
            f'is "none", which says that a score is exact, and {objective.metric} differs from run '
            'to run: write test = "replicates"',
        )
