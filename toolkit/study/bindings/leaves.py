"""Leaves of configuration files, found by position, so that comments and layout stay.

A dotted key goes through tables and lists (`layers.0.size`); a key that holds dots itself is found,
too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from ...errors import near_misses
from . import json_files, toml_files, yaml_files
from .place import UNKNOWN, Files, Gone, Missing, Place, Slot, Text, file

Leaf = tuple[tuple[str, ...], Slot]
"""(keys from the top, slot)"""
_READERS: Mapping[str, Callable[[str, Text], Sequence[Leaf]]] = {
    ".json": json_files.leaves,
    ".toml": toml_files.leaves,
    ".yaml": yaml_files.leaves,
    ".yml": yaml_files.leaves,
}
SUFFIXES = tuple(_READERS)
_OURS = ("study.toml", "pyproject.toml", "package.json", "package-lock.json")
"""files that configure something else than the program"""
MOST_BYTES = 200_000


def _read(files: Files, path: str) -> Sequence[Leaf]:
    """Leaves and tables of one file; raises Gone."""
    return _known(path, file(files, path))


@lru_cache(maxsize=64)
def _known(path: str, source: Text) -> Sequence[Leaf]:
    return _READERS["." + path.rpartition(".")[2]](path, source)


def slot(files: Files, path: str, key: str) -> Slot:
    """Slot of a leaf; raises Gone."""
    known = _read(files, path)
    found = [slot for keys, slot in known if ".".join(keys) == key]
    if not found:
        names = [".".join(keys) for keys, _ in known]
        raise Missing(f"{path} has no key {key}", near_misses(key, names))
    if len(found) > 1:
        lines = " and ".join(str(one.line) for one in found)
        raise Gone(f"{path} has the key {key} at lines {lines}; a value can be written only once")
    return found[0]


def places(files: Files) -> Iterator[Place]:
    """Leaves that hold plain values."""
    for path in sorted(files):
        name = path.rpartition("/")[2]
        if not path.endswith(SUFFIXES) or name in _OURS or len(files[path]) > MOST_BYTES:
            continue
        try:
            source, known = file(files, path), _read(files, path)
        except Gone:
            continue
        for keys, one in known:
            inside_list = any(other[: len(keys)] == keys and other != keys for other, _ in known)
            if one.value is not UNKNOWN and not (inside_list and isinstance(one.value, dict)):
                comment = "" if path.endswith(".json") else source.comment(one.end)
                at = f"{path}:{'.'.join(keys)}"
                yield Place(at, one.value, comment, one.line, "leaf")
