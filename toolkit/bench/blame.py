"""Calls of a study's own rules: whatever goes wrong there fails one trial, and says where.

The program did its part, so such a trial is `invalid`: its outputs have no score.
"""

from __future__ import annotations

import contextlib
import math
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from .. import interrupts
from ..study.task import Invalid, Item, Row
from ..text import said, short

SHOWN_CHARS = 300
LARGEST = 1e70
"""Fourth powers of scores, which degrees of freedom take, stay finite up to here"""


class Unscored(Exception):  # noqa: N818 - says what the output is
    """The study's own rule raised, or gave no score, on one program's output."""


def of_item(item: str, output: Any) -> str:
    """Words for one output that a rule was asked about."""
    return f"item {item}, whose output is {short(output)}"


def of_rows(rows: Sequence[Row], outputs: str) -> str:
    """Words for many outputs, of which the first is shown. outputs: the study's noun."""
    count = f"{len(rows)} {outputs}"
    shown = [f"{short(row.output)} of item {row.item.id}" for row in rows[:1]]
    return f"{count} (the first: {shown[0]})" if shown else count


@contextlib.contextmanager
def blamed(rule: str, where: str) -> Iterator[None]:
    """Raise Unscored for whatever a study's rule raises, with what it was asked about.

    A rule may even exit; only Ctrl-C is the user's.
    """
    try:
        yield
    except Invalid:  # the rule's own judgement
        raise
    except BaseException as error:
        if interrupts.came(error):
            raise
        places = traceback.extract_tb(error.__traceback__)[-1:]
        at = "".join(f" ({Path(one.filename).name}, line {one.lineno})" for one in places)
        raise Unscored(
            f"the study's {rule} raised {type(error).__name__} on {where}: "
            f"{said(error)[:SHOWN_CHARS]}{at}"
        ) from error


def number(rule: str, where: str, given: Any) -> float:
    """The finite number that a rule gave; raises Unscored where it gave anything else."""
    with blamed(rule, where):  # a value of its own class may raise where it is read
        value = _float(given) if isinstance(given, Real) else math.nan
    if abs(value) <= LARGEST:  # NaN fails the comparison
        return value
    what = "which is no finite number"
    if math.isfinite(value) or (isinstance(given, int) and math.isinf(value)):
        what = f"beyond {LARGEST:g}"
    raise Unscored(f"the study's {rule} gave {short(given)}, {what}, for {where}")


def _float(given: Any) -> float:
    """Compared only as a float: in a small one of numpy's, LARGEST itself is infinite."""
    try:
        return float(given)
    except OverflowError:  # an integer
        return math.inf


def numbers(rule: str, where: str, given: Any, *, taken: Collection[str] = ()) -> dict[str, float]:
    """{name: number} that a rule gave; raises Unscored where it is anything else.

    taken: names of other numbers, which it would hide.
    """
    with blamed(rule, where):
        rows = list(given.items()) if isinstance(given, Mapping) else None
        texts = rows is not None and all(isinstance(name, str) for name, _ in rows)
    if rows is None or not texts:
        raise Unscored(
            f"the study's {rule} gave {short(given)} for {where}; write {{name: number}}"
        )
    if clash := [name for name, _ in rows if name in taken]:
        raise Unscored(
            f"the study's {rule} gave {clash[0]!r} for {where}, and a kind or the host has a "
            "metric of this name: give it another"
        )
    return {name: number(f"{rule} {name!r}", where, value) for name, value in rows}


def notes_of(
    function: Callable[[Item, Any], Any], name: str, item: Item, output: Any
) -> Mapping[str, Any]:
    """Notes that a study's function gives of an item.

    The trial is on record by then, so that a fault here is only a note.
    """
    try:
        with blamed(name, f"item {item.id}"):
            return dict(function(item, output))
    except Unscored as error:
        return {"error": str(error)}
