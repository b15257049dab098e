"""What each part added in the order of acceptance, and what the champion loses without it.

Both depend on the order: the first answers "what did we see that day", the second counts what
two parts do together twice. They are labelled so wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..records import Candidate
from ..state import BASELINE, CellState, Split, State
from ..statistics import Estimate, clustered_mean
from .parts import Part, compose, parts

SPLIT: Split = "test"
METHOD = "order of acceptance and leave-one-out: both depend on the order of the parts"


@dataclass(frozen=True)
class Row:
    """None where the program does not build, failed or was not run."""

    part: Part
    in_order: Estimate | None
    left_out: Estimate | None
    problem: str = ""


def programs(state: State, cell: CellState) -> list[Candidate]:
    """Every program that the table needs, each once."""
    found = parts(state, cell)
    wanted = [compose(state, found[:n]) for n in range(1, len(found) + 1)]
    wanted += [compose(state, _without(found, n)) for n in range(len(found))]
    return list({c.digest: c for c in wanted if c is not None}.values())


def table(state: State, cell: CellState) -> list[Row]:
    """One row a part, from what is on record."""
    found = parts(state, cell)
    rows = []
    for n, part in enumerate(found):
        before, after = compose(state, found[:n]), compose(state, found[: n + 1])
        whole, rest = compose(state, found), compose(state, _without(found, n))
        problem = "a later edit needs it" if rest is None else ""
        rows.append(
            Row(part, _difference(state, after, before), _difference(state, whole, rest), problem)
        )
    return rows


def _without(found: Sequence[Part], n: int) -> list[Part]:
    return [*found[:n], *found[n + 1 :]]


def _items(state: State, candidate: Candidate | None) -> Mapping[str, float] | None:
    if candidate is None:
        return None
    subject = candidate.digest if candidate != Candidate() else BASELINE
    found = state.assessments.get((subject, SPLIT))
    return found.items if found and found.status == "ok" else None


def _difference(state: State, better: Candidate | None, worse: Candidate | None) -> Estimate | None:
    left, right = _items(state, better), _items(state, worse)
    if left is None or right is None:
        return None
    counted = state.counted(SPLIT)
    values = {item: left[item] - right[item] for item in counted}
    return clustered_mean(values, state.clusters(SPLIT))
