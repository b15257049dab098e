"""Programs that edits make of the best one so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import toolkit
from searchers.autoresearcher.changes import changed_files
from searchers.autoresearcher.edit import Edit, Unusable


def edited(lab: toolkit.Lab, base: toolkit.Candidate, edit: Edit, scope: str) -> toolkit.Candidate:
    """A program with one edit; raises Unusable or PatchError."""
    if edit.problem:
        raise Unusable(edit.problem)
    if edit.blocks and scope == "parameters":
        raise Unusable("FILE and DELETE are refused: only SET is allowed in this experiment")
    grown = grow(lab, base, edit)
    values = lab.params(base)
    # edit.sets first: a name that is not declared is no value that stays as it is
    kept = toolkit.same({**edit.sets, **lab.params(grown)}, values)
    if kept and grown.patch == base.patch:
        raise Unusable("the edit leaves the program as it is")
    return grown


def grow(lab: toolkit.Lab, base: toolkit.Candidate, edit: Edit) -> toolkit.Candidate:
    """The same, also where it changes nothing."""
    changed = changed_files(edit, lab.files(base))
    grown = lab.edit(base, changed) if changed else base
    return replace(grown, overrides={**base.overrides, **edit.sets})


def described(edit: Edit, candidate: toolkit.Candidate, parent: int) -> toolkit.Candidate:
    """The candidate with what its edit says of it. parent: number of a trial; 0: the baseline."""
    label: Any = edit.label if edit.label in toolkit.LABELS else None
    return replace(candidate, note=edit.hypothesis, label=label, parent=parent or None)


def unusable(error: object) -> str:
    """A patch that cannot apply, on one line, so that the trial says why it is invalid."""
    return f"unusable edit: {' '.join(str(error).split())}"


def lines(files: Mapping[str, str]) -> int:
    """Number of lines that are not blank: what a simpler program has less of."""
    return sum(bool(line.strip()) for text in files.values() for line in text.splitlines())
