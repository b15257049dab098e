"""Pieces of a champion with what each is worth, put together again from the ledger alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..attribution.mixed import untangle
from ..edits.anatomy import Anatomy, Part, take_apart
from ..figures import ROUNDING
from ..ledger.cell import CellState
from ..ledger.state import State
from ..reading.reader import Reader

Worth = Literal["gains", "open", "loses"]
"""the gain of a piece is decided, is not decided, or is a decided loss"""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """One part of a champion. place: its place in the order of acceptance.

    rows: its rows in the account: none where nobody has measured it, several where the account has
    split it further than the ledger can tell. needs: places that it cannot be without.
    """

    place: int
    part: Part
    rows: Sequence[Row]
    needs: frozenset[int]
    worth: Worth


def pieces(state: State, cell: CellState) -> tuple[Anatomy, list[Piece]]:
    """Anatomy of a cell's champion, and its pieces in the order of acceptance."""
    rows = _account(state, cell)
    anatomy = _split(state, cell, rows)
    own = _by_part(anatomy, rows)
    places = {row["part"]: n for n, some in enumerate(own) for row in some}
    found: list[Piece] = []
    for n, part in enumerate(anatomy.parts):
        named = {places[name] for row in own[n] for name in row["needs"] if name in places}
        needs = _closed((anatomy.needs[n] | named) - {n}, found)
        found.append(Piece(n, part, own[n], needs, _worth(state, own[n])))
    return anatomy, found


def _account(state: State, cell: CellState) -> Sequence[Row]:
    """Rows of the account; none where there is none, or it is of an earlier champion."""
    account = state.accounts.get(cell.key)
    if not account or account.get("champion") != state.champion(cell).number:
        return ()
    rows: Sequence[Row] = account["parts"]
    return rows


def _split(state: State, cell: CellState, rows: Sequence[Row]) -> Anatomy:
    """Anatomy with its mixed edits split as the account has them, if what was tried tells how."""
    whole = take_apart(state, cell)
    wanted = [row["part"] for row in rows]
    if not rows or wanted == [part.name for part in whole.parts]:
        return whole
    reader = Reader(state.study)

    def builds(anatomy: Anatomy, chosen: frozenset[int]) -> bool:
        known = state.built.get(anatomy.candidate(chosen).digest)
        return anatomy.fits(chosen) and known == ""

    split = untangle(whole, lambda anatomy, place: reader.read(anatomy, place).read, builds)
    return split if wanted == [part.name for part in split.parts] else whole


def _by_part(anatomy: Anatomy, rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Rows of each part: those of its name, or of its trial where the account split it further.

    A parameter that two steps set has two rows of one name: they come in the order of the parts.
    """
    seen: Counter[str] = Counter()
    found: list[Sequence[Row]] = []
    for part in anatomy.parts:
        named = [row for row in rows if row["part"] == part.name]
        if named:
            found.append(named[seen[part.name] : seen[part.name] + 1])
            seen[part.name] += 1
        else:
            split = part.form == "edit"
            found.append([row for row in rows if split and row["part"].startswith(f"{part.name}")])
    return found


def _closed(needs: set[int], earlier: Sequence[Piece]) -> frozenset[int]:
    return frozenset(needs).union(*(earlier[n].needs for n in needs if n < len(earlier)))


def _worth(state: State, rows: Sequence[Row]) -> Worth:
    signs = [_sign(state, row["value"]) for row in rows]
    if any(sign > 0 for sign in signs):
        return "gains"
    return "loses" if any(sign < 0 for sign in signs) else "open"


def _sign(state: State, value: Mapping[str, Any]) -> int:
    """1 for a decided gain, -1 for a decided loss, 0 where it is not decided.

    Without an interval a difference is exact where outputs were validated, and else one sample.
    """
    low, high = value["low"], value["high"]
    if low is None or high is None:
        exact = state.final == "search" and state.objective.evidence == "judged"
        low = high = value["mean"] if exact else 0.0
    return 1 if low > ROUNDING else -1 if high < -ROUNDING else 0
