"""The class of a study's task: the file that holds it, and the code that it is made of."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import interrupts
from ..errors import UserError
from ..records import digest
from ..text import said
from . import data, inspection
from .toml import Table


def task_class(table: Table) -> tuple[Path, type[Any] | None]:
    """The file and the class named by `class = "task.py:Name"`."""
    spec = table.text("class")
    file, _, name = spec.rpartition(":")
    path = Path(file)
    if not spec:
        return path, None
    if not file or not name:
        table.problem("class", f'must read "task.py:Name", got {spec!r}')
        return Path(spec), None
    if not path.is_file():
        table.problem("class", f'{path} is missing (write `class = "task.py:Name"`)')
        return path, None
    path = path.resolve()
    try:
        found = getattr(imported(path), name, None)
    except BaseException as error:  # a task is somebody's code: any error is the study's
        if interrupts.came(error):
            raise
        table.problem("class", f"{path} cannot be imported: {type(error).__name__}: {said(error)}")
        return path, None
    if not inspect.isclass(found):
        table.problem("class", f"{path} has no class {name!r}")
        return path, None
    for text in inspection.of_class(found):
        table.problem("class", f"{path}: {text}")
    return path, found


def imported(path: Path) -> ModuleType:
    """Import a study's module; one inside an importable package keeps its own name."""
    top = path.parent
    while (top / "__init__.py").is_file():
        top = top.parent
    dotted = ".".join(path.relative_to(top).with_suffix("").parts)
    if top != path.parent and str(top) in map(str, map(Path.resolve, map(Path, sys.path))):
        return importlib.import_module(dotted)
    name = f"toolkit_study_{digest(str(path))[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def code_digests(made: type[Any]) -> Mapping[str, str]:
    """{file name: digest} of every module that stands beside a class the task is made of."""
    digests = {}
    for owner in inspection.owners(made):
        folder = Path(inspect.getfile(owner)).parent
        for path in sorted(folder.glob("*.py")):
            digests[f"{folder.name}/{path.name}"] = data.sha256(path)
    return digests
