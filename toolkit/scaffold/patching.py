"""Starting patch of a program that names its own files by absolute paths.

A program runs in a copy of its folder, and the folder itself is hidden from it. A path such as
`/home/me/project/data.csv`, or one of another machine, leads nowhere there; the name below the
folder does. Nothing else is rewritten by rule: what else a program may lack is said in words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from ..patches import diff
from ..study.bindings import tree
from . import programs
from .folder import Folder, Module
from .options import Option
from .survey import Survey

FILENAME = "init.patch"
_BASES = {
    "Users", "content", "data", "home", "kaggle", "media", "mnt", "opt", "root", "scratch", "srv",
    "tmp", "workspace",
}  # fmt: skip
"""first folders of the paths that people type; `/api/data` of a server is none"""


def made(found: Survey, option: Option, editable: Sequence[str]) -> str:
    """Patch of the files that may be edited; "" where none is needed."""
    if "script" not in option.code:  # a function is not run in its folder
        return ""
    old = {
        path: found.folder.modules[path].text
        for path in programs.reached(found.folder, option.start)
        if any(PurePath(path).match(pattern) for pattern in editable)
    }
    new = {path: _patched(found, found.folder.modules[path]) for path in old}
    return diff.make(old, new) if new != old else ""


def elsewhere(found: Survey, option: Option, editable: Sequence[str]) -> list[str]:
    """A sentence on such paths in files that no patch may touch."""
    if "script" not in option.code:
        return []
    for path in programs.reached(found.folder, option.start):
        may = any(PurePath(path).match(pattern) for pattern in editable)
        for node, name in [] if may else _paths(found.folder, found.folder.modules[path]):
            return [
                f"{path}, line {node.lineno}: {node.value!r} leads nowhere in the copy that runs: "
                f"write {name!r} there."
            ]
    return []


def _patched(found: Survey, module: Module) -> str:
    """Text of a module, each such path replaced by the name below the folder."""
    home = tree.module(found.files, module.path)
    text = home.source.text
    spans = [(*home.span(node), name) for node, name in _paths(found.folder, module)]
    for start, end, name in sorted(spans, reverse=True):
        quote = "'" if text[start:end].endswith("'") else '"'
        text = f"{text[:start]}{quote}{name}{quote}{text[end:]}"
    return text


def _paths(folder: Folder, module: Module) -> Iterator[tuple[ast.Constant, str]]:
    """(literal, name below the folder) of each absolute path that means one of its files."""
    inside = {
        id(part) for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }  # fmt: skip
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = _below(folder, node.value) if id(node) not in inside else ""
            if name and not set(name) & set("'\"\\\n"):
                yield node, name


def _below(folder: Folder, text: str) -> str:
    """Name below the folder of what an absolute path means; "" where it means nothing there."""
    if not 1 < len(text) < 300 or "\n" in text:
        return ""
    if re.match(r"[A-Za-z]:[\\/]", text):
        return _tail(folder, PureWindowsPath(text).parts[1:])
    if not text.startswith(("/", "~/")):
        return ""
    path = Path(text).expanduser()
    for root in (folder.root.absolute(), folder.root.resolve()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    if path.exists() or path.parts[1] not in _BASES:
        return ""
    return _tail(folder, path.parts[1:])


def _tail(folder: Folder, parts: Sequence[str]) -> str:
    """The file or folder of the code base that the end of a path names, if that is one alone."""
    folders = {up.as_posix() for path in folder.paths for up in PurePosixPath(path).parents}
    for first in range(1, len(parts)):
        end = "/".join(parts[first:])
        known = [one for one in {*folder.paths, *folders} if one == end or one.endswith(f"/{end}")]
        if known:
            return known[0] if len(known) == 1 else ""
    return ""
