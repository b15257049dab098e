"""Things that a study tells a researcher beside its brief: the scorer's rule, and traces.

No score depends on it: it is no part of a study's identity, and may be reworded at any time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import interrupts
from ..text import said
from . import inspection, module
from .task import Item, Task
from .toml import Table

TABLE = "researcher"
TRACE = "`def trace(task, item, output)`, which gives {name: what is shown of it}"

Trace = Callable[[Item, Any], Mapping[str, Any]]
OfTask = Callable[[Task, Item, Any], Mapping[str, Any]]


def read(table: Table) -> dict[str, Any]:
    """Fields `rule` and `trace` of a Study, from its table [researcher]."""
    inner = table.table(TABLE, optional=True)
    found = {"rule": _rule(inner), "trace": _trace(inner)}
    inner.reject_unread()
    return found


def _rule(inner: Table) -> str:
    name = inner.text("rule", default="")
    if not name:
        return ""
    try:
        return Path(name).read_bytes().decode("utf-8-sig").replace("\r\n", "\n").strip()
    except (OSError, UnicodeDecodeError) as error:
        inner.problem("rule", f"{name} cannot be read: {said(error)}; it names a file of text")
        return ""


def _trace(inner: Table) -> OfTask | None:
    """The function that `trace = "lost.py:trace"` names."""
    spec = inner.text("trace", default="")
    file, _, name = spec.rpartition(":")
    path = Path(file)
    if not spec:
        return None
    if not file or not name.isidentifier() or not path.is_file():
        inner.problem("trace", f'must read "lost.py:trace", a file and {TRACE}; got {spec!r}')
        return None
    try:
        found: OfTask | None = getattr(module.imported(path.resolve()), name, None)
    except BaseException as error:  # it is somebody's code: any error is the study's
        if interrupts.came(error):
            raise
        inner.problem("trace", f"{path} cannot be imported: {type(error).__name__}: {said(error)}")
        return None
    if not inspect.isfunction(found):
        inner.problem("trace", f"{path} has no function {name!r}; write {TRACE}")
    elif wrong := inspection.mismatch(found, "task", "item", "output"):
        inner.problem("trace", f"{path}: {name} cannot be called: {wrong}; write {TRACE}")
    return found


def rule(told: str, task: Task) -> str:
    """The scorer's rule in words: what the study's file says, else the task; "" where neither."""
    function = getattr(task, "rule", None)
    return told or (str(function()).strip() if function else "")


def trace(given: OfTask | None, task: Task) -> Trace | None:
    """Function that tells where an output was lost; None where the study has none."""
    if given is None:
        own: Trace | None = getattr(task, "trace", None)
        return own
    return lambda item, output: given(task, item, output)
