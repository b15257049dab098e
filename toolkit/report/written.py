"""A champion whose bound values are written into its files, so that it stands alone."""

from __future__ import annotations

from collections.abc import Mapping

from ..edits.anatomy import declared, pristine, settled
from ..ledger.state import State
from ..patches import diff
from ..patches.composing import composed
from ..records import Candidate
from ..study import bindings
from ..study.bindings import Binding, Bound
from ..study.space import switched


def whole_patch(state: State, champion: Candidate) -> str:
    """The study's starting patch, a candidate's own and those that its switches put in, as one
    patch of the tree on disk, with the candidate's values where the study binds them to a place of
    a file.

    `git apply` takes it at the root of the code under study.
    """
    plain = not state.study.get("start") and not state.study.get("bindings")
    if plain and not switched(declared(state), champion.overrides):
        return champion.patch
    return diff.make(_original(state), tree(state, champion))


def tree(state: State, candidate: Candidate) -> dict[str, str]:
    """Files on disk as they are with the starting patch, a candidate and its bound values in them.

    Raises PatchError where its switches and its own patch do not go together, Gone where the place
    of a value is not there any more.
    """
    made = _bound(state, candidate)
    return {path: content.decode() for path, content in made.files.items()}


def beside(state: State, champion: Candidate) -> list[str]:
    """Values that no patch can hold: options behind the command, and variables."""
    made = _bound(state, champion)
    found = [f"options behind the command: {' '.join(made.arguments)}"] if made.arguments else []
    pairs = " ".join(f"{name}={value}" for name, value in made.environment.items())
    return found + ([f"environment: {pairs}"] if pairs else [])


def _original(state: State) -> dict[str, str]:
    return {**state.study["original"], **state.study.get("bound_files", {})}


def _bound(state: State, champion: Candidate) -> Bound:
    known: Mapping[str, Binding] = {
        name: bindings.parse(at) for name, at in state.study.get("bindings", {}).items()
    }
    others = switched(declared(state), champion.overrides)
    edited = composed(pristine(state), {**others, "the champion's own patch": champion.patch})
    texts = {**state.study.get("bound_files", {}), **edited}
    values = settled(champion, declared(state)).overrides
    return bindings.bound(known, {path: text.encode() for path, text in texts.items()}, values)
