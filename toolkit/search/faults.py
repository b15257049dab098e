"""Faults of an edited program that show without running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from ..edits import names


class Faults:
    """Faults of programs of one study beside those that the unchanged program has."""

    def __init__(self, tree: Mapping[str, bytes], sources: Mapping[str, str]) -> None:
        """tree: all files of the unchanged program. sources: those of them that may be edited."""
        self._tree, self._sources = tree, sources

    def of(self, files: Mapping[str, str]) -> Sequence[str]:
        """Faults of a program with these files in place of those that may be edited."""
        return sorted(names.problems({**self._fixed, **files}) - self._anyway)

    @cached_property
    def _anyway(self) -> frozenset[str]:
        return names.problems({**self._fixed, **self._sources})

    @cached_property
    def _fixed(self) -> Mapping[str, str]:
        fixed = sorted(self._tree.keys() - self._sources.keys())
        return {path: self._tree[path].decode(errors="replace") for path in fixed}
