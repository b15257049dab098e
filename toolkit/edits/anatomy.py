"""A champion taken apart: changed parameters and accepted edits, and how to put some together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from ..ledger.state import CellState, State
from ..patches import patch
from ..records import Candidate, Trial, same
from ..study import space
from .weave import Block, Weave


@dataclass(frozen=True)
class Part:
    """One cause on the champion's line. trial: the one that was accepted with it.

    label: the searcher's claim, or "". overrides and dropped: parameters set, and set back to their
    defaults. blocks: places of the code that it changes.
    """

    name: str
    kind: Literal["parameter", "edit"]
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
        """The editable files with some parts, by their place in `parts`."""
        return self.weave.tree({b.number for n in chosen for b in self.parts[n].blocks})

    def candidate(self, chosen: Collection[int]) -> Candidate:
        """These parts as one program; equal programs are equal candidates."""
        return self._made(frozenset(chosen))

    @cached_property
    def _made(self) -> Callable[[frozenset[int]], Candidate]:
        """A plan, its runs and its figures ask for the same programs; each is a tree and a diff."""
        return lru_cache(maxsize=4096)(self._make)

    def _make(self, chosen: frozenset[int]) -> Candidate:
        values: dict[str, Any] = {}
        for n in sorted(chosen):
            values.update(self.parts[n].overrides)
            for name in self.parts[n].dropped:
                values.pop(name, None)
        return normal(Candidate(values, self._patch(chosen)), self.defaults)

    def _patch(self, chosen: Collection[int]) -> str:
        return patch.make(self.pristine, self.tree(chosen))

    @property
    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.parts)))

    @cached_property
    def needs(self) -> dict[int, set[int]]:
        """{part: parts that it needs by its text}: it changes, or stands in, what they wrote.

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
        """Whether every part finds the text that it changes or stands in."""
        return all(self.needs[n] <= set(chosen) for n in chosen)

    def split(self, place: int, atoms: Sequence[Part]) -> Anatomy:
        """With one part replaced by the atoms that it consists of."""
        parts = (*self.parts[:place], *atoms, *self.parts[place + 1 :])
        return replace(self, parts=parts)


def normal(candidate: Candidate, defaults: Mapping[str, Any]) -> Candidate:
    """What is run and nothing else: values that are the defaults are left out."""
    told = {
        name: value
        for name, value in candidate.overrides.items()
        if name not in defaults or not same(value, defaults[name])
    }
    return Candidate(dict(sorted(told.items())), candidate.patch)


def declared(state: State) -> dict[str, space.Param]:
    """The study's parameters; older ledgers do not know them."""
    return {name: space.from_json(one) for name, one in state.study.get("space", {}).items()}


def settled(candidate: Candidate, known: Mapping[str, space.Param]) -> Candidate:
    """With the values that its program gets: a Float's 1 is 1.0."""
    return replace(candidate, overrides=space.settled(known, candidate.overrides))


def pristine(state: State) -> dict[str, str]:
    """The editable files that candidates are patches against."""
    return patch.apply(state.study["original"], state.study["start"])


def line(cell: CellState, champion: Trial) -> list[Trial]:
    """The champion and the accepted trials that it was built on, the oldest first."""
    found = [champion]
    while (parent := _built_on(cell, found[-1])) is not None:
        found.append(parent)
    return found[::-1]


def _built_on(cell: CellState, trial: Trial) -> Trial | None:
    """What a searcher named as the parent, where that can be: an earlier trial that ran.

    A trial that names itself, or a later one, would be walked round in a circle.
    """
    parent: Any = trial.candidate.parent
    known = cell.trials.get(parent) if isinstance(parent, int) and parent < trial.number else None
    return known if known is not None and known.ok else None


def take_apart(state: State, cell: CellState) -> Anatomy:
    """The parts of a cell's champion; none where it is the baseline.

    A step that only sets parameters is one part a parameter, in the order of their declaration;
    any other step is one part.
    """
    champion = state.champion(cell)
    base, defaults = pristine(state), state.study["defaults"]
    weave, before, found = Weave(base), Candidate(), list[Part]()
    known = declared(state)
    for trial in line(cell, champion) if champion.number else ():
        after = settled(trial.candidate, known)
        blocks = weave.step(patch.apply(base, after.patch))
        step = _step(trial.number, before, after, defaults, blocks)
        found += [step] if step.blocks else settings(step, state.study["parameters"])
        before = after
    return Anatomy(base, defaults, weave, tuple(found))


def _step(
    trial: int, before: Candidate, after: Candidate, defaults: Mapping[str, Any],
    blocks: Sequence[Block],
) -> Part:  # fmt: skip
    old, new = ({**defaults, **one.overrides} for one in (before, after))
    changed = {name: value for name, value in new.items() if not same(value, old[name])}
    dropped = {name for name, value in changed.items() if same(value, defaults[name])}
    return Part(
        name=f"edit {trial}",
        kind="edit",
        label=after.label or "",
        overrides={name: value for name, value in changed.items() if name not in dropped},
        dropped=tuple(sorted(dropped)),
        blocks=tuple(blocks),
        note=after.note,
        trial=trial,
    )


def settings(step: Part, order: Sequence[str]) -> list[Part]:
    """One part a parameter; a parameter set back to its default is a part as well."""
    return [
        Part(
            name, "parameter", "hyperparameter",
            {name: step.overrides[name]} if name in step.overrides else {},
            () if name in step.overrides else (name,),
            note=step.note, trial=step.trial,
        )
        for name in order
        if name in step.settings
    ]  # fmt: skip
