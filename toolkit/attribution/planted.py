"""Part of a champion's gain that repairs what was planted, measured by planting nothing.

A part repairs a planted fault if the planted repairs make it worthless: what it adds to the start
(or, if that is nothing, what the champion loses without it) is gone where the start has these
repairs. A repair goes in as a patch. Where a part has rewritten the lines that it is of, it does
not apply, and the part stands in its place; with the part out it applies again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PatchError
from ..patches import diff
from ..records import Candidate
from ..shapley.game import Matrix, Vector
from ..study.planted import Planted, holds, repaired
from ..study.space import switched, switches
from .by_label import fractions
from .results import excludes_zero, figure
from .subsets import Purse, Subsets
from .values import Values

LOOKED_AT = 12
"""parts that are tried, those that matter most: each takes an evaluation or two"""
LEAST = 0.01
"""fraction of the gain below which no part is tried"""
HALF = 0.5
"""fraction of its worth that a part must lose to be a repair of what was planted"""
FIGURES = ("without", "alone", "faults_alone", "on_repaired", "instead")

Parts = frozenset[int]


@dataclass(frozen=True)
class Trial:
    """A part's worth: between two sets of parts, one of which lacks it."""

    part: int
    on: str
    within: Parts
    without: Parts


class Repaired:
    """Sets of a champion's parts on top of the start with the planted faults repaired."""

    def __init__(self, subsets: Subsets, faults: Sequence[Planted]) -> None:
        self.subsets, self.faults = subsets, tuple(faults)

    def taken(self, chosen: Parts) -> list[Planted]:
        """Repairs that apply to these parts."""
        return repaired(self._tree(chosen)[0], self.faults)[1]

    def refused(self, chosen: Parts) -> list[Planted]:
        """Repairs that do not apply to these parts, and are not in them already."""
        tree, taken = repaired(self._tree(chosen)[0], self.faults)
        return [one for one in self.faults if one not in taken and not holds(tree, one)]

    def candidate(self, chosen: Parts, faults: Sequence[Planted]) -> Candidate:
        """Candidate of these parts, on the start with the repairs that apply."""
        tree, values = self._tree(chosen)
        new, _ = repaired(tree, faults)
        return Candidate(values, diff.make(self.subsets.anatomy.pristine, new))

    def _tree(self, chosen: Parts) -> tuple[dict[str, str], Mapping[str, Any]]:
        """Files with these parts in them, and the other values.

        The patches of switches that are on are in the files: one may be a planted repair itself,
        and would clash with the repair that is put in beside it.
        """
        anatomy, study = self.subsets.anatomy, self.subsets.measured.bench.study
        candidate = anatomy.candidate(chosen)
        on = switched(study.space, candidate.overrides)
        if not on:
            return anatomy.tree(chosen), candidate.overrides
        try:
            tree = study.pristine.composed(candidate.patch, on)
        except PatchError:  # then these parts do not build, with repairs or without
            return anatomy.tree(chosen), candidate.overrides
        known = switches(study.space)
        return tree, {name: one for name, one in candidate.overrides.items() if name not in known}

    def builds(self, candidate: Candidate) -> bool:
        return not candidate.patch or not self.subsets.measured.problem(candidate)


def planted(
    subsets: Subsets, purse: Purse, found: Values, steps: Mapping[str, Matrix | None],
    faults: Sequence[Planted],
) -> dict[str, Any] | None:  # fmt: skip
    """Entry of the account (docs/summary.md); None where no fault is left, or for want of budget.

    Shares are given only of a gain that is decided, and no loss.
    """
    left = [fault for fault in faults if fault.left]
    whole = found.ordered.phi.sum(axis=0)
    gain = subsets.estimate(whole)
    if not left or not excludes_zero(gain) or gain.mean <= 0:
        return None
    start = Repaired(subsets, left)
    trials = _trials(subsets, found, steps, gain.mean)
    rows = _tried(start, purse, trials)
    if rows is None:
        return None
    mine = [trial.part for trial, row in zip(trials, rows, strict=True) if row["repairs"]]
    return {
        "faults": [fault.name for fault in left],
        "tried": rows,
        **_without(start, purse, mine),
        **_of_parts(subsets, found, mine),
    }


def _trials(
    subsets: Subsets, found: Values, steps: Mapping[str, Matrix | None], gain: float
) -> list[Trial]:
    """Trials of the parts that matter most, each where it is worth something on the start."""
    first, last = steps["first_in"], steps["left_out"]
    if first is None or last is None:
        return []
    mean, poset = subsets.doubt.mean, subsets.poset
    tables = (first, last, found.ordered.phi, found.enabling.phi)
    size = {n: max(abs(mean(table[n])) for table in tables) for n in range(len(first))}
    ranked = sorted((n for n in size if size[n] >= LEAST * gain), key=lambda n: -size[n])
    everything, trials = subsets.anatomy.everything, []
    for n in ranked[:LOOKED_AT]:
        if _is_gain(subsets, first[n]):
            trials.append(Trial(n, "start", poset.closure_down([n]), poset.prerequisites(n)))
        elif _is_gain(subsets, last[n]):
            rest = everything - poset.descendants(n) - {n}
            trials.append(Trial(n, "champion", everything, rest))
    return trials


def _is_gain(subsets: Subsets, values: Vector) -> bool:
    found = subsets.estimate(values)
    return found.mean > 0 and excludes_zero(found)


def _tried(start: Repaired, purse: Purse, trials: Sequence[Trial]) -> list[dict[str, Any]] | None:
    """Worth of each part on the start, and on the repaired one; None for want of budget."""
    subsets = start.subsets
    pairs = [[start.candidate(one, start.faults) for one in (t.within, t.without)] for t in trials]
    sound = [all(map(start.builds, pair)) for pair in pairs]
    programs = _distinct(one for pair, ok in zip(pairs, sound, strict=True) if ok for one in pair)
    if not purse.pay("parts on the repaired start", programs):
        return None
    rows = []
    for trial, pair, ok in zip(trials, pairs, sound, strict=True):
        worth = subsets.value(trial.within) - subsets.value(trial.without)
        kept = subsets.scores(pair[0]) - subsets.scores(pair[1]) if ok else None
        rows.append({
            "part": subsets.anatomy.parts[trial.part].name,
            "on": trial.on,
            "worth": figure(subsets.estimate(worth)),
            "on_repaired": None if kept is None else figure(subsets.estimate(kept)),
            "in_place_of": _replaced(start, trial),
            "repairs": kept is not None and _is_gone(subsets, worth, kept),
        })  # fmt: skip
    return rows


def _is_gone(subsets: Subsets, worth: Vector, kept: Vector) -> bool:
    """True where a part lost half of its worth or more, which is decided."""
    mean = subsets.doubt.mean
    lost = _is_gain(subsets, worth - kept)
    return lost and mean(kept) <= HALF * mean(worth)


def _replaced(start: Repaired, trial: Trial) -> list[str]:
    """Repairs whose lines the part has rewritten: they apply without it only."""
    within = start.taken(trial.within)
    return [fault.name for fault in start.taken(trial.without) if fault not in within]


def _without(start: Repaired, purse: Purse, mine: Collection[int]) -> dict[str, Any]:
    """The gain without these parts and what needs them; the same with the planted repairs instead.

    A repair that the other parts' edits do not take is left out on both sides, and named.
    """
    subsets = start.subsets
    gone = frozenset(mine).union(*(subsets.poset.descendants(n) for n in mine))
    everything, nothing = subsets.anatomy.everything, frozenset[int]()
    rest, alone = everything - gone, subsets.poset.closure_down(mine)
    refused = start.refused(rest)
    taken = [fault for fault in start.faults if fault not in refused]
    ideals = [everything, nothing, rest, alone]
    plain = [subsets.anatomy.candidate(one) for one in ideals]
    instead = [start.candidate(one, taken) for one in (rest, nothing)]
    known = all(map(start.builds, instead))
    parts = subsets.anatomy.parts
    told: dict[str, Any] = {
        "brings": [parts[n].name for n in sorted(gone - set(mine))],
        "refused": [fault.name for fault in refused],
        **dict.fromkeys(FIGURES),
    }
    if not purse.pay("gain without repairs", _distinct(plain + instead * known)):
        return told
    whole, base, others, few = map(subsets.value, ideals)
    values = {"without": others - base, "alone": few - base}
    if known:
        other, clean = map(subsets.scores, instead)
        values |= {
            "faults_alone": clean - base, "on_repaired": other - clean, "instead": other - whole
        }  # fmt: skip
    return told | {name: figure(subsets.estimate(one)) for name, one in values.items()}


def _of_parts(subsets: Subsets, found: Values, mine: Sequence[int]) -> dict[str, Any]:
    """Sums of the values of these parts, and their fractions of the gain, by both concepts."""
    parts = subsets.anatomy.parts
    return {
        "parts": [parts[n].name for n in sorted(mine)],
        "sum": found.ordered.figure(subsets, mine),
        "enabling": found.enabling.figure(subsets, mine),
        **fractions(subsets, found, mine),
    }


def _distinct(programs: Iterable[Candidate]) -> list[Candidate]:
    return list({one.digest: one for one in programs}.values())
