"""Items that a request shows: each at most once over a cell, of every kind some."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import toolkit
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.requests.losses import losses
from searchers.autoresearcher.requests.now import Now, Settings
from searchers.autoresearcher.requests.standing import is_best_known
from searchers.autoresearcher.rows import in_turn, numbered

RIGHT_SHARE = 4
"""wrong items for each right one"""
OF_A_KIND = 2
"""right items of a kind, at most"""
FIXED, BROKEN = 2, 3
"""items of one experiment"""
LATEST = 8
"""experiments whose items are shown in one request: those of one reply"""


@dataclass(frozen=True)
class Flip:
    """An item that an experiment changed, as it was before and after."""

    after: toolkit.Failure
    before: toolkit.Failure | None


@dataclass(frozen=True)
class Examples:
    """Items of one request. flips: {number of an experiment: (fixed, broken)}.

    left: wrong items that no request has shown yet; before: those that one has. are_right: `right`
    holds items that are fully right; else, where there is none, those that score best. best_known:
    somebody knows which score cannot be bettered. losses: {kind: how many were lost where}.
    """

    wrong: Sequence[toolkit.Failure] = ()
    right: Sequence[toolkit.Failure] = ()
    flips: Mapping[int, tuple[Sequence[Flip], Sequence[Flip]]] = field(default_factory=dict)
    left: int = 0
    before: int = 0
    are_right: bool = True
    best_known: bool = True
    losses: Mapping[str, str] = field(default_factory=dict)

    def fewer(self, most: int) -> Examples:
        """The first of these, at most so many wrong ones, and as many less of the others."""
        share = most / len(self.wrong) if len(self.wrong) > most else 1.0
        if not self.wrong:
            share = 1.0 if most else 0.0
        flips = {
            number: (fixed[: _part(share, fixed)], broken[: _part(share, broken)])
            for number, (fixed, broken) in self.flips.items()
        }
        right = self.right[: _part(share, self.right)]
        return replace(self, wrong=self.wrong[:most], right=right, flips=flips)


class Choice:
    """Choice of one cell's examples: a pure function of its seed and of what was shown before."""

    def __init__(self, lab: toolkit.Lab, settings: Settings) -> None:
        self.lab, self.settings = lab, settings
        self.shown: set[str] = set(settings.hidden)
        """items that are not shown (again)"""
        self.told: set[tuple[int, int | None]] = set()
        """(experiment, trial) whose items were shown: an experiment may be tried again later"""
        self.requests = 0

    def next(self, now: Now) -> Examples:
        """Examples of the next request; none where a researcher sees scores only."""
        self.requests += 1
        if self.settings.sees == "scores":
            return Examples()
        rng = random.Random(f"examples:{self.lab.seed}:{self.requests}")
        marks = self._marks(now.best)
        before = sum(mark.wrong for item, mark in marks.items() if item in self.shown)
        flips = self._flips(now, rng)
        marks = {item: mark for item, mark in marks.items() if item not in self.shown}
        wrong = self._spread([one for one in marks if marks[one].wrong], marks, rng)
        best_known = is_best_known(self.lab, now.best)
        right = self._right(marks, rng) if best_known else []
        are_right = bool(right)
        right = right or self._best(marks, wrong)
        chosen = [*wrong, *right]
        self.shown |= {*chosen}
        of = {case.item: case for case in self.lab.cases(now.best, chosen)}
        return Examples(
            [of[one] for one in wrong], [of[one] for one in right], flips,
            sum(mark.wrong for item, mark in marks.items() if item not in chosen), before,
            are_right, best_known, losses(self.lab, now.best, self.settings),
        )  # fmt: skip

    def _marks(self, trial: toolkit.Trial) -> dict[str, toolkit.Mark]:
        """Items of a trial that count and may be shown."""
        hidden = self.settings.hidden
        return {
            item: mark
            for item, mark in self.lab.marks(trial).items()
            if mark.counted and item not in hidden
        }

    def _spread(
        self, items: Sequence[str], marks: Mapping[str, toolkit.Mark], rng: random.Random
    ) -> list[str]:
        """Some items, the kinds in turn; cut anywhere, every kind has its share."""
        kinds: dict[str, list[str]] = {}
        for item in sorted(items):
            kinds.setdefault(marks[item].kind, []).append(item)
        order = rng.sample(sorted(kinds), len(kinds))  # else of many kinds the first alone come
        drawn = [rng.sample(kinds[kind], len(kinds[kind])) for kind in order]
        return list(in_turn(drawn))[: self.settings.examples]

    def _right(self, marks: Mapping[str, toolkit.Mark], rng: random.Random) -> list[str]:
        found = self._spread([one for one in marks if marks[one].right], marks, rng)
        most = max(1, self.settings.examples // RIGHT_SHARE)
        kept: list[str] = []
        for item in found:
            same = sum(marks[one].kind == marks[item].kind for one in kept)
            kept += [item] if same < OF_A_KIND and len(kept) < most else []
        return kept

    def _best(self, marks: Mapping[str, toolkit.Mark], wrong: Sequence[str]) -> list[str]:
        """The items that score best, where none is fully right or nobody knows what that is."""
        sign, most = self.lab.objective.sign, max(1, self.settings.examples // RIGHT_SHARE)
        known = {
            item: sign * mark.score
            for item, mark in marks.items()
            if mark.score is not None and item not in wrong
        }
        return sorted(known, key=lambda item: (-known[item], item))[:most]

    def _flips(
        self, now: Now, rng: random.Random
    ) -> dict[int, tuple[Sequence[Flip], Sequence[Flip]]]:
        """Items that the experiments since the last request fixed and broke."""
        later = [one for one in now.experiments if (one.number, one.trial) not in self.told]
        self.told |= {(one.number, one.trial) for one in later}
        return {
            one.number: self._of(one, rng, now.pooled)
            for one in later[-LATEST:]
            if one.trial is not None
        }

    def _of(
        self, experiment: Experiment, rng: random.Random, pooled: Mapping[int, toolkit.Trial]
    ) -> tuple[Sequence[Flip], Sequence[Flip]]:
        trials = {**numbered(self.lab), **pooled}
        after, before = trials.get(experiment.trial or 0), trials.get(experiment.parent)
        if after is None:
            return (), ()
        fixed = self._drawn(experiment.fixed, FIXED, rng)
        broken = self._drawn(experiment.broken, BROKEN, rng)
        now = {case.item: case for case in self.lab.cases(after, [*fixed, *broken])}
        then = (
            {case.item: case for case in self.lab.cases(before, [*now])} if before and now else {}
        )
        return tuple(
            [Flip(now[one], then.get(one)) for one in some if one in now]
            for some in (fixed, broken)
        )  # type: ignore[return-value]

    def _drawn(self, items: Iterable[str], most: int, rng: random.Random) -> list[str]:
        new = sorted({*items} - self.shown)
        drawn = rng.sample(new, min(most, len(new)))
        self.shown |= {*drawn}
        return drawn


def _part(share: float, some: Sequence[object]) -> int:
    return round(share * len(some))
