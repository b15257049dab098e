"""Revertability: nothing that a run leaves behind, edits that can be taken back, same seed same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..bench.bench import Bench
from ..errors import PatchError
from ..patches import diff, patch
from ..records import Scored, canonical, digest, same
from .judgement import Finding, Property
from .metric import Metric
from .runs import Runs

SHOWN = 5
"""names in a sentence"""
EDIT = "\n# an edit that is taken back\n"


@dataclass(frozen=True)
class Revertability:
    """changed: files on disk that are not as before. stuck: files whose edit is not taken back.

    differing: items whose output was another one under the same seed, of so many. gap: of the two
    scores; None where the second run failed. isolation: the level at which programs ran.
    """

    changed: Sequence[str]
    files: int
    stuck: Sequence[str]
    differing: Sequence[str]
    outputs: int
    gap: float | None
    isolation: str


def read(bench: Bench, runs: Runs, changed: Sequence[str]) -> Revertability:
    first, again = runs.first.scored, runs.again.scored
    scores = (first.score, again.score)
    return Revertability(
        changed=changed,
        files=len(bench.study.sources),
        stuck=stuck(bench.study.sources),
        differing=differing(first, again),
        outputs=len(first.outputs),
        gap=None if None in scores else abs((scores[1] or 0.0) - (scores[0] or 0.0)),
        isolation=bench.evaluator.isolation,
    )


def stuck(sources: Mapping[str, str]) -> list[str]:
    """Files that an edit and its reverse do not leave as they were, to the byte."""
    return [path for path in sources if not _reverts(path, sources)]


def _reverts(path: str, sources: Mapping[str, str]) -> bool:
    edited = {**sources, path: sources[path] + EDIT}
    try:
        there = patch.apply(sources, diff.make(sources, edited))
        back = patch.apply(there, diff.make(there, sources))
    except PatchError:
        return False
    return there != sources and _digest(back) == _digest(sources)


def _digest(sources: Mapping[str, str]) -> str:
    return digest(canonical(dict(sources)))


def differing(first: Scored, again: Scored) -> list[str]:
    """Items whose outputs differ; all of them where the second run gave none."""
    return sorted(
        item
        for item, output in first.outputs.items()
        if item not in again.outputs or not same(output, again.outputs[item])
    )


def judged(found: Revertability, metric: Metric) -> Property:
    findings = [_tree(found), _edits(found), _outputs(found, metric), _isolation(found)]
    figures = {
        "changed_files": list(found.changed),
        "edits_not_taken_back": list(found.stuck),
        "differing_outputs": list(found.differing),
        "outputs": found.outputs,
        "same_seed_score_gap": found.gap,
        "isolation": found.isolation,
    }
    return Property("revertability", findings, figures)


def _tree(found: Revertability) -> Finding:
    if not found.changed:
        return Finding("after all runs the program's folder is as it was, to the byte", "good")
    return Finding(
        f"the runs changed files of the program's own folder: {_some(found.changed)}",
        "poor",
        "let the program write into services['scratch'] or its working copy only, or run it "
        "confined (`[limits] isolation` in study.toml): what a trial leaves behind changes the "
        "next one",
    )


def _edits(found: Revertability) -> Finding:
    if not found.stuck:
        one = found.files == 1
        files = "its file" if one else f"each of its {found.files} files"
        return Finding(f"an edit of {files} can be taken back, to the same digest", "good")
    return Finding(
        f"an edit of {_some(found.stuck)} cannot be taken back to the same digest",
        "poor",
        f"give {_some(found.stuck)} the usual line ends and an encoding of UTF-8",
    )


def _outputs(found: Revertability, metric: Metric) -> Finding:
    nouns = metric.bench.study.nouns
    what = nouns.output if found.outputs == 1 else nouns.outputs
    if not found.differing:
        return Finding(f"run twice under one seed, it gives the same {what}", "good")
    shown = f"{len(found.differing)} of {found.outputs} {what} differ ({_some(found.differing)})"
    if found.gap is None:
        return Finding(
            "run once more under the same seed, the unchanged program failed", "poor",
            "mend the unchanged program: it must run whenever it is asked",
        )  # fmt: skip
    moved = f"differs by {metric.number(found.gap)}" if found.gap else "is the same"
    large = found.gap > (metric.told or 0.0)
    return Finding(
        f"run twice under one seed, {shown}; the score {moved}",
        "poor" if large else "fair",
        "take every random number from the seed that the program is given, and let no clock, no "
        "set's order and no thread decide an output: a trial could then be repeated",
    )


def _isolation(found: Revertability) -> Finding:
    if found.isolation == "confined":
        return Finding(
            "programs run confined: they can write nothing but their own scratch", "good"
        )
    return Finding(f"programs run at the level of isolation {found.isolation!r}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
