"""Stages of a search: the steps that a searcher says it has taken, for whoever reads the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..ledger.cell import CellState
from ..ledger.entries import Stage
from ..ledger.notebook import Notebook
from ..records import canonical
from ..text import short


class Stages:
    """Steps of one cell, on record once each. Not thread-safe: its scheduler is.

    A searcher that is replayed takes the same steps again, and that is no other time.
    """

    def __init__(self, cell: CellState, notebook: Notebook) -> None:
        self._cell, self._notebook = cell, notebook
        self._recorded = Counter(map(_content, cell.stages))
        self._told: Counter[str] = Counter()
        """{step: times that this command has told it}"""

    def adopt(self) -> None:
        """Take the steps on record as told: their searcher is not replayed."""
        self._told = self._recorded.copy()

    def tell(self, stage: Stage) -> None:
        """Put a step on record, unless a replay repeats it."""
        content = _content(stage)
        self._told[content] += 1
        if self._told[content] > self._recorded[content]:
            self._notebook.staged(stage)
            self._recorded[content] += 1

    def superseded(self) -> list[int]:
        """Places of steps on record that this command, at its end, has not told.

        A search that goes on under a larger budget decides anew what the smaller one cut short.
        """
        left, found = self._recorded - self._told, []
        for place in reversed(range(len(self._cell.stages))):
            content = _content(self._cell.stages[place])
            if left[content] > 0:
                left[content] -= 1
                found.append(place)
        return found[::-1]


def _content(stage: Stage) -> str:
    """A step as a text: two of one content are the same step."""
    return canonical(stage.row())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _is_pairs(value: Any) -> bool:
    """True for [[kind, "up" or "down"], …]."""
    return isinstance(value, list) and all(
        _is_texts(one) and len(one) == 2 and one[1] in ("up", "down") for one in value
    )


SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "result": ("a text", _is_text),
    "changed_by": ("a list of texts", _is_texts),
    "counts": ("numbers by name", _is_numbers),
    "predicted": ('a list of [kind, "up" or "down"]', _is_pairs),
    "moved": ("numbers by kind", _is_numbers),
}
"""{key of a step's details: (what it holds, whether a value is that)}"""


def checked(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Details of a step as JSON. Raises ValueError where a report could not read them."""
    try:
        found: dict[str, Any] = json.loads(canonical(dict(details)))
    except (TypeError, ValueError) as error:
        raise ValueError(f"lab.note: details are no JSON: {error}") from None
    for key, value in found.items():
        if key not in SHAPES:
            known = ", ".join(SHAPES)
            raise ValueError(f"lab.note: details have no key {short(key)}; known are {known}")
        what, fits = SHAPES[key]
        if not fits(value):
            raise ValueError(f"lab.note: details[{key!r}] must be {what}, got {short(value)}")
    return found
