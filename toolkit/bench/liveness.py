"""Dead parameters: declared, and without any effect; published systems have tuned some.

Each parameter takes one evaluation, at the value farthest from its default. A number that changes
no output there is tried at the other end of its range as well: weights often matter with one sign
only. A choice has no ends, so its other values are tried until one changes an output. If none does,
the parameter is called dead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..records import Candidate, Scored, same
from ..study.space import Float, Int, Param

SLOW_S = 60.0
"""seconds of one evaluation above which the check costs more than it tells"""
MOST = 8
"""values of a choice that are tried: a dead one of a hundred would cost a hundred evaluations"""
SKIPPED = "dead_parameters_skipped"
"""name of the finding: why nobody asked"""


def dead(space: Mapping[str, Param], outputs: Callable[[Candidate], str]) -> list[str]:
    """Names of the parameters that change no output; one that cannot be moved is among them.

    outputs: gives a candidate's outputs as text; "" where it fails, which does not make it dead.
    """
    usual = outputs(Candidate())
    found = []
    for name, param in space.items():
        if all(outputs(Candidate({name: value})) == usual != "" for value in far(param)):
            found.append(name)
    return found


def far(param: Param) -> list[Any]:
    """Values to try: both ends of a range, the farthest first; of a choice the others.

    The last value of a choice comes first, as some are given in an order.
    """
    others = [value for value in param.extremes() if not same(value, param.default)]
    if isinstance(param, Float | Int):
        away = {value: abs(_place(param, value) - _place(param, None)) for value in others}
        return sorted(away, key=away.__getitem__, reverse=True)
    return others[::-1][:MOST]


def _place(param: Float | Int, value: float | None) -> float:
    """Place of a value in its range, on the scale on which the parameter is drawn."""
    number = param.default if value is None else value
    return math.log(number) if param.log else number


def skipped(baseline: Scored, *final: Scored) -> str:
    """Reason to leave the check out; "" for none. final: the same program on other data."""
    known = (baseline, *final)
    if any(len(set(found.replicates)) > 1 for found in known):
        return "the unchanged program is noisy, so that its outputs differ by themselves"
    seconds = baseline.usage.wall_s / max(1, len(baseline.replicates))
    if seconds > SLOW_S:
        return f"one evaluation takes {seconds:.0f} s"
    return ""
