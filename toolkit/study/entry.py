"""The entry of a program under study: a function or a command, and which of its files it is."""

from __future__ import annotations

import symtable
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ..errors import near_misses
from . import program
from .toml import Table


def check(table: Table, fields: Mapping[str, Any]) -> None:
    """Note every problem with the entry or the command. table: the whole study file."""
    entry, command = fields["entry"], fields["command"]
    code = table.raw.get("code", {})
    both = "script" in code and "command" in code
    if bool(entry) == bool(command) or both:
        table.problem(
            "code.entry",
            'give either entry = "package.module:function" or command = ["python", "…/main.py"], '
            'or script = ["python", "…/train.py"] for a program as it is',
        )
        return
    key = "entry" if entry else "script" if fields["script"] else "command"
    if entry and not entry.partition(":")[2].isidentifier():
        table.problem("code.entry", 'must read "package.module:function"')
        return
    named = named_files(entry, command)
    if fields["original"] and not set(named) & set(fields["original"]):
        what = f"{named[0]} is not" if entry else "none of its words names a file"
        such = program.example(fields["original"])
        table.problem(f"code.{key}", f"{what} below code.path{such}")
    if entry and named[0] in fields["original"] and not fields["start"]:
        _check_function(table, named[0], entry.partition(":")[2], fields["original"])
    if command and fields["preload"]:
        table.problem(
            "code.preload", f"has no effect on a {key}, which starts afresh: leave it out"
        )


def _check_function(table: Table, file: str, name: str, files: Mapping[str, bytes]) -> None:
    if told := undefined(files[file], name, file):
        table.problem("code.entry", told)


def undefined(text: bytes, name: str, file: Any, wanted: str = "") -> str:
    """Why a module does not give a name; "" where it does, or where nobody can tell.

    file: what the module is called. wanted: what the name is for, behind the near misses.
    """
    known = defined(text)
    if known is None or name in known:
        return ""
    defines = ", ".join(sorted(known)) or "nothing"
    return f"{file} defines no {name!r}{near_misses(name, known)}{wanted} (it defines {defines})"


def defined(text: bytes) -> set[str] | None:
    """Names that a module binds; None where that cannot be told before it runs."""
    try:
        table = symtable.symtable(text.decode(), "entry", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if b"import *" in text or b"globals()" in text or b"__getattr__" in text:
        return None
    return {
        one.get_name()
        for one in table.get_symbols()
        if one.is_assigned() or one.is_imported() or one.is_namespace()
    }


def named_files(entry: str, command: Sequence[str]) -> list[str]:
    """Paths, below the parent of code.path, that an entry or a command may mean."""
    if entry:
        return [entry.partition(":")[0].replace(".", "/") + ".py"]
    files = [str(PurePosixPath(word)) for word in command]
    modules = [word.replace(".", "/") for word in command]  # as behind `python -m`
    return [*files, *(f"{one}.py" for one in modules), *(f"{one}/__main__.py" for one in modules)]
