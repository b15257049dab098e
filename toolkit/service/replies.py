"""Replies of the judge as JSON: scores in the objective's own direction, gains above 0 are good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..bench.differences import Difference
from ..bench.looks import KindScore
from ..ledger.cell import is_better
from ..records import Trial
from ..search.lab import Lab
from ..search.looks import Look
from ..study import space
from ..study.space import Param
from ..text import visible

Reply = dict[str, Any]


def best(lab: Lab) -> Trial:
    """The best trial of the whole search split so far, the first of equals; else the baseline."""
    found = lab.baseline
    for trial in sorted(lab.history, key=lambda one: one.number):
        if is_better(trial, found):
            found = trial
    return found


def trial(lab: Lab, found: Trial) -> Reply:
    """Everything about one trial that its searcher may know."""
    gap, look = lab.compare(found, lab.baseline), lab.look(found, limit=0)
    stands = standing(lab)
    return {
        "trial": found.number,
        "status": found.status,
        "score": lab.objective.shown(found.score),
        "baseline": _baseline(lab, found, gap),
        "gain": gap.gain,
        "interval": None if gap.low is None else [gap.low, gap.high],
        "noise": gap.noise,
        "is_best": found.number == stands["best"]["trial"],
        "kinds": {kind: _kind(one) for kind, one in look.kinds.items()},
        "failed": {kind: one.failed for kind, one in look.kinds.items() if one.failed is not None},
        "metrics": dict(found.metrics),
        "share": found.share,
        "seconds": found.usage.wall_s,
        "detail": visible(found.told),
        "output": visible(found.printed),
        **stands,
    }


def standing(lab: Lab) -> Reply:
    """Standing of a search: its objective, its best trial, what is left."""
    objective, found = lab.objective, best(lab)
    return {
        "objective": objective.name,
        "unit": objective.unit,
        "direction": objective.direction,
        "evidence": objective.evidence,
        "best": {"trial": found.number, "score": objective.shown(found.score)},
        **budget(lab),
    }


def budget(lab: Lab) -> Reply:
    """Trials that are left, and the other limits where there are any."""
    return {
        "left": lab.budget.left,
        "spent": lab.budget.spent,
        "total": lab.budget.total,
        "seconds_left": lab.budget.seconds_left,
        "usd_left": lab.budget.usd_left,
    }


def look(found: Look) -> Reply:
    """A look at a trial."""
    return {**asdict(found), "output": visible(found.output)}


def program(lab: Lab) -> Reply:
    """The program as a searcher may know it; the texts of its files are in the study's folder."""
    values = lab.params(type(lab.baseline.candidate)())
    return {
        "brief": lab.brief,
        **standing(lab),
        "baseline": lab.objective.shown(lab.baseline.score),
        "constraints": list(lab.constraints),
        "requires": list(lab.requires),
        "parameters": {
            name: {**_declared(param), "value": values[name]} for name, param in lab.space.items()
        },
        "editable": list(lab.editable),
        "blocks": lab.blocks,
        "files": _files(lab.tree, lab.sources),
    }


def _declared(param: Param) -> Reply:
    """A parameter without the texts of patches: what a switch changes is for a trial to tell."""
    return {key: value for key, value in space.to_json(param).items() if key != "patches"}


def _files(tree: Iterable[str], editable: Iterable[str]) -> list[Reply]:
    may = set(editable)
    return [{"path": path, "editable": path in may} for path in sorted(tree)]


def _kind(found: KindScore) -> Reply:
    return {"score": found.score, "baseline": found.baseline}


def _baseline(lab: Lab, found: Trial, gap: Difference) -> float | None:
    """Score of the unchanged program, on what the trial ran on."""
    if found.share == 1 or found.score is None or gap.gain is None:
        return lab.objective.shown(lab.baseline.score)
    return lab.objective.shown(found.score - gap.gain)
