"""Functions with which a code base judges itself: evaluators of other tools, and checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..study.bindings import inline
from .folder import Folder, Module
from .printed import keys
from .syntax import assigned, calls, constant, dotted, functions

_LOADERS = ("module_from_spec", "import_module", "load_module", "run_path", "SourceFileLoader")
_CHECKS = ("check", "verify", "validate", "is_valid", "verify_packing", "check_solution")
_MAKERS = ("construct", "solve", "build", "generate", "make", "create", "pack", "main", "run")
_SCORES = ("combined_score", "score", "fitness", "reward")


@dataclass(frozen=True)
class Contract:
    """An evaluator: a file whose function is given the path of a program, and that program.

    calls: functions without arguments that it asks of the program, where it asks for nothing else;
    keys: names of the numbers that it returns.
    """

    file: str
    function: str
    program: str
    calls: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        return next((key for key in _SCORES if key in self.keys), "") or (
            self.keys[0] if len(self.keys) == 1 else ""
        )


def evaluator(folder: Folder) -> Contract | None:
    """The evaluator of OpenEvolve's or ShinkaEvolve's form; None where there is none."""
    for path, module in folder.modules.items():
        for name, function in functions(module.tree).items():
            if not _is_contract(name, function):
                continue
            program = _program(folder, path)
            if program:
                asked = _asked(module)
                made = tuple(_returned(function, module))
                return Contract(path, name, program, asked, made)
    return None


def _is_contract(name: str, function: ast.FunctionDef) -> bool:
    given = [one.arg for one in function.args.args]
    path_like = bool(given) and any(word in given[0] for word in ("path", "program", "file"))
    if name == "evaluate" and path_like:
        return len(given) - len(function.args.defaults) == 1
    return name == "main" and len(given) >= 2 and path_like and "dir" in given[1]


def _program(folder: Folder, judge: str) -> str:
    """The program that an evaluator is about: with marked blocks, or by its name."""
    others = [path for path in folder.modules if path != judge]
    marked = [path for path in others if any(inline.marked(folder.modules[path].text))]
    named = [
        p for p in others if PurePosixPath(p).stem in {"initial", "initial_program", "program"}
    ]
    return next(iter([*marked, *named]), "")


def _asked(module: Module) -> tuple[str, ...]:
    """Functions that are called on the loaded program, if all of them take no arguments."""
    loaded = {
        name
        for name, value in assigned(module.tree).items()
        if isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in _LOADERS
    }
    found: dict[str, None] = {}
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or node.attr.startswith("__"):
            continue
        if isinstance(node.value, ast.Name) and node.value.id in loaded:
            found[node.attr] = None
    given = {
        name.partition(".")[2]: bool(call.args or call.keywords)
        for name, call in calls(module.tree)
        if name.partition(".")[0] in loaded
    }
    for _, call in calls(module.tree):  # run_with_timeout(program.solve, timeout_seconds=5)
        limits = all("time" in (one.arg or "") for one in call.keywords)
        for one in call.args[:1]:
            if len(call.args) == 1 and limits and dotted(one).partition(".")[0] in loaded:
                given.setdefault(dotted(one).partition(".")[2], False)
    whole = all(name in given and not given[name] for name in found)
    return tuple(found) if whole else ()


def _returned(function: ast.FunctionDef, module: Module) -> Iterator[str]:
    """Keys of the first dictionary with a score that the function returns, or its module makes."""
    names = assigned(module.tree)
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    inner = [_unwrapped(one) for one in returns if one is not None]
    every = [keys(one, names) for one in inner if one is not None]
    found = next((one for one in every if set(one) & set(_SCORES)), max(every, key=len, default=[]))
    yield from found or ([_SCORES[0]] if _SCORES[0] in module.text else [])


def _unwrapped(node: ast.expr) -> ast.expr:
    """The dictionary in EvaluationResult(metrics={…})."""
    if isinstance(node, ast.Call):
        metrics = next((one.value for one in node.keywords if one.arg == "metrics"), None)
        return metrics or (node.args[0] if node.args else node)
    return node


@dataclass(frozen=True)
class Check:
    """A function that says what is wrong with an output, and the function that makes one."""

    file: str
    function: str
    program: str
    maker: str


def check(folder: Folder) -> Check | None:
    """A check in a file of its own, of what a function without arguments makes."""
    for path, module in folder.modules.items():
        for name, function in functions(module.tree).items():
            given = function.args
            needed = len(given.args) - len(given.defaults)
            if name.startswith(_CHECKS) and needed == 1 and _scores(function):
                maker = _maker(folder, path)
                if maker:
                    return Check(path, name, *maker)
    return None


def _scores(function: ast.FunctionDef) -> bool:
    """True if a check may give a number; one that only says yes or no ranks nothing."""
    given = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return any(
        isinstance(one, ast.Name | ast.Call | ast.BinOp | ast.Subscript | ast.UnaryOp)
        or type(constant(one)) in (int, float)
        for one in given
    )


def _maker(folder: Folder, judge: str) -> tuple[str, str] | None:
    found = [
        (path, name)
        for path, module in folder.modules.items()
        if path != judge
        for name, function in functions(module.tree).items()
        if name.startswith(_MAKERS) and name != "main" and _makes(function)
    ]
    return min(found, key=lambda one: _place(one[1]), default=None)


def _place(name: str) -> int:
    return next(n for n, word in enumerate(_MAKERS) if name.startswith(word))


def _makes(function: ast.FunctionDef) -> bool:
    """True if a function needs no argument and returns something."""
    given = function.args
    needed = len(given.args) - len(given.defaults) + len(given.kwonlyargs)
    returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
    return needed <= 0 and any(
        one is not None and not (isinstance(one, ast.Constant) and constant(one) is None)
        for one in returns
    )
