"""Kind of a task that is declared in the study's file, without Python of the study's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import StudyError, near_misses
from ...records import canonical, digest
from .. import data
from ..objective import Evidence
from ..task import Task
from ..toml import Table


@dataclass(frozen=True)
class Kind:
    """Kind of one study's task, as its [task] declares it.

    evidence: how its scores are known, which no study can better. direction: the one that its
    metric has; "" where the study says it. defaults: tables under those of the study's file.
    constraints: what every result must keep, whatever the study says. files: {what [task] calls it:
    file}, all that the scores depend on; no program gets them. open: those that hold no answer.
    settings: what else the scores depend on.
    make: the task, once its files are to be read; raises StudyError. laid: {name: content} of files
    that are laid into the program's tree, where no edit reaches them. leaves: files that a script
    leaves for the host. reference: the best number that is known from elsewhere.
    """

    name: str
    evidence: Evidence
    make: Callable[[], Task]
    direction: str = ""
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    open: Mapping[str, Path] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    laid: Mapping[str, bytes] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    reference: float | None = None

    def digests(self) -> Mapping[str, str]:
        """{name: digest} of all that the scores depend on."""
        return {
            "kind": self.name,
            "settings": digest(canonical(dict(self.settings))),
            **{key: data.sha256(path) for key, path in {**self.files, **self.open}.items()},
        }


def existing(table: Table, key: str, what: str) -> Path | None:
    """The file that a key names; None, and a problem, where there is none."""
    told = len(table.problems)
    text = table.text(key)
    if not text:
        if len(table.problems) == told and key in table.raw:
            table.problem(key, f"must name {what}, and is empty")
        return None
    path = Path(text)
    if not path.is_file():
        beside = near(path)
        table.problem(key, f"there is no file {path}{beside}; it names {what}")
        return None
    return path


def near(path: Path) -> str:
    """The files of nearly this name in the same folder, for a message."""
    folder = path.parent
    return near_misses(path.name, [one.name for one in folder.iterdir()] if folder.is_dir() else [])


def text_of(path: Path) -> str:
    """Text of one of a study's files. Raises StudyError where it is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is no text in UTF-8; save it as UTF-8 ({error})") from error


def settings(table: Table, keys: Sequence[str]) -> dict[str, Any]:
    """The values that a study's file gives for some keys, as they stand there."""
    return {key: table.raw[key] for key in keys if key in table.raw}
