"""Study files: TOML to a checked Study, with every problem reported at once.

A study may extend another (`extends = "study.toml"`): its keys replace the other's, table by
table. It may start from a patch (`[code] start = "clean.patch"`): the tree after it is the
pristine tree, against which every candidate's patch is made.
"""

from __future__ import annotations

import fnmatch
import importlib
import importlib.util
import inspect
import re
import symtable
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from .. import interrupts
from ..errors import PatchError, StudyError, UserError, near_misses
from ..patches import patch
from ..patches.pristine import Pristine, matches
from ..records import LEVELS, TOO_DEEP, Limits, canonical, check_depth, digest
from ..text import said
from . import data as data_files
from . import inspection, program, survey
from .data import DataFile, DataSource
from .roles import ROLES, Roles
from .roles import problems as role_problems
from .space import Param
from .task import Task
from .toml import Table, read_parameters

FILENAME = "study.toml"
SPLITS = ("search", "test")
_NOT_DATA = {".py", ".toml", ".md", ".patch"}
_PATHS = (("code", "path"), ("code", "start"), ("task", "class"), ("defaults", "recording"))


@dataclass(frozen=True)
class Study:
    """What is searched, on what, within which limits.

    original: the tree on disk, whose folder is tree; start: the patch that makes the pristine
    tree of it, or "".
    entry: "package.module:function", or "" where the program is a command.
    """

    name: str
    title: str
    brief: str
    folder: Path
    package: str
    tree: Path
    entry: str
    command: tuple[str, ...]
    editable: tuple[str, ...]
    preload: tuple[str, ...]
    original: Mapping[str, bytes]
    start: str
    space: Mapping[str, Param]
    task_class: type[Any]
    source: DataSource | None
    splits: Mapping[str, tuple[str, ...]]
    seed: int
    limits: Limits
    isolation: str
    searchers: tuple[str, ...]
    seeds: int
    recording: str
    roles: Roles = field(default_factory=Roles)

    @property
    def entry_files(self) -> frozenset[str]:
        """What no patch may delete: the file of the entry, or those that the command names."""
        return frozenset(_named_files(self.entry, self.command)) & set(self.original)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """{path: content} of the pristine tree; raises PatchError where start does not fit."""
        if not self.start:
            return self.original
        kept = {path: text for path, text in self.original.items() if not self.may_edit(path)}
        started = patch.apply(self.original_sources, self.start)
        return {**kept, **{path: text.encode() for path, text in started.items()}}

    @cached_property
    def original_sources(self) -> Mapping[str, str]:
        """{path: text} of the files that may be edited, before the start."""
        return {path: text.decode() for path, text in self.original.items() if self.may_edit(path)}

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """{path: text} of the files that may be edited."""
        return {path: text.decode() for path, text in self.files.items() if self.may_edit(path)}

    @cached_property
    def pristine(self) -> Pristine:
        """The files that may be edited, with what a patch may do to them."""
        return Pristine(self.sources, self.editable, self.entry_files)

    def may_edit(self, path: str) -> bool:
        return matches(path, self.editable)

    def task(self) -> Task:
        """The benchmark, loaded once and looked over.

        Raises DataError where its files are missing or corrupted, and StudyError with all that is
        wrong with the task.
        """
        return self._task

    @cached_property
    def _task(self) -> Task:
        folder = data_files.require(self.source) if self.source else self.folder
        return survey.opened(self.task_class, folder, self.splits)

    @cached_property
    def digest(self) -> str:
        """Of all that a score depends on; the budget and the choice of searchers are not in it."""
        parts = {
            "files": {path: digest(content) for path, content in self.files.items()},
            "task": _task_code(self.task_class),
            "data": self._data_digests(),
            "space": {
                name: [type(param).__name__, asdict(param)]  # type: ignore[call-overload]
                for name, param in self.space.items()
            },
            "entry": self.entry or self.command,
            "editable": self.editable,
            "splits": self.splits,
            "seed": self.seed,
            # without what is not used, so that a new limit changes no study that has none of it
            "limits": {name: value for name, value in asdict(self.limits).items() if value},
        }
        return digest(canonical(parts))

    def _data_digests(self) -> Mapping[str, str]:
        if self.source:
            return {file.name: file.sha256 for file in self.source.files}
        return {
            path.name: data_files.sha256(path)
            for path in sorted(self.folder.iterdir())
            if path.is_file() and path.suffix not in _NOT_DATA and not path.name.startswith(".")
        }


def load(path: Path) -> Study:
    """Read a study file or the folder that holds one; raises StudyError."""
    path = (path / FILENAME if path.is_dir() else path).resolve()
    raw = _read_toml(path)
    problems: list[str] = []
    table = Table(raw, "", problems)
    study = _read(table)
    if study is not None:
        _check_start(study, problems)
    if problems or study is None:
        problems = list(dict.fromkeys(problems))  # a key that is read twice is wrong once
        listing = "\n".join(f"  {text}" for text in problems)
        raise StudyError(f"{path} has {len(problems)} problem(s):\n{listing}")
    return study


def _read_toml(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The file's tables over those of the study it extends, their paths made absolute."""
    if path in seen:
        raise StudyError(f"{path} extends itself, by way of {seen[-1]}")
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
    for table, key in _PATHS:
        inner = raw.get(table)
        if isinstance(inner, dict) and isinstance(inner.get(key), str) and inner[key]:
            inner[key] = program.absolute(path.parent, inner[key])
    base = raw.pop("extends", None)
    if base is None:
        return raw
    if not isinstance(base, str) or "\0" in base:
        raise StudyError(f"{path}: extends must be the path of a study file, got {base!r}")
    return _merge(_read_toml((path.parent / base).resolve(), (*seen, path)), raw)


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


def _read(table: Table) -> Study | None:
    code, task = table.table("code"), table.table("task")
    splits, limits = table.table("splits"), table.table("limits", optional=True)
    defaults = table.table("defaults", optional=True)
    roles = table.table("roles", optional=True)
    name, title = table.text("name"), table.text("title", default="")
    tree = program.read(code)
    file, task_class = _task_class(task)
    editable = tuple(code.texts("editable"))
    named = _named_files(code.text("entry", default=""), code.texts("command", default=()))
    files = program.without_task(tree, file, {*named}, editable)
    fields: dict[str, Any] = {
        "name": name,
        "title": title,
        "brief": table.text("brief", default=""),
        "folder": file.parent,
        "package": tree.root.name,
        "tree": tree.root,
        "entry": code.text("entry", default=""),
        "command": tuple(code.texts("command", default=())),
        "editable": editable,
        "preload": tuple(code.texts("preload", default=())),
        "original": files,
        "start": _start(code),
        "space": read_parameters(table.table("parameters", optional=True)),
        "task_class": task_class,
        "source": _source(table),
        "splits": {split: tuple(splits.texts(split)) for split in SPLITS},
        "seed": table.integer("seed", default=0, low=0),
        "limits": _limits(limits),
        "isolation": _isolation(limits, best="command" if "command" in code.raw else "confined"),
        "searchers": tuple(defaults.texts("searchers", default=())),
        "seeds": defaults.integer("seeds", default=1, low=1),
        "recording": defaults.text("recording", default=""),
        "roles": Roles(**{role: tuple(roles.texts(role, default=())) for role in ROLES}),
    }
    _cross_check(table, fields)
    for inner in (code, task, splits, limits, defaults, roles, table):
        inner.reject_unread()
    return None if table.problems else Study(**fields)


def _check_start(study: Study, problems: list[str]) -> None:
    """The starting patch may touch only what a candidate's may; roles may name what it brings."""
    if not study.start:
        return
    try:
        patch.check(study.start, study.may_edit, study.entry_files, allowed=study.editable)
        found = role_problems(study.roles, study.original, study.files)
        problems += [f"roles.{role}: {text}" for role, text in found]
    except PatchError as error:
        problems.append(f"code.start: {error}")


def _isolation(limits: Table, *, best: str) -> str:
    """The level that the study asks for; best: what its kind of program can reach."""
    allowed = LEVELS[: LEVELS.index(best) + 1]
    level = limits.text("isolation", default=best)
    if level not in allowed:
        limits.problem("isolation", f"must be one of {', '.join(allowed)}, got {level!r}")
    return level


LONGEST_S = 1e7  # four months
LARGEST_MB = 1e8  # a hundred terabytes: what systems count in fits their integers


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
    for entry in data.tables("files"):
        files.append(DataFile(entry.text("name"), entry.text("url"), entry.text("sha256")))
        entry.reject_unread()
    source = DataSource(data.text("folder"), data.text("licence", default=""), tuple(files))
    data.reject_unread()
    return source


def _cross_check(table: Table, fields: Mapping[str, Any]) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", fields["name"]):
        table.problem(
            "name", f"must be lower-case letters, digits, - and _, got {fields['name']!r}"
        )
    for split, clusters in fields["splits"].items():
        if len(clusters) != len(set(clusters)) or not clusters:
            table.problem(f"splits.{split}", "must name at least one conversation, each once")
    overlap = set(fields["splits"]["search"]) & set(fields["splits"]["test"])
    if overlap:
        table.problem("splits", f"{', '.join(sorted(overlap))} is in both search and test")
    _check_entry(table, fields)
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
    if fields["original"] and not fields["start"]:
        for role, text in role_problems(fields["roles"], fields["original"]):
            table.problem(f"roles.{role}", text)


def _check_entry(table: Table, fields: Mapping[str, Any]) -> None:
    """A function or a command, and which of its files it is."""
    entry, command = fields["entry"], fields["command"]
    if bool(entry) == bool(command):
        table.problem(
            "code.entry",
            'give either entry = "package.module:function" or command = ["python", "…/main.py"]',
        )
        return
    key = "entry" if entry else "command"
    if entry and not entry.partition(":")[2].isidentifier():
        table.problem("code.entry", 'must read "package.module:function"')
        return
    named = _named_files(entry, command)
    if fields["original"] and not set(named) & set(fields["original"]):
        what = f"{named[0]} is not" if entry else "none of its words names a file"
        such = program.example(fields["original"])
        table.problem(f"code.{key}", f"{what} below code.path{such}")
    if entry and named[0] in fields["original"] and not fields["start"]:
        function = entry.partition(":")[2]
        known = defined(fields["original"][named[0]])
        if known is not None and function not in known:
            table.problem(
                "code.entry",
                f"{named[0]} defines no {function!r}{near_misses(function, known)} "
                f"(it defines {', '.join(sorted(known)) or 'nothing'})",
            )
    if command and fields["preload"]:
        table.problem(
            "code.preload", "has no effect on a command, which starts afresh: leave it out"
        )


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


def _named_files(entry: str, command: Sequence[str]) -> list[str]:
    """Paths, below the parent of code.path, that an entry or a command may mean."""
    if entry:
        return [entry.partition(":")[0].replace(".", "/") + ".py"]
    files = [str(PurePosixPath(word)) for word in command]
    modules = [word.replace(".", "/") for word in command]  # as behind `python -m`
    return [*files, *(f"{one}.py" for one in modules), *(f"{one}/__main__.py" for one in modules)]


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


def _task_class(table: Table) -> tuple[Path, type[Any] | None]:
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
        found = getattr(_module(path), name, None)
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


def _module(path: Path) -> ModuleType:
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


def _task_code(task_class: type[Any]) -> Mapping[str, str]:
    """{file name: digest} of every module that stands beside a class the task is made of."""
    digests = {}
    for owner in inspection.owners(task_class):
        folder = Path(inspect.getfile(owner)).parent
        for path in sorted(folder.glob("*.py")):
            digests[f"{folder.name}/{path.name}"] = data_files.sha256(path)
    return digests
