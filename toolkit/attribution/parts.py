"""A champion taken apart: changed parameters and accepted edits, and how to put some together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .. import patch
from ..errors import PatchError
from ..records import Candidate, Trial
from ..state import CellState, State


@dataclass(frozen=True)
class Part:
    """One cause on the champion's line. diff: against the tree just before it, or ""."""

    name: str
    kind: Literal["parameter", "edit"]
    label: str
    overrides: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    diff: str = ""
    note: str = ""


def pristine(state: State) -> dict[str, str]:
    """The editable files that candidates are patches against."""
    return patch.apply(state.study["original"], state.study["start"])


def line(cell: CellState, champion: Trial) -> list[Trial]:
    """The champion and the accepted trials that it was built on, the oldest first."""
    found = [champion]
    while (parent := found[-1].candidate.parent) and parent in cell.trials:
        found.append(cell.trials[parent])
    return found[::-1]


def parts(state: State, cell: CellState) -> list[Part]:
    """The champion's parts in the order in which they were accepted; empty for the baseline.

    A step that only sets parameters is one part a parameter, in the order of their declaration;
    any other step is one part.
    """
    champion = cell.champion(state.baseline)
    if not champion.number:
        return []
    order = state.study["parameters"]
    before, tree, found = Candidate(), pristine(state), []
    for trial in line(cell, champion):
        after = trial.candidate
        step, tree = _step(state, trial, before, tree)
        found += _split(step, order) if not step.diff else [step]
        before = after
    return found


def _step(
    state: State, trial: Trial, before: Candidate, tree: Mapping[str, str]
) -> tuple[Part, dict[str, str]]:
    after = trial.candidate
    defaults = state.study["defaults"]
    grown = patch.apply(pristine(state), after.patch)
    changed = {
        name: value
        for name, value in after.overrides.items()
        if value != before.overrides.get(name, defaults[name])
    }
    part = Part(
        name=f"edit {trial.number}",
        kind="edit",
        label=after.label or "",
        overrides=changed,
        dropped=tuple(sorted(set(before.overrides) - set(after.overrides))),
        diff=patch.make(tree, grown),
        note=after.note,
    )
    return part, grown


def _split(step: Part, order: Sequence[str]) -> list[Part]:
    """One part a parameter; a parameter set back to its default is a part as well."""
    return [
        Part(name, "parameter", "hyperparameter", {name: step.overrides[name]}, note=step.note)
        if name in step.overrides
        else Part(name, "parameter", "hyperparameter", {}, (name,), note=step.note)
        for name in order
        if name in step.overrides or name in step.dropped
    ]


def compose(state: State, chosen: Sequence[Part]) -> Candidate | None:
    """These parts, in their order, as one candidate; None where an edit needs one left out."""
    overrides: dict[str, Any] = {}
    base = pristine(state)
    tree = base
    try:
        for part in chosen:
            overrides.update(part.overrides)
            for name in part.dropped:
                overrides.pop(name, None)
            tree = patch.apply(tree, part.diff)
    except PatchError:
        return None
    return Candidate(overrides, patch.make(base, tree))
