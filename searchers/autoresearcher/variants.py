"""Ways of one edit: its alternatives, and the values of its grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from searchers.autoresearcher.edit import Edit


@dataclass(frozen=True)
class Way:
    """One way of an edit. name: what it is called beside the others; empty for the only one."""

    name: str
    edit: Edit


def ways(edit: Edit) -> list[Way]:
    """The edit itself and its alternatives, each with every value of its grid."""
    found = list(_values("", replace(edit, alternatives=())))
    for number, other in enumerate(edit.alternatives, 1):
        own = replace(
            other, label=other.label or edit.label, hypothesis=other.hypothesis or edit.hypothesis
        )
        found += _values(f"alternative {number}", own)
    if len(found) > 1 and not found[0].name:
        found[0] = replace(found[0], name="the first way")
    return found


def _values(name: str, edit: Edit) -> Iterator[Way]:
    if not edit.grid:
        yield Way(name, edit)
        return
    (parameter, values), *_ = edit.grid.items()
    for value in values:
        sets: dict[str, Any] = {**edit.sets, parameter: value}
        told = f"{parameter} = {value}"
        yield Way(f"{name}, {told}" if name else told, replace(edit, sets=sets, grid={}))
