"""Defaults written into their places, which must change nothing of what a program does.

A constant that is `2**19` in the code is written as 524288, and an option that a command leaves out
is given to it. Where outputs differ then, a setting is compared with another program than its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ..records import Candidate, Scored, canonical
from ..study.study import Study

FINDING = "bound_defaults"
"""name of the finding: what differs, "" for nothing"""


def difference(
    study: Study, usual: Callable[[Candidate], str], written: Callable[[Candidate], Scored]
) -> str:
    """Difference in plain words; "" for none, or where the program itself fails.

    usual: outputs of a candidate as text. written: the result with every value written.
    """
    before = usual(Candidate()) if study.bindings else ""
    if not before:
        return ""
    found = written(Candidate({name: study.space[name].default for name in study.bindings}))
    if found.status != "ok":
        told = found.detail.strip().splitlines()
        reason = f": {told[-1]}" if told else ""
        return (
            f"with every default written into its place the program fails ({found.status}{reason})"
        )
    if canonical(found.outputs) != before:
        return "with every default written into its place the program gives other outputs"
    return ""
