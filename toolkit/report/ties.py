"""Ties: differences that a report's digits show as zero, and that nothing decides."""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.subjects import BASELINE
from .comparisons import Contrast
from .wording import Wording


def is_tie(found: Contrast, words: Wording) -> bool:
    return not found.decided and words.is_nothing(found.gap.mean)


def at_top(found: Sequence[Contrast], words: Wording) -> list[Contrast]:
    """Comparisons with the baseline: the largest gain first, then those that are tied with it."""
    against = [one for one in found if one.worse == BASELINE]
    first = max(against, key=lambda one: one.gap.mean)
    ties = [{one.better, one.worse} for one in found if is_tie(one, words)]
    return [first, *(one for one in against if {one.better, first.better} in ties)]


def leads(tops: Sequence[Contrast]) -> str:
    """Verb for those at the top."""
    return "are tied" if len(tops) > 1 else "leads"


def nearest(tops: Sequence[Contrast]) -> str:
    """The same where nobody beat the baseline."""
    return "are tied as the nearest" if len(tops) > 1 else "comes nearest"


def seeds_told(seeds: int) -> str:
    """`3 seeds`; of one seed also what it speaks of."""
    once = "one seed: this speaks of that run, not of the method"
    return once if seeds == 1 else f"{seeds} seeds"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
