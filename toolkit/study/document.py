"""Tables of a study file, over those of the study that it extends."""

from __future__ import annotations

import os
import shlex
import tomllib
from pathlib import Path
from typing import Any

from ..errors import StudyError, near_misses
from ..records import TOO_DEEP, check_depth
from . import program, switches

FILENAME = "study.toml"
NAMED = "type `toolkit studies` for the studies that have a name"
WRITE = f"{NAMED}, or `toolkit init FOLDER` to write one of somebody's code"
SHOWN = 3
_OF_A_TASK = (
    "class", "file", "train", "asked", "corpus", "queries", "qrels", "check", "cases", "inputs",
)  # fmt: skip
"""keys of [task] that name a file of the study"""
_PATHS = (
    ("code", "path"),
    ("code", "start"),
    ("defaults", "recording"),
    *(("task", key) for key in _OF_A_TASK),
    ("researcher", "rule"),
    ("researcher", "trace"),
)
_OF_USERS = (("code", "python"), ("code", "data"))  # which may begin in the user's home


def file(path: Path) -> Path:
    """A study's file, of itself or of the folder that holds one; raises StudyError for none."""
    if path.is_dir() and not (path / FILENAME).is_file():
        beside = [*path.glob("*.toml"), *path.glob(f"*/{FILENAME}"), path / ".." / FILENAME]
        found = [one for one in beside if one.is_file() and one.name != "pyproject.toml"]
        shown = " and ".join(map(str, sorted(found)[:SHOWN]))
        init = f"`toolkit init {shlex.quote(str(path))}` writes one of the code that is there"
        advice = f"there is {shown}: give that" if found else f"{init}; {NAMED}"
        raise StudyError(f"the folder {path} holds no {FILENAME}; {advice}")
    if not path.exists():
        hint = near_misses(path.name, [one.name for one in path.parent.glob("*.toml")])
        raise StudyError(f"there is no study file at {path}{hint}; {WRITE}")
    return (path / FILENAME if path.is_dir() else path).resolve()


def read(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The file's tables over those of the study it extends, their paths made absolute.

    Raises StudyError.
    """
    if path in seen:
        raise StudyError(f"{path} extends itself, by way of {seen[-1]}")
    raw = _tables(path)
    switches.written(path.parent, raw)
    for table, key in _PATHS:
        inner = raw.get(table)
        if table == "task" and isinstance(inner, dict) and _is_left(inner, key):
            continue
        if isinstance(inner, dict) and isinstance(inner.get(key), str) and inner[key]:
            inner[key] = program.absolute(path.parent, inner[key])
    for table, key in _OF_USERS:
        inner = raw.get(table)
        if isinstance(inner, dict) and key in inner:
            inner[key] = _found(path.parent, inner[key])
    _name_others(path.parent, raw)
    base = raw.pop("extends", None)
    found: dict[str, Any] = {}
    for one in _bases(path, base):
        found = merged(found, read(_extended(path, one), (*seen, path)))
    return merged(found, raw)


def _bases(path: Path, given: Any) -> list[str]:
    """Paths that a study extends, the later ones over the earlier; raises StudyError."""
    bases = [] if given is None else given if isinstance(given, list) else [given]
    if wrong := [one for one in bases if not isinstance(one, str) or "\0" in one]:
        raise StudyError(
            f"{path}: extends must be the path of a study file, got {wrong[0]!r}; "
            'several are a list: ["study.toml", "../shared.toml"]'
        )
    return bases


def _extended(path: Path, base: str) -> Path:
    """The file that a study extends; a problem with it names the file that asks for it."""
    try:
        return file(path.parent / base)
    except StudyError as error:
        raise StudyError(f"{path}: extends: {error}") from error


def _name_others(parent: Path, raw: dict[str, Any]) -> None:
    """Make absolute what a study names of others: patches of planted faults, paths of studies.

    The patches are keys of their table, so that a study over this one can say that a fault is gone.
    """
    planted, others = raw.get("planted"), raw.get("transfer")
    if isinstance(planted, dict):
        raw["planted"] = {
            key if "\0" in key else os.path.normpath(parent / key): value
            for key, value in planted.items()
        }
    if isinstance(others, list):
        raw["transfer"] = [
            program.absolute(parent, one) if isinstance(one, str) and is_path(one) else one
            for one in others
        ]


def is_path(name: str) -> bool:
    """True if a study is named by its path, and not by the name that a plugin gave it."""
    return "\0" not in name and (name.endswith(".toml") or "/" in name)


def _is_left(task: dict[str, Any], key: str) -> bool:
    """True where a key names a file that the program leaves in its working copy."""
    return key == "file" and task.get("kind") == "printed"


def _found(parent: Path, given: Any) -> Any:
    """One path or a list of them, made absolute without following links: a link may be an
    interpreter's own name. Anything else stays, and is told later.
    """
    if isinstance(given, list):
        return [_found(parent, one) for one in given]
    if not isinstance(given, str) or not given or "\0" in given:
        return given
    return os.path.normpath(parent / Path(given).expanduser())


def _tables(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
        check_depth(raw)
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is no text in UTF-8; save it as UTF-8 ({error})") from error
    except RecursionError:
        raise StudyError(f"{path} is not valid TOML: {TOO_DEEP}") from None
    except ValueError as error:
        raise StudyError(f"{path} is not valid TOML: {error}") from error
    return raw


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Tables key by key; any other value of over replaces that of base."""
    found = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        found[key] = merged(base[key], value) if both else value
    return found
