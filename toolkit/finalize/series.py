"""Order of a champion's pieces for a review, and the trees from one step to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..edits.anatomy import Anatomy
from ..errors import PatchError, UserError
from ..ledger.cell import CellState
from ..ledger.state import State
from ..records import Candidate
from ..report.written import beside, tree
from ..study.bindings import Gone, Refused
from .pieces import Piece, pieces

Stage = Literal["start", "decided", "undecided", "losing"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Tree = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One change to review. pieces: mostly one; none for the study's starting patch.

    beside: what of the program so far no file can hold, one line each. because: pieces with a
    decided gain that need it, where it is there for their sake alone.
    """

    stage: Stage
    pieces: Sequence[Piece]
    before: Tree
    after: Tree
    beside: Sequence[str] = ()
    because: Sequence[Piece] = ()

    @property
    def changes_files(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Series:
    """Steps of a champion in an order that needs allow; the last tree is the champion's."""

    state: State
    cell: CellState
    steps: Sequence[Step]
    original: Tree
    measured: bool

    def of(self, stage: Stage) -> list[Step]:
        return [step for step in self.steps if step.stage == stage]


def series(state: State, cell: CellState) -> Series:
    """Series of a cell's champion; raises UserError where that is the unchanged program."""
    if not state.champion(cell).number:
        raise UserError(
            f"the champion of {cell.name} is the unchanged program, so there is nothing to review; "
            "name another cell with --searcher and --seed"
        )
    anatomy, found = pieces(state, cell)
    original = {**state.study["original"], **state.study.get("bound_files", {})}
    start = tree(state, Candidate())
    steps = [Step("start", (), original, start)] if start != original else []
    steps += _steps(state, anatomy, _staged(found), start)
    return Series(state, cell, steps, original, any(piece.rows for piece in found))


def _staged(found: Sequence[Piece]) -> list[tuple[Stage, Piece]]:
    """Pieces in their order: those with a decided gain and what they need; those that are open;
    those that lose, and what cannot be without them.
    """
    first = _with_needs({piece.place for piece in found if piece.worth == "gains"}, found)
    loses = {piece.place for piece in found if piece.worth == "loses"} - first
    last = {piece.place for piece in found if ({piece.place} | piece.needs) & loses} - first
    stages: dict[Stage, set[int]] = {
        "decided": first,
        "undecided": {piece.place for piece in found} - first - last,
        "losing": last,
    }
    return [(stage, found[place]) for stage, some in stages.items() for place in sorted(some)]


def _with_needs(places: set[int], found: Sequence[Piece]) -> set[int]:
    return places.union(*(found[place].needs for place in places))


def _steps(
    state: State, anatomy: Anatomy, staged: Sequence[tuple[Stage, Piece]], start: Tree
) -> list[Step]:
    """One step a piece. One that cannot be written without the next goes together with it."""
    steps: list[Step] = []
    waiting: list[Piece] = []
    chosen: set[int] = set()
    before, told = start, list[str]()
    for n, (stage, piece) in enumerate(staged, start=1):
        chosen.add(piece.place)
        waiting.append(piece)
        try:
            candidate = anatomy.candidate(chosen)
            after, now = tree(state, candidate), beside(state, candidate)
        except (PatchError, Gone, Refused):  # a switch that clashes, a value without its place
            if n == len(staged):
                raise
            continue
        new = [line for line in now if line not in told]
        steps.append(Step(stage, tuple(waiting), before, after, new, _because(waiting, staged)))
        before, told, waiting = after, now, []
    return steps


def _because(own: Sequence[Piece], staged: Sequence[tuple[Stage, Piece]]) -> list[Piece]:
    """Pieces with a decided gain that need these; none if one of these has such a gain."""
    if any(piece.worth == "gains" for piece in own):
        return []
    places = {piece.place for piece in own}
    return [piece for _, piece in staged if piece.worth == "gains" and piece.needs & places]
