"""A study file's tables to the fields of a Study, with every problem of theirs."""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..jobs import LEVELS, Limits
from . import claim, entry, module, program
from .data import DataFile, DataSource
from .roles import ROLES, Roles
from .roles import problems as role_problems
from .toml import Table, read_parameters

LONGEST_S = 1e7  # four months
LARGEST_MB = 1e8  # a hundred terabytes: what systems count in fits their integers
FRESH = ("evaluation", "call")


def read(table: Table) -> dict[str, Any]:
    """{field of a Study: value}; of use where the table has no problem afterwards."""
    code, task = table.table("code"), table.table("task")
    limits = table.table("limits", optional=True)
    defaults = table.table("defaults", optional=True)
    roles = table.table("roles", optional=True)
    fields: dict[str, Any] = {
        "name": table.text("name"),
        "title": table.text("title", default=""),
        "brief": table.text("brief", default=""),
        **_program(code, task),
        **claim.read(table),
        "space": read_parameters(table.table("parameters", optional=True)),
        "source": _source(table),
        "seed": table.integer("seed", default=0, low=0),
        "limits": _limits(limits),
        "isolation": _isolation(limits, best="command" if "command" in code.raw else "confined"),
        "searchers": tuple(defaults.texts("searchers", default=())),
        "seeds": defaults.integer("seeds", default=1, low=1),
        "recording": defaults.text("recording", default=""),
        "roles": Roles(**{role: tuple(roles.texts(role, default=())) for role in ROLES}),
    }
    _check(table, fields)
    for inner in (code, task, limits, defaults, roles, table):
        inner.reject_unread()
    return fields


def _program(code: Table, task: Table) -> dict[str, Any]:
    """Fields of the program under study, without the files of the task."""
    tree = program.read(code)
    file, task_class = module.task_class(task)
    editable = tuple(code.texts("editable"))
    function, command = code.text("entry", default=""), tuple(code.texts("command", default=()))
    named = entry.named_files(function, command)
    return {
        "folder": file.parent,
        "package": tree.root.name,
        "tree": tree.root,
        "entry": function,
        "command": command,
        "editable": editable,
        "preload": tuple(code.texts("preload", default=())),
        "fresh": code.one_of("fresh", FRESH, default="evaluation"),
        "original": program.without_task(tree, file, {*named}, editable),
        "start": _start(code),
        "task_class": task_class,
        "hidden": _hidden(task, file.parent),
    }


def _hidden(task: Table, folder: Path) -> tuple[Path, ...]:
    """Files and folders that no program may read: of the study's folder, or of a package."""
    found = []
    for name in task.texts("hidden", default=()):
        places = [Path(root, name) for root in (folder, *sys.path) if root]
        there = [place for place in places if place.exists()]
        if there and Path(name).parts:
            found += [place.resolve() for place in there]
        else:
            task.problem("hidden", f"{name!r} is neither in {folder} nor in an installed package")
    return tuple(found)


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
    if fields["original"] and not fields["start"]:
        for role, text in role_problems(fields["roles"], fields["original"]):
            table.problem(f"roles.{role}", text)


def _check_editable(table: Table, fields: Mapping[str, Any]) -> None:
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
