"""Differences between the programs of two trials, as a person reads them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from ..edits.anatomy import pristine
from ..errors import PatchError
from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..patches import diff, patch
from ..records import Candidate

MOST = 800
"""trials whose differences are worked out: each takes milliseconds, and a run may have thousands"""
KEPT = 64
"""trees that are held at a time: the parents of what comes next are among them"""


class Diffs:
    """Differences of one run, each worked out once; trees of recent programs are held.

    A difference is that to the program which a trial was built on. Where a patch does not apply it
    is the patch itself.
    """

    def __init__(self, state: State, most: int = MOST) -> None:
        self.left_out = 0
        self._most = most
        self._state = state
        self._base: Mapping[str, str] | None = None
        self._trees: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._made: dict[tuple[str, str], str] = {}

    def of(self, cell: CellState, start: Started) -> str | None:
        """Difference of a trial to its parent; "" where only values differ, None where left out."""
        parent = start.candidate.parent
        before = cell.started.get(parent) if isinstance(parent, int) else None
        return self.between(before.candidate if before else Candidate(), start.candidate)

    def between(self, before: Candidate, after: Candidate) -> str | None:
        """Difference of two candidates' code."""
        if before.patch == after.patch:
            return ""
        key = before.patch, after.patch
        if key not in self._made:
            if len(self._made) >= self._most:
                self.left_out += 1
                return None
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, before: str, after: str) -> str:
        try:
            new = self._tree(after)
        except PatchError:
            return after
        try:
            old = self._tree(before)
        except PatchError:
            old = self._tree("")
        return diff.make(old, new)

    def _tree(self, text: str) -> Mapping[str, str]:
        if self._base is None:
            self._base = pristine(self._state)
        if text not in self._trees:
            self._trees[text] = patch.apply(self._base, text)
            if len(self._trees) > KEPT:
                self._trees.popitem(last=False)
        self._trees.move_to_end(text)
        return self._trees[text]
