"""Code of a part that sets a switch: what its patch changes, beside the part's own blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..edits.anatomy import Anatomy
from ..errors import PatchError
from ..patches import diff
from ..patches.composing import composed
from ..study.space import Param, Switch, switched

Tree = Mapping[str, str]


def trees(anatomy: Anatomy, place: int, space: Mapping[str, Param]) -> tuple[Tree, Tree]:
    """Files before and after a part, with the switches that it sets as they stood and stand.

    Other parts' switches are left out: they are in both, and may be in the way of the part's own
    blocks where these are read alone.
    """
    part = anatomy.parts[place]
    own = {name for name in part.settings if isinstance(space.get(name), Switch)}
    steps = (range(place), range(place + 1))
    code = [_code(anatomy, some) if part.blocks else "" for some in steps]
    values = [_values(anatomy, some, own) for some in steps]
    try:
        before, after = (
            composed(anatomy.pristine, {**switched(space, on), "edits": text})
            for text, on in zip(code, values, strict=True)
        )
    except PatchError:  # two of its own clash, and it never ran
        return {}, {}
    return before, after


def _code(anatomy: Anatomy, chosen: Iterable[int]) -> str:
    return diff.make(anatomy.pristine, anatomy.tree(list(chosen)))


def _values(anatomy: Anatomy, chosen: Iterable[int], names: set[str]) -> dict[str, object]:
    """Values of some switches after some parts."""
    found: dict[str, object] = {}
    for n in chosen:
        found.update(anatomy.parts[n].overrides)
        for name in anatomy.parts[n].dropped:
            found.pop(name, None)
    return {name: value for name, value in found.items() if name in names}
