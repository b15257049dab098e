"""Programs of a code base: what can be started, what it imports, which files only judge it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from . import usage
from .environment import is_test
from .folder import Folder, Module
from .syntax import dotted, functions, guard, top_level

_JUDGES = {
    "bench", "benchmark", "check", "checker", "eval", "evaluate", "evaluation", "evaluator",
    "judge", "metric", "metrics", "prepare", "score", "scorer", "scoring", "timing", "validate",
    "validator", "verify", "verifier",
}  # fmt: skip
_STARTS = ("train", "main", "run", "__main__", "bench", "benchmark", "app", "experiment")
_FIXED = re.compile(
    r"do(?:es)? not (?:change|edit|modify|touch)|don't (?:change|edit|modify)|read-?only|"
    r"(?:stays|remains|is) fixed|not (?:to be|meant to be) (?:changed|edited|modified)",
    re.IGNORECASE,
)
_HEAD_LINES = 15


@dataclass(frozen=True)
class Script:
    """A program that can be started. command: as it is typed, below the folder, with the words
    that it cannot start without.
    """

    path: str
    command: tuple[str, ...]


def scripts(folder: Folder) -> list[Script]:
    """Programs that can be started, the likeliest first."""
    found = [
        Script(path, (command := _command(folder, path)) + usage.words(folder, path, command))
        for path, module in folder.modules.items()
        if not is_test(path) and _starts(module)
    ]
    readme = "\n".join(folder.text(path) for path in folder.paths if _is_readme(path))
    return sorted(found, key=lambda one: _rank(one, readme))


def _is_readme(path: str) -> bool:
    return "/" not in path and path.lower().endswith((".md", ".rst", ".txt"))


def _rank(one: Script, readme: str) -> tuple[int, int, int, str]:
    name = PurePosixPath(one.path)
    told = readme.find(" ".join(one.command[: 3 if one.command[1] == "-m" else 2]))
    place = _STARTS.index(name.stem) if name.stem in _STARTS else len(_STARTS)
    return (told if told >= 0 else 1 << 30, place, len(name.parts), one.path)


def _starts(module: Module) -> bool:
    """True if a module does something when it is started, beyond defining things."""
    return guard(module.tree) is not None or any(map(_does, top_level(module.tree)))


def _does(node: ast.stmt) -> bool:
    """True if a statement runs a loop or calls something, under whatever condition it stands.

    A program may begin with `if len(sys.argv) > 1:`, or run below `try:`.
    """
    if isinstance(node, ast.For | ast.While | ast.With):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Raise):  # raise SystemExit(main())
        return node.exc is not None and dotted(getattr(node.exc, "func", node.exc)) == "SystemExit"
    if isinstance(node, ast.If):
        return any(map(_does, [*node.body, *node.orelse]))
    if isinstance(node, ast.Try):  # what handles an import that failed starts nothing
        return any(map(_does, [*node.body, *node.orelse, *node.finalbody]))
    return isinstance(node, ast.Match) and any(
        _does(one) for case in node.cases for one in case.body
    )


def awaits_words(folder: Folder, start: str) -> int:
    """Line of the condition below which alone a program does anything, where that asks for words
    behind its name; 0 where there is none.
    """
    doing = [node for node in top_level(folder.modules[start].tree) if _does(node)]
    if len(doing) != 1 or not isinstance(doing[0], ast.If) or any(map(_does, doing[0].orelse)):
        return 0
    return doing[0].lineno if "sys.argv" in ast.unparse(doing[0].test) else 0


def _command(folder: Folder, path: str) -> tuple[str, ...]:
    """A module of a package is started by its name, since its relative imports need that; by its
    file where a page types it so.
    """
    file = PurePosixPath(path)
    packaged = (file.parent / "__init__.py").as_posix() in folder.paths and len(file.parts) > 1
    typed = re.compile(rf"\bpython[\d.]*\s+(?:\./)?{re.escape(path)}(?![\w./-])")
    if not packaged or any(typed.search(text) for text in usage.pages(folder)):
        return ("python", path)
    parts = file.with_suffix("").parts
    return ("python", "-m", ".".join(parts[:-1] if file.stem == "__main__" else parts))


def reached(folder: Folder, start: str) -> list[str]:
    """The modules that one runs: itself first, then what it imports of the folder."""
    found, waiting = [start], [start]
    while waiting:
        for path in _imports(folder, folder.modules[waiting.pop(0)]):
            if path not in found:
                found.append(path)
                waiting.append(path)
    return found


def _imports(folder: Folder, module: Module) -> Iterable[str]:
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _package(module, node.level) if node.level else ""
            stem = ".".join(filter(None, [base, node.module]))
            names = [stem, *(f"{stem}.{alias.name}".lstrip(".") for alias in node.names)]
        for name in filter(None, names):
            yield from _files(folder, module, name)


def _package(module: Module, level: int) -> str:
    parts = module.path.removesuffix(".py").split("/")
    return ".".join(parts[: len(parts) - level])


def _files(folder: Folder, module: Module, name: str) -> Iterable[str]:
    """Files of a dotted name: below the folder, beside the module, or below src."""
    beside = PurePosixPath(module.path).parent.as_posix()
    tail = name.replace(".", "/")
    for top in dict.fromkeys(("", f"{beside}/" if beside != "." else "", "src/")):
        for path in (f"{top}{tail}.py", f"{top}{tail}/__init__.py"):
            if path in folder.modules:
                yield path
                return


def judges(folder: Folder, start: str, *, hosted: bool = False) -> set[str]:
    """Files that score the program or hold it to its task: none of them may be edited.

    Their name says so, their head, or that they define an evaluation that the start calls.
    hosted: the host scores what the program leaves, by answers that it never gets, so that nothing
    that it imports can be its judge: a `score.py` there ranks documents.
    """
    found = set()
    own = set(reached(folder, start)) if hosted else {start}
    for path, module in folder.modules.items():
        head = "\n".join(module.text.splitlines()[:_HEAD_LINES])
        stem = PurePosixPath(path).stem.lower()
        evaluates = path not in own and any(
            name.startswith(("evaluate", "compute_metric", "score_"))
            for name in functions(module.tree)
        )
        if is_test(path) or (path not in own and set(stem.split("_")) & _JUDGES) or evaluates or (
            path != start and _FIXED.search(head)
        ):  # fmt: skip
            found.add(path)
    return found
