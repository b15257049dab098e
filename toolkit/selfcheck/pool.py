"""Pool of outputs that programs of a study really gave, from which made programs draw theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..bench.bench import Bench
from ..errors import UserError
from ..ledger.subjects import SPLITS, Split
from ..records import Candidate, Scored, canonical, digest
from ..study import task as tasks
from ..study.study import Study
from ..suitability.runs import drawn

SETTINGS = 12
"""random settings of the parameters that run once, beside the unchanged program"""


@dataclass(frozen=True)
class Pool:
    """Outputs of each item, the worse ones first. items: {context: {input: item}}, as digests."""

    outputs: Mapping[str, Sequence[Any]]
    items: Mapping[str, Mapping[str, str]]

    def asked(self, call: bytes) -> list[str]:
        """Items that a call asks about, in its order."""
        context, inputs = json.loads(call)
        known = self.items[_mark(context)]
        return [known[_mark(one)] for one in inputs]


def require(study: Study) -> None:
    """Refuse a study whose programs cannot be made: raises UserError."""
    problem = ""
    if study.claim != "sealed" or study.objective.evidence != "judged":
        problem = "it has no sealed split, or its scores are not judged from outputs"
    elif study.script or study.arguments != "run":
        problem = "its program does not answer call by call"
    elif not study.space:
        problem = "it declares no parameters, so that no other outputs are known"
    if problem:
        raise UserError(
            f"{study.name} cannot be checked: {problem}; name another study, or leave it out: the "
            "toy takes its place"
        )


def gathered(bench: Bench) -> Pool:
    """Outputs of the unchanged program and of random settings, on both splits.

    Raises UserError where the unchanged program does not run, or all score the same.
    """
    candidates = [Candidate(), *drawn(bench, SETTINGS)]
    outputs: dict[str, Sequence[Any]] = {}
    for split in SPLITS:
        ran = [bench.run(one, split, once=True) for one in candidates]
        if not ran[0].ok:
            raise UserError(f"the unchanged program failed: {ran[0].status}: {ran[0].detail}")
        whole = [one for one in ran if one.ok and one.outputs]
        if len({one.score for one in whole}) == 1:
            raise UserError(
                f"{bench.study.name} cannot be checked: {len(candidates)} settings of its "
                "parameters all score the same"
            )
        outputs |= _ranked(bench, split, whole)
    return Pool(outputs, _places(bench))


def _ranked(bench: Bench, split: Split, ran: Sequence[Scored]) -> dict[str, list[Any]]:
    """{item: its outputs by rising score}; of the whole program where items have no score."""

    def rank(item: str) -> list[Any]:
        ranked = sorted(ran, key=lambda one: one.items.get(item, one.score or 0.0))
        return [(one.outputs or {})[item] for one in ranked]

    return {item.id: rank(item.id) for items in bench.items[split] for item in items}


def _places(bench: Bench) -> dict[str, dict[str, str]]:
    contexts = tasks.contexts(bench.task)
    found: dict[str, dict[str, str]] = {}
    for split in SPLITS:
        for items in bench.items[split]:
            for item in items:
                found.setdefault(_of(contexts, item.call), {})[_mark(item.input)] = item.id
    return found


def _of(contexts: Mapping[str, Any], call: str) -> str:
    return _mark(contexts[call])


def _mark(value: Any) -> str:
    return _digest(canonical(value))


@lru_cache(maxsize=4096)
def _digest(text: str) -> str:
    return digest(text)
