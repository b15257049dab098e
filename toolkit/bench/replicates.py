"""Replicates: one candidate run under several seeds, and what they come to together.

A seed is handed to the program, so it must not tell on which split that runs. Where a study has
no replicates both splits have its own seed. Where it has, every seed is drawn from the run's
secret, by split and number: all programs of a run get the same ones, so that what is compared is
paired, and none can be computed. Two runs have other seeds: what they shared, a program could know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from statistics import fmean

from ..ledger.state import replicate
from ..ledger.subjects import Split
from ..records import Scored, Usage
from ..study.claim import Replicates
from ..study.study import Study
from .secret import derived

Run = Callable[[int], Scored]
"""an evaluation under a seed"""


def has_seeds_of_its_own(study: Study) -> bool:
    """True if programs run under several seeds, on one split or from split to split."""
    return study.replicates != Replicates() or study.claim == "replicates"


def seeds(study: Study, secret: str, split: Split) -> tuple[int, ...]:
    """Seeds under which a candidate is run on a split, one for each replicate."""
    if not has_seeds_of_its_own(study):
        return (study.seed,)
    times = study.replicates.search if split == "search" else study.replicates.final
    return tuple(drawn(secret, split, number) for number in range(times))


def further(study: Study, secret: str, split: Split, again: int) -> tuple[int, ...]:
    """Seeds of a replicate that somebody asks for once more, from 1: those of no other run."""
    times = study.replicates.search if split == "search" else study.replicates.final
    first = (again - 1) * times
    return tuple(_drawn(secret, f"{split} again", first + number) for number in range(times))


def drawn(secret: str, split: Split, number: int) -> int:
    """The seed of one replicate: 31 bits, which any program's generator takes."""
    return _drawn(secret, split, number)


def _drawn(secret: str, what: str, number: int) -> int:
    return int.from_bytes(derived(secret, f"seed of {what} {number}")[:4], "big") >> 1


def rows(study: Study, split: Split) -> list[str] | None:
    """Rows of the scores of a split where they are replicates; None where they are not."""
    if split == "test" and study.claim == "replicates":
        return [replicate(number) for number in range(study.replicates.final)]
    return None


def chosen(
    study: Study, secret: str, split: Split, only: Collection[str] | None
) -> tuple[tuple[int, ...], list[str] | None]:
    """Seeds and rows of the replicates that are asked for; only: rows of them, None for all."""
    every, named = seeds(study, secret, split), rows(study, split)
    if named is None or only is None:
        return every, named
    picked = [(seed, row) for seed, row in zip(every, named, strict=True) if row in only]
    return tuple(seed for seed, _ in picked), [row for _, row in picked]


def run(
    once: Run,
    wanted: Sequence[int],
    named: Sequence[str] | None,
    again: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Scored:
    """The replicates of one program, up to the first that fails. again: around each but one."""
    found: list[Scored] = []
    for number, seed in enumerate(wanted):
        with again() if number else nullcontext():
            found.append(once(seed))
        if not found[-1].ok:
            return _failed(found, len(wanted))
    return joined(found, named)


def _failed(found: Sequence[Scored], wanted: int) -> Scored:
    last, usage = found[-1], sum((one.usage for one in found), Usage())
    which = f"replicate {len(found)} of {wanted}: " if wanted > 1 else ""
    return replace(last, usage=usage, detail=f"{which}{last.detail}")


def joined(found: Sequence[Scored], named: Sequence[str] | None) -> Scored:
    """Means over replicates that all went well; the outputs are those of the first."""
    if len(found) == 1 and named is None:
        return found[0]
    scores = [one.score for one in found if one.score is not None]
    items = _means([one.items for one in found])
    return replace(
        found[0],
        score=fmean(scores) if scores else None,
        items=items if named is None else dict(zip(named, scores, strict=True)),
        metrics=_means([one.metrics for one in found]),
        usage=sum((one.usage for one in found), Usage()),
        cached=all(one.cached for one in found),
        replicates=tuple(scores),
    )


def _means(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of every number that all of them have."""
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: fmean(table[name] for table in tables) for name in names}


def repeated(found: Scored, named: Iterable[str] | None) -> Scored:
    """A score without noise, such as a constant's, as rows of replicates where those count."""
    if named is None or found.score is None:
        return found
    items = dict.fromkeys(named, found.score)
    return replace(found, items=items, replicates=tuple(items.values()))
