"""Tasks without Python: what they score, and how, is said in the study's file.

[task] kind names one; "python", or no kind at all, is a class of the study's own.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from ...errors import near_misses
from ..constraint import Constraint
from ..document import merged
from ..toml import Table
from .kind import Kind

__all__ = ["NAMES", "Kind", "completed", "kept", "read"]

PYTHON = "python"
_KINDS = ("evaluator", "printed", "ranking", "table", "timed", "validated")
NAMES = (PYTHON, *_KINDS)


def read(task: Table, code: Any) -> Kind | None:
    """The kind that [task] declares; None where a class is named, or where nothing can be read.

    code: [code] as it stands in the file.
    """
    name = task.text("kind", default=PYTHON)
    if name not in NAMES:
        listing = ", ".join(f'"{one}"' for one in NAMES)
        task.problem("kind", f'must be one of {listing}, got "{name}"{near_misses(name, NAMES)}')
        task.accept()
        return None
    if name == PYTHON:
        return None
    module = importlib.import_module(f".{name}", __name__)  # the others are not paid for
    found: Kind | None = module.read(task, code if isinstance(code, dict) else {})
    return found


def named(task: Table) -> bool:
    """True where [task] names a kind, or means to: then no class is asked for."""
    return bool(task.raw.get("kind", PYTHON) != PYTHON)


def completed(table: Table, kind: Kind) -> Table:
    """The study's tables over the kind's own, once they contradict it in nothing."""
    goal = table.raw.get("objective", {})
    goal = goal if isinstance(goal, dict) else {}
    evidence = goal.get("evidence", kind.evidence)
    if isinstance(evidence, str) and evidence != kind.evidence:
        table.problem(
            "objective.evidence",
            f'is "{evidence}", and {_WHY[kind.evidence].format(kind.name)}: it is '
            f'"{kind.evidence}"; leave the key out',
        )
    direction = goal.get("direction", kind.direction)
    if kind.direction and direction != kind.direction:
        table.problem(
            "objective.direction",
            f'is "{direction}", and the metric of [task] has its own, "{kind.direction}": leave '
            "direction out",
        )
    if kind.evidence == "reported" and not {"direction"} & (
        {*goal} | {*kind.defaults.get("objective", {})}
    ):
        table.problem(
            "objective.direction",
            "is missing: nobody can see whether more of a printed number is better; write "
            'direction = "minimize" or "maximize"',
        )
    own = {"evidence": kind.evidence, **kind.defaults.get("objective", {})}
    if kind.direction:
        own["direction"] = kind.direction
    raw = merged({**kind.defaults, "objective": own}, dict(table.raw))
    code = raw.get("code")
    if isinstance(code, dict) and "script" in code and kind.leaves:
        raw["code"] = {**code, "leaves": _joined(kind.leaves, code.get("leaves", []))}
    return Table(raw, table.where, table.problems, absent=table.absent)


def unread(table: Table) -> Table:
    """The study's tables where its kind cannot be read: nothing that a kind gives is missing."""
    usual = {"splits": {"test": "none"}, "objective": {}}
    return Table(merged(usual, dict(table.raw)), table.where, table.problems, absent=table.absent)


def _joined(own: Sequence[str], given: Any) -> Any:
    return list(dict.fromkeys([*own, *given])) if isinstance(given, list) else given


_WHY = {
    "reported": 'the score of kind "{}" passes through the program, which can write any',
    "judged": 'the host itself scores kind "{}"',
    "measured": 'kind "{}" is about what the host\'s meter reads',
}


def kept(kind: Kind | None, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a study, with what its kind of task demands of every result."""
    if kind is None:
        return fields
    given = {one.text for one in fields["constraints"]}
    more = [one for one in map(Constraint.parse, kind.constraints) if one.text not in given]
    return {**fields, "constraints": (*fields["constraints"], *more)}
