"""A study file's tables to the fields of a Study, with every problem of theirs."""

from __future__ import annotations

import filecmp
import fnmatch
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..jobs import LEVELS, Limits
from . import (
    answers,
    beside,
    claim,
    entry,
    hidden,
    kinds,
    module,
    parameters,
    planted,
    program,
    requirement,
    seeding,
)
from .data import DataFile, DataSource
from .kinds import copies
from .kinds.kind import Kind
from .roles import ROLES, Roles
from .roles import problems as role_problems
from .start import started
from .toml import Table

LONGEST_S = 1e7  # four months
LARGEST_MB = 1e8  # a hundred terabytes: what systems count in fits their integers
FRESH = ("evaluation", "call")


def read(table: Table, path: Path) -> dict[str, Any]:
    """{field of a Study: value}; of use where the table has no problem afterwards.

    path: the study's file.
    """
    task = table.table("task")
    kind = kinds.read(task, table.raw.get("code"))
    if kind:
        table = kinds.completed(table, kind)
    elif kinds.named(task):
        table = kinds.unread(table)
    table.table("task")  # which is read already
    code = table.table("code")
    limits = table.table("limits", optional=True)
    defaults = table.table("defaults", optional=True)
    roles = table.table("roles", optional=True)
    declared = table.table("parameters", optional=True)
    own = _program(code, task, kind, path, parameters.named_files(declared) | seeding.file(code))
    found = parameters.read(declared, started(own), own["command"])
    fields: dict[str, Any] = {
        "name": table.text("name"),
        "title": table.text("title", default=""),
        "brief": table.text("brief", default=""),
        **own,
        **kinds.kept(kind, claim.read(table)),
        "space": found.space,
        "bindings": found.bindings,
        "seed_at": seeding.read(code, started(own), own["command"], found.bindings),
        "requires": _requires(table, found.space, whole=len(found.space) == len(declared.raw)),
        "source": _source(table),
        "seed": table.integer("seed", default=0, low=0),
        "limits": _limits(limits),
        "answers": answers.read(table, own),
        "isolation": _isolation(
            limits, best="command" if {"command", "script"} & {*code.raw} else "confined"
        ),
        "searchers": tuple(defaults.texts("searchers", default=())),
        "seeds": defaults.integer("seeds", default=1, low=1),
        "recording": defaults.text("recording", default=""),
        "roles": Roles(**{role: tuple(roles.texts(role, default=())) for role in ROLES}),
        "planted": planted.read(table, path.parent),
        "transfer": tuple(table.texts("transfer", default=())),
    }
    _check(table, fields)
    for inner in (code, task, limits, defaults, roles, table):
        inner.reject_unread()
    return fields


def _program(
    code: Table, task: Table, kind: Kind | None, path: Path, bound: Collection[str]
) -> dict[str, Any]:
    """Fields of the program under study, without the files of the task.

    path: the study's file. bound: files that hold values of parameters.
    """
    file, task_class = (path, None) if kinds.named(task) else module.task_class(task)
    more = beside.read(code, file.parent)
    tree = program.read(code, more["readable"])
    _check_data(code, kind, more["readable"])
    editable = tuple(code.texts("editable"))
    function, command = code.text("entry", default=""), tuple(code.texts("command", default=()))
    if "command" not in code.raw:  # a script's words are read as a command's are
        command = tuple(code.texts("script", default=()))
    named = entry.named_files(function, command)
    return {
        "folder": file.parent,
        "package": tree.root.name,
        "tree": tree.root,
        "entry": function,
        "command": command,
        "editable": editable,
        "blocks": _blocks(code),
        "preload": tuple(code.texts("preload", default=())),
        "fresh": code.one_of("fresh", FRESH, default="evaluation"),
        "original": {
            **copies.without(kind, program.without(tree, [path, *kind.files.values()])),
            **kind.laid,
        }
        if kind
        else program.without_task(tree, file, {*named, *bound}, editable),
        "start": _start(code),
        **more,
        "links": beside.links(more["readable"], tree.top, writable=more["writable"]),
        "task_class": task_class,
        "hidden": hidden.read(task, file.parent, more["python"]),
        "kind": kind,
    }


def _requires(table: Table, space: Mapping[str, Any], *, whole: bool) -> Any:
    inner = table.table("space", optional=True)
    found = requirement.read(inner, space, whole=whole)
    inner.reject_unread()
    return found


def _check_data(code: Table, kind: Kind | None, readable: Sequence[Path]) -> None:
    """Note data of the program that is, or holds, what it is judged by."""
    for key, file in kind.files.items() if kind else ():
        for path in readable:
            if file.resolve().is_relative_to(path.resolve()):
                code.problem(
                    "data", f"{path} holds {file.name}, which task.{key} names: no program gets it"
                )
            elif twin := _twin(file, path) or (kind and copies.below(kind, path)):
                code.problem(
                    "data", f"{twin} has the content of {file.name}, which task.{key} names: no "
                    "program gets it"
                )  # fmt: skip


def _twin(file: Path, path: Path) -> Path | None:
    """A plain file at a path, or below it, with this content: a hard link of it, or a copy."""
    size = file.stat().st_size
    inside = path.rglob("*") if path.is_dir() else [path]
    alike = (one for one in inside if one.is_file() and one.stat().st_size == size > 0)
    return next((one for one in alike if filecmp.cmp(file, one, shallow=False)), None)


def _blocks(code: Table) -> str:
    """Name of the marks between which lines may be edited; "" where whole files may."""
    name = code.text("blocks", default="")
    if name and not re.fullmatch(r"[A-Za-z][\w-]*", name):
        code.problem("blocks", f'is what its marks begin with: "EVOLVE-BLOCK", got {name!r}')
    return name


def _start(code: Table) -> str:
    """The text of the starting patch; "" if there is none."""
    name = code.text("start", default="")
    if not name:
        return ""
    try:
        return Path(name).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        code.problem("start", f"{name} cannot be read: {error}")
        return ""


def _isolation(limits: Table, *, best: str) -> str:
    """The level that the study asks for; best: what its kind of program can reach."""
    allowed = LEVELS[: LEVELS.index(best) + 1]
    level = limits.text("isolation", default=best)
    if level not in allowed:
        limits.problem("isolation", f"must be one of {', '.join(allowed)}, got {level!r}")
    return level


def _limits(table: Table) -> Limits:
    standard = Limits()
    return Limits(
        cpu_s=table.number("cpu_s", default=standard.cpu_s, low=0.1, high=LONGEST_S),
        memory_mb=table.number("memory_mb", default=standard.memory_mb, low=16, high=LARGEST_MB),
        output_mb=table.number("output_mb", default=standard.output_mb, low=0.01, high=LARGEST_MB),
        scratch_mb=table.number("scratch_mb", default=standard.scratch_mb, low=0, high=LARGEST_MB),
        wall_s=table.number("wall_s", default=standard.wall_s, low=0, high=LONGEST_S),
        gpus=table.integer("gpus", default=standard.gpus, low=0),
    )


def _source(table: Table) -> DataSource | None:
    data = table.table("data", optional=True)
    if data.absent:
        return None
    files = []
    for one in data.tables("files"):
        files.append(DataFile(one.text("name"), one.text("url"), one.text("sha256")))
        one.reject_unread()
    source = DataSource(data.text("folder"), data.text("licence", default=""), tuple(files))
    data.reject_unread()
    return source


def _check(table: Table, fields: Mapping[str, Any]) -> None:
    """Note problems that no table can tell by itself."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", fields["name"]):
        table.problem(
            "name", f"must be lower-case letters, digits, - and _, got {fields['name']!r}"
        )
    entry.check(table, fields)
    _check_editable(table, fields)
    named = {fields["objective"].metric, *(one.name for one in fields["constraints"])}
    if "gpu_s" in named and not fields["limits"].gpus:
        table.problem(
            "objective", "names gpu_s, seconds of cards, and no evaluation has one: write gpus = 1 "
            "under [limits]"
        )  # fmt: skip
    if fields["original"] and not fields["start"]:
        for role, text in role_problems(fields["roles"], fields["original"]):
            table.problem(f"roles.{role}", text)


def _check_editable(table: Table, fields: Mapping[str, Any]) -> None:
    kind = fields["kind"]
    for path in kind.laid if kind else ():
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in fields["editable"]):
            table.problem(
                "code.editable",
                f"{path} judges the program, and an edit must not reach it: name the files that "
                "may be edited, without it",
            )
    for path in fields["original"]:
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in fields["editable"]):
            try:
                fields["original"][path].decode()
            except UnicodeDecodeError:
                table.problem("code.editable", f"{path} is not a text in UTF-8; leave it out")
    if not fields["editable"] and not fields["space"] and "editable" in table.raw.get("code", {}):
        table.problem(
            "code.editable",
            "names no file, and there are no [parameters]: there is nothing to search",
        )
    for pattern in fields["editable"]:
        if fields["original"] and not fnmatch.filter(fields["original"], pattern):
            such = program.example(fields["original"])
            table.problem("code.editable", f"{pattern!r} matches no file below code.path{such}")
