"""Identity of a study: a digest of all that a score of it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..records import canonical, digest
from . import beside, data, module
from .claim import FRESH, Replicates
from .objective import Objective

if TYPE_CHECKING:
    from .study import Study

_NOT_DATA = {".py", ".toml", ".md", ".patch"}
_OF_SCORES = ("direction", "evidence", "aggregate", "metric")
"""fields of the objective that a score depends on: its name and its unit are words"""


def of(study: Study) -> str:
    """Digest of a study; the budget, the words and the choice of searchers are not in it."""
    parts = {
        "files": {path: digest(content) for path, content in study.files.items()},
        "task": _task(study),
        "data": _data(study),
        "space": {
            name: [type(param).__name__, asdict(param)]  # type: ignore[call-overload]
            for name, param in study.space.items()
        },
        "entry": study.entry or study.command,
        "editable": study.editable,
        # a third split is scored after the search, and moves no score of another one
        "splits": {name: some for name, some in study.splits.items() if name != FRESH},
        "seed": study.seed,
        # without what is not used, so that a new limit changes no study that has none of it
        "limits": {name: value for name, value in asdict(study.limits).items() if value},
        **_unusual(study),
    }
    return digest(canonical(parts))


def _unusual(study: Study) -> dict[str, Any]:
    """Keys that say more than the default, so that a new one changes no study that has none."""
    usual, standard = Replicates(), Objective()
    found: dict[str, Any] = {}
    goal = {name: getattr(study.objective, name) for name in _OF_SCORES}
    if any(goal[name] != getattr(standard, name) for name in _OF_SCORES):
        found["objective"] = goal
    if study.constraints:
        found["constraints"] = [one.text for one in study.constraints]
    if study.claim != "sealed":
        found["claim"] = study.claim
    if study.replicates != usual:
        found["replicates"] = asdict(study.replicates)
    if study.fresh != "evaluation":
        found["fresh"] = study.fresh
    if study.bindings:
        found["bindings"] = {name: one.at for name, one in study.bindings.items()}
    if study.seed_at:
        found["seed_at"] = study.seed_at.at
    if study.blocks:
        found["blocks"] = study.blocks
    if study.requires:
        found["requires"] = [one.text for one in study.requires]
    if study.sealed:
        found["sealed"] = study.sealed
    if study.answers:
        found["answers"] = study.answers.of_scores()
    program = {
        "script": study.script,
        "leaves": study.leaves,
        "arguments": study.arguments if study.arguments != "run" else "",
        "python": beside.named(Path(study.python), study.folder) if study.python else "",
        "readable": study.read_digests,
        "writable": study.writable,
    }
    return found | {name: value for name, value in program.items() if value}


def _task(study: Study) -> Mapping[str, str]:
    if study.kind:
        return study.kind.digests()
    return module.code_digests(study.task_class) if study.task_class else {}


def _data(study: Study) -> Mapping[str, str]:
    if study.source:
        return {file.name: file.sha256 for file in study.source.files}
    if study.kind:  # it names its files, and their digests are those of the task
        return {}
    return {path.name: data.sha256(path) for path in sorted(study.folder.iterdir()) if _is(path)}


def _is(path: Path) -> bool:
    """True if a file of the study's folder counts as data."""
    return path.is_file() and path.suffix not in _NOT_DATA and not path.name.startswith(".")
