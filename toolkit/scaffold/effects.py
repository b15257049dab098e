"""Files and folders that a code base reads or writes, as far as its text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .folder import Folder, Module
from .syntax import HOME, argument, assigned, calls, constant, dotted, functions, path

_READERS = {
    "read_csv", "read_parquet", "read_json", "read_table", "read_excel", "load", "loadtxt",
    "genfromtxt", "fromfile", "memmap", "safe_load", "load_dataset", "read_text", "read_bytes",
    "open", "read_pickle", "load_npz",
}  # fmt: skip
_WRITERS = {
    "to_csv", "to_json", "to_parquet", "savetxt", "savez", "savez_compressed", "save", "savefig",
    "write_text", "write_bytes", "dump", "to_pickle", "touch", "copyfile",
}  # fmt: skip
_MAKERS = {"mkdir", "makedirs"}
_SPELLING = {"Path", "join", "expanduser", "abspath", "realpath"}
_CACHES = {"HOME", "XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME", "TRANSFORMERS_CACHE"}


@dataclass(frozen=True)
class Effect:
    """One use of a path. how: read, written or made. loaded: when the module is loaded."""

    how: str
    target: Path
    path: str
    line: int
    loaded: bool


def read(module: Module) -> list[Effect]:
    """Uses of paths that a module spells out, in the order of its text."""
    names, here = assigned(module.tree), Path(module.path).parent
    inner = {
        id(node)
        for function in [*functions(module.tree).values(), *_methods(module.tree)]
        for node in ast.walk(function)
    }
    found = []
    for name, call in calls(module.tree):
        last = name.rpartition(".")[2]
        how = _how(last, call)
        target = _target(last, call)
        spelled = path(target, names, here) if how else None
        if spelled is not None:
            found.append(Effect(how, spelled, module.path, call.lineno, id(call) not in inner))
    return found


def _methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (one for one in node.body if isinstance(one, ast.FunctionDef))


def _how(last: str, call: ast.Call) -> str:
    if last in _MAKERS:
        return "made"
    if last == "open":
        attribute = isinstance(call.func, ast.Attribute) and dotted(call.func) != "io.open"
        mode = constant(argument(call, 0 if attribute else 1, "mode")) or "r"
        return "written" if re.search("[wax+]", str(mode)) else "read"
    if last in _WRITERS:
        return "written"
    return "read" if last in _READERS else ""


def _target(last: str, call: ast.Call) -> ast.expr | None:
    """The path that a call is about: of `path.open()` and `path.mkdir()` it is the object."""
    by_itself = {"mkdir", "read_text", "read_bytes", "write_text", "write_bytes", "touch"}
    owned = isinstance(call.func, ast.Attribute)
    if last in by_itself or (last == "open" and owned and dotted(call.func) != "io.open"):
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    return argument(call, 1 if last == "dump" else 0, "path")


def constants(folder: Folder, module: Module) -> set[str]:
    """Files and folders of the code base whose name a module spells anywhere."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.removeprefix("./").rstrip("/")
            if 0 < len(text) < 200 and "\n" not in text:
                found |= set(_known(folder, module, text))
    names, here = assigned(module.tree), Path(module.path).parent
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BinOp | ast.Call):
            spelled = path(node, names, here)
            if spelled is not None:
                found |= set(_known(folder, module, spelled.as_posix()))
    return found


def _known(folder: Folder, module: Module, text: str) -> Iterator[str]:
    """A name as one of the folder's files or folders: below it, or beside the module."""
    for candidate in {text, (Path(module.path).parent / text).as_posix()}:
        name = candidate.removeprefix("./")
        if name in folder.paths or any(path.startswith(f"{name}/") for path in folder.paths):
            yield name


def outside(folder: Folder) -> list[Path]:
    """Files and folders outside the code base that it names and that are there, as in a cache."""
    found: dict[Path, None] = {}
    for module in folder.modules.values():
        names, here = assigned(module.tree), Path(module.path).parent
        for node in _whole(module.tree):
            spelled = path(node, names, here)
            if spelled is not None and _is_outside(folder, spelled):
                found[spelled] = None
    paths = [one for one in found if one.exists()]
    return [
        one for one in paths if not any(one != other and one in other.parents for other in paths)
    ]


def _whole(tree: ast.AST) -> Iterator[ast.expr]:
    """Expressions that may spell a path, without the parts of a longer one."""
    for node in ast.iter_child_nodes(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        joined = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        made = isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _SPELLING
        if isinstance(node, ast.expr) and (text or joined or made):
            yield node
        else:
            yield from _whole(node)


def _is_outside(folder: Folder, spelled: Path) -> bool:
    common = {HOME, HOME / ".cache", HOME / ".local", Path("/")}
    absolute = spelled.is_absolute() and spelled not in common
    return absolute and not spelled.is_relative_to(folder.root.resolve()) and (
        len(spelled.parts) > 2
    )  # fmt: skip


def home_caches(module: Module) -> bool:
    """True if a module looks for a cache in the home folder."""
    for name, call in calls(module.tree):
        first = constant(argument(call, 0, "key"))
        if name.endswith(("expanduser", "Path.home")):
            return True
        if name.endswith(("environ.get", "getenv")) and first in _CACHES:
            return True
    return 'os.environ["HOME"]' in module.text or "os.environ['HOME']" in module.text
