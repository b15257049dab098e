"""Candidates of requests; one that is none becomes a candidate that is charged as invalid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..errors import PatchError, unknown
from ..patches.hunks import UNUSABLE
from ..records import LABELS, Candidate, Label
from ..search.lab import Lab
from .requests import TrialRequest

HYPOTHESIS_CHARS = 2000
Files = Mapping[str, str | None]


class Unusable(Exception):  # noqa: N818 - says why
    """A candidate that cannot be run at all."""


def candidate(lab: Lab, asked: TrialRequest, parent: int | None) -> Candidate:
    """The candidate that a request names; parent: the best trial so far.

    One that cannot be run is told as a patch that cannot apply, whose trial says why.
    """
    note = asked.hypothesis[:HYPOTHESIS_CHARS]
    found = Candidate(overrides=asked.overrides, note=note, parent=parent)
    try:
        label = _label(asked.label)
        return replace(found, label=label, patch=_patch(lab, asked))
    except (Unusable, PatchError) as error:
        return replace(found, patch=UNUSABLE + " ".join(str(error).split()))


def _label(given: str) -> Label | None:
    label = next((one for one in LABELS if one == given), None)
    if given and label is None:
        raise Unusable(unknown("label", given, LABELS))
    return label


def _patch(lab: Lab, asked: TrialRequest) -> str:
    """Raises Unusable or PatchError where the files are not what a candidate may change."""
    changed = dict(_changed(lab, asked.files))
    refused = [path for path in changed if path in lab.tree and path not in lab.sources]
    if refused:
        raise Unusable(f"{', '.join(refused)} may not be edited; {_may(lab)}")
    patch = lab.edit(Candidate(), changed).patch if changed else asked.patch
    if not patch and not asked.overrides:
        raise Unusable("nothing differs from the pristine program, and no parameter is set")
    return patch


def _changed(lab: Lab, files: Files) -> Iterator[tuple[str, str | None]]:
    """Files that are not as in the pristine tree; one that is deleted and never was is not."""
    for path, text in files.items():
        known = lab.tree.get(path)
        given = None if text is None else text.encode(errors="surrogatepass")
        if given != known:
            yield path, text


def _may(lab: Lab) -> str:
    return f"files that may be edited: {', '.join(lab.editable)}"
