"""Studies that run the same code as another: its champions are scored on them as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import StudyError, UserError

if TYPE_CHECKING:
    from .study import Study

Find = Callable[[str], "Study"]
SAME: Mapping[str, str] = {
    "tree": "[code] path",
    "entry": "[code] entry",
    "command": "[code] command",
    "script": "[code] script",
    "arguments": "[code] arguments",
    "leaves": "[code] leaves",
    "python": "[code] python",
    "readable": "[code] data",
    "writable": "[code] writable",
    "editable": "[code] editable",
    "blocks": "[code] blocks",
    "fresh": "[code] fresh",
    "isolation": "[limits] isolation",
}
"""{field: its key}: what two studies share that run the same code on one evaluator"""


def with_others(study: Study, find: Find) -> Study:
    """Study with the loaded studies that its `transfer` names.

    find: loads a study by name or path, and raises UserError. Raises StudyError with all that is
    wrong.
    """
    problems: list[str] = []
    found: dict[str, Study] = {}
    for name in study.transfer:
        try:
            other = find(name)
        except UserError as error:
            problems.append(f"transfer: {error}")
            continue
        told = difference(study, other)
        if told:
            problems.append(f"transfer: {_shown(name)} {told}")
        elif other.name in found:
            problems.append(f"transfer: {_shown(name)} is named twice; name it once")
        found.setdefault(other.name, other)
    if problems:
        listing = "\n".join(f"  {text}" for text in problems)
        raise StudyError(f"study {study.name!r} has {len(problems)} problem(s):\n{listing}")
    return replace(study, others=tuple(found.values()))


def difference(study: Study, other: Study) -> str:
    """Why the champions of a study cannot be scored on another; "" where they can."""
    if other.name == study.name:
        return (
            "is this study itself; name others that run the same code, or leave it out "
            "(transfer = [] where a study that is extended names it)"
        )
    keys = [key for field, key in SAME.items() if getattr(study, field) != getattr(other, field)]
    if keys or study.limits.gpus != other.limits.gpus:
        keys += ["[limits] gpus"] * (study.limits.gpus != other.limits.gpus)
        return f"does not run the same code: {', '.join(keys)} differs; name one that does"
    if study.files != other.files:
        return (
            f"starts from another tree ([code] start): {', '.join(_differing(study, other))} "
            "differs, and a champion is a patch of this study's; name one that starts from the same"
        )
    if study.space != other.space or study.bindings != other.bindings:
        names = sorted(_unlike(study.space, other.space) | _unlike(study.bindings, other.bindings))
        return f"declares other [parameters]: {', '.join(names)} differs; name one with the same"
    if "test" not in other.splits and other.claim != "replicates":
        return "holds no data out ([splits] test), so that nothing decides there; leave it out"
    return ""


def _differing(study: Study, other: Study) -> list[str]:
    return sorted(_unlike(study.files, other.files))


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def _shown(name: str) -> str:
    return repr(Path(name).name if "/" in name else name)
