"""Faults that were planted in a program on purpose, each named by the patch that repairs it.

A comparison that starts from planted faults favours whoever may edit code, so that a result has to
say them. A start that repairs a fault has it no longer planted: which are left is looked up in the
tree that the searchers begin with.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import PatchError, near_misses
from ..patches import patch
from ..patches.pristine import Pristine
from .toml import Table

GONE = 'write "" in place of the words where the start of this study has the fault no longer'

CONTEXTS = (None, 1, 0)
"""lines around a change that must be there, in a tree that others have edited"""


@dataclass(frozen=True)
class Planted:
    """Fault that was planted. path: of the patch that repairs it, whose content is repair.

    what: the words for people. left: False where the study's start has repaired it already.
    """

    path: str
    what: str
    repair: str
    left: bool = True

    @property
    def name(self) -> str:
        """`2-dates`, the file's name."""
        return Path(self.path).stem

    def to_json(self) -> dict[str, Any]:
        return {"repair": self.name, "what": self.what, "left": self.left}


def read(table: Table, folder: Path) -> tuple[Planted, ...]:
    """Planted faults that a study names, in the order in which it names them.

    One whose words are empty is taken back by a study that extends another.
    """
    own = table.table("planted", optional=True)
    found = []
    for path in own.raw:
        own.know(path)
        what = own.value(path)
        if not isinstance(what, str):
            own.problem(shown(path, folder), f"must be words for the fault, got {what!r}")
        elif what:
            found.append(Planted(path, what, _content(own, path, folder)))
    return tuple(found)


def shown(path: str, folder: Path) -> str:
    """Key of a fault as a message names it: quoted, and seen from the study's folder."""
    return f'"{os.path.relpath(path, folder)}"'


def _content(own: Table, path: str, folder: Path) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        beside = [one.name for one in Path(path).parent.glob("*.patch")]
        why = error.strerror if isinstance(error, OSError) else error
        hint = near_misses(Path(path).name, beside)
        own.problem(shown(path, folder), f"the patch cannot be read: {why}{hint}")
        return ""


def standing(
    faults: Iterable[Planted], pristine: Pristine, folder: Path, problems: list[str]
) -> Iterator[Planted]:
    """Faults with what the start has left of them; notes those that can be neither.

    The repairs are applied one after the other, as they are where all faults are repaired.
    """
    tree, before = dict(pristine.sources), list[str]()
    for fault in faults:
        key = f"planted.{shown(fault.path, folder)}"
        try:
            pristine.check(fault.repair)
            left = not is_in(pristine.sources, fault.repair)
            tree = patch.apply(tree, fault.repair) if left else tree
            before += [fault.name] * left
            yield replace(fault, left=left)
        except PatchError as error:
            after = f" (after {', '.join(before)})" if before else ""
            problems.append(f"{key}: {error}{after}; {GONE}")


def is_in(tree: Mapping[str, str], repair: str) -> bool:
    """True if a tree holds a repair already, and does not take it once more."""
    return _done(patch.apply, tree, repair, [None]) is None and (
        _done(patch.undo, tree, repair, [None]) is not None
    )


def repaired(
    tree: Mapping[str, str], faults: Sequence[Planted]
) -> tuple[dict[str, str], list[Planted]]:
    """Tree with the repairs that it takes, one after the other, and which these are.

    Others may have edited the tree: what they wrote beside a fault is no reason against its repair.
    A repair that is in the tree is not put in once more: with less context it would fit any other
    line that reads like the fault's.
    """
    found, taken = dict(tree), []
    for fault in faults:
        grown = None if is_in(found, fault.repair) else _grown(found, fault)
        if grown is not None:
            found = grown
            taken.append(fault)
    return found, taken


def holds(tree: Mapping[str, str], fault: Planted) -> bool:
    """True if a tree that others edited does not take a repair, because it holds it already."""
    return is_in(tree, fault.repair) or (
        _grown(tree, fault) is None and _done(patch.undo, tree, fault.repair, CONTEXTS) is not None
    )


def _grown(tree: Mapping[str, str], fault: Planted) -> dict[str, str] | None:
    return _done(patch.apply, tree, fault.repair, CONTEXTS)


def _done(
    function: Callable[..., dict[str, str]], tree: Mapping[str, str], repair: str,
    contexts: Sequence[int | None],
) -> dict[str, str] | None:  # fmt: skip
    """Tree after a repair was put in or taken out, with as much context as it takes; else None."""
    for context in contexts:
        try:
            return function(tree, repair, context=context)
        except PatchError:
            continue
    return None
