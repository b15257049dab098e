"""The notebook of a cell: what its lab may write into the ledger, and read of what it wrote.

The ledger holds more than a searcher may know: the secret of the order, the kinds of all items,
scores on the test split. So a lab holds a window, behind which a thread of the host writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from ..records import DETAIL_CHARS, Scored
from .entries import Looked, Stage, Started
from .journal import Journal
from .window import Window

KINDS = frozenset(
    {"started", "finished", "requested", "completion", "session", "looked", "stage", "withdrawn"}
)
"""the facts that a lab and its language model's gateway write"""


class Scribe:
    """Writes for the labs of one comparison, until it is closed."""

    def __init__(self, journal: Journal) -> None:
        self._window = Window(journal, _answer)

    def notebook(self, cell: str) -> Notebook:
        return Notebook(self._window.hand_in, cell)

    def __enter__(self) -> Scribe:
        return self

    def __exit__(self, *_: object) -> None:
        self._window.close()


class Notebook:
    """One cell's part of the ledger."""

    def __init__(self, hand_in: Callable[[Any], Future[Any]], cell: str) -> None:
        self._hand_in, self._cell = hand_in, cell

    def write(self, kind: str, data: Any) -> None:
        """Add one fact to this cell; it is durable, and part of the cell, when this returns."""
        self._hand_in(("write", self._cell, kind, data)).result()

    def started(self, start: Started) -> None:
        """Write that an attempt begins."""
        row = {
            "number": start.number,
            "candidate": self.put(start.candidate.to_json()),
            "share": start.share,
            "items": start.items,
            "smoke": start.smoke,
            **({"again": start.again} if start.again else {}),
        }
        self.write("started", row)

    def finished(self, number: int, result: Scored, isolation: str) -> None:
        """Write how an attempt came out. isolation: the level at which its program ran."""
        outputs = self.put(result.outputs) if result.outputs else None
        row = {"number": number, **result.row(), "outputs": outputs, "isolation": isolation}
        self.write("finished", {**row, "detail": result.detail[-DETAIL_CHARS:]})

    def looked(self, look: Looked, golds: Sequence[str], failures: int) -> None:
        """Write that a searcher sees so many failures, and of these items the gold answers."""
        row = {**look._asdict(), "items": len(golds), "ids": self.put(sorted(golds))}
        self.write("looked", {**row, "failures": failures})

    def staged(self, stage: Stage) -> None:
        """Write that a searcher has taken a step."""
        self.write("stage", stage.row())

    def withdrew(self, number: int, why: str) -> None:
        """Write that a searcher does not stand for a trial."""
        self.write("withdrawn", {"number": number, "why": why})

    def put(self, value: Any) -> str:
        """Store a JSON value by its content; returns its digest."""
        name: str = self._hand_in(("put", value)).result()
        return name

    def get(self, name: str) -> Any:
        """The JSON value stored under this digest; raises KeyError."""
        return self._hand_in(("get", name)).result()


def _answer(journal: Journal, errand: tuple[Any, ...]) -> Any:
    what, *given = errand
    if what == "write":
        cell, kind, data = given
        if kind not in KINDS:
            raise ValueError(f"a lab writes no {kind!r} into the ledger")
        return journal.write(kind, data, cell=cell)
    ledger = journal.ledger
    return ledger.put(*given) if what == "put" else ledger.get(*given)
