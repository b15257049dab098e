"""Anatomy of a champion: its changed parameters and accepted edits, and programs made of some."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from ..ledger.cell import CellState
from ..ledger.state import State
from ..patches import diff, patch
from ..records import Candidate, Trial, same
from ..study import space
from .weave import Block, Weave


@dataclass(frozen=True)
class Part:
    """One piece of a champion whose value is asked.

    form: a parameter that was set, a switch (which is one, too), or an edit. label: the searcher's
    claim, or "". overrides and dropped: parameters set, and set back to their defaults. blocks:
    places of the code that it changes. trial: number of the trial that was accepted with it.
    """

    name: str
    form: Literal["parameter", "switch", "edit"]
    label: str
    overrides: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    note: str = ""
    trial: int = 0

    @property
    def settings(self) -> set[str]:
        """Names of the parameters that it touches."""
        return {*self.overrides, *self.dropped}


@dataclass(frozen=True)
class Anatomy:
    """A champion's parts in the order of acceptance, and the weave that their blocks lie in."""

    pristine: Mapping[str, str]
    defaults: Mapping[str, Any]
    weave: Weave
    parts: tuple[Part, ...]

    def tree(self, chosen: Collection[int]) -> dict[str, str]:
        """Editable files with some parts in them. chosen: places in `parts`."""
        return self.weave.tree({b.number for n in chosen for b in self.parts[n].blocks})

    def candidate(self, chosen: Collection[int]) -> Candidate:
        """Candidate made of these parts; equal programs are equal candidates."""
        return self._made(frozenset(chosen))

    @cached_property
    def _made(self) -> Callable[[frozenset[int]], Candidate]:
        """Cached `_make`: planning, running and computing figures ask for the same programs."""
        return lru_cache(maxsize=4096)(self._make)

    def _make(self, chosen: frozenset[int]) -> Candidate:
        values: dict[str, Any] = {}
        for n in sorted(chosen):
            values.update(self.parts[n].overrides)
            for name in self.parts[n].dropped:
                values.pop(name, None)
        return normal(Candidate(values, self._patch(chosen)), self.defaults)

    def _patch(self, chosen: Collection[int]) -> str:
        return diff.make(self.pristine, self.tree(chosen))

    @property
    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.parts)))

    @cached_property
    def needs(self) -> dict[int, set[int]]:
        """{part: parts that it needs by its text}: it changes what they wrote, or stands in it.

        A parameter that is set anew needs the part that set it before.
        """
        owner = {block.number: n for n, part in enumerate(self.parts) for block in part.blocks}
        found: dict[int, set[int]] = {}
        for n, part in enumerate(self.parts):
            texts = {owner[one] for block in part.blocks for one in block.requires}
            before = {m for m in range(n) if self.parts[m].settings & part.settings}
            found[n] = (texts | before) - {n}
        return found

    def fits(self, chosen: Collection[int]) -> bool:
        """True if every part finds the text that it changes or stands in."""
        return all(self.needs[n] <= set(chosen) for n in chosen)

    def split(self, place: int, smaller: Sequence[Part]) -> Anatomy:
        """Anatomy in which one part is replaced by the smaller ones that it consists of."""
        parts = (*self.parts[:place], *smaller, *self.parts[place + 1 :])
        return replace(self, parts=parts)


def normal(candidate: Candidate, defaults: Mapping[str, Any]) -> Candidate:
    """Candidate without the values that equal the defaults, so that equal programs are equal."""
    told = {
        name: value
        for name, value in candidate.overrides.items()
        if name not in defaults or not same(value, defaults[name])
    }
    return Candidate(dict(sorted(told.items())), candidate.patch)


def defaults_of(state: State, *, edited: bool) -> dict[str, Any]:
    """{parameter: the value that a program has without being told one}

    edited: of programs whose code was changed. A parameter that is bound to a place of the code has
    then whatever stands there, and the study's default is a value like any other.
    """
    bound = state.study.get("bindings", {}) if edited else {}
    return {name: value for name, value in state.study["defaults"].items() if name not in bound}


def declared(state: State) -> dict[str, space.Param]:
    """The study's parameters; older ledgers do not know them."""
    return {name: space.from_json(one) for name, one in state.study.get("space", {}).items()}


def settled(candidate: Candidate, known: Mapping[str, space.Param]) -> Candidate:
    """Candidate with the values that its program gets: a Float's 1 is 1.0."""
    return replace(candidate, overrides=space.settled(known, candidate.overrides))


def pristine(state: State) -> dict[str, str]:
    """The editable files that candidates are patches against."""
    return patch.apply(state.study["original"], state.study["start"])


def line(cell: CellState, champion: Trial) -> list[Trial]:
    """Champion and the accepted trials that it was built on, the oldest first."""
    found = [champion]
    while (parent := _built_on(cell, found[-1])) is not None:
        found.append(parent)
    return found[::-1]


def _built_on(cell: CellState, trial: Trial) -> Trial | None:
    """Trial that the searcher named as the parent, if it is an earlier one that ran; else None.

    A trial that names itself, or a later one, would lead round in a circle.
    """
    parent: Any = trial.candidate.parent
    known = cell.trials.get(parent) if isinstance(parent, int) and parent < trial.number else None
    return known if known is not None and known.ok else None


def take_apart(state: State, cell: CellState) -> Anatomy:
    """Anatomy of a cell's champion; without parts if that is the baseline.

    A step that only sets parameters gives one part per parameter, in the order of their
    declaration; any other step is one part.
    """
    champion = state.champion(cell)
    steps = line(cell, champion) if champion.number else []
    base = pristine(state)
    defaults = defaults_of(state, edited=any(trial.candidate.patch for trial in steps))
    weave, before, found = Weave(base), Candidate(), list[Part]()
    known = declared(state)
    for trial in steps:
        after = settled(trial.candidate, known)
        blocks = weave.step(patch.apply(base, after.patch))
        step = _step(trial.number, before, after, defaults, blocks)
        found += (
            [step]
            if step.blocks
            else settings(step, state.study["parameters"], space.switches(known))
        )
        before = after
    return Anatomy(base, defaults, weave, tuple(found))


def _step(
    trial: int,
    before: Candidate,
    after: Candidate,
    defaults: Mapping[str, Any],
    blocks: Sequence[Block],
) -> Part:
    old, new = ({**defaults, **one.overrides} for one in (before, after))
    changed = {
        name: value for name, value in new.items() if name not in old or not same(value, old[name])
    }
    dropped = {n for n, value in changed.items() if n in defaults and same(value, defaults[n])}
    dropped |= old.keys() - new.keys()
    return Part(
        name=f"edit {trial}",
        form="edit",
        label=after.label or "",
        overrides={name: value for name, value in changed.items() if name not in dropped},
        dropped=tuple(sorted(dropped)),
        blocks=tuple(blocks),
        note=after.note,
        trial=trial,
    )


def settings(step: Part, order: Sequence[str], switches: Collection[str] = ()) -> list[Part]:
    """One part per parameter, also for a parameter that is set back to its default."""
    return [
        Part(
            name=name,
            form="switch" if name in switches else "parameter",
            label="hyperparameter",
            overrides={name: step.overrides[name]} if name in step.overrides else {},
            dropped=() if name in step.overrides else (name,),
            note=step.note,
            trial=step.trial,
        )
        for name in order
        if name in step.settings
    ]
