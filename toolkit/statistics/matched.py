"""One mean less another, of two samples that come from the same sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from .clusters import Estimate, freedom, interval, tailed
from .flips import flipped


def matched(
    one: Mapping[str, Mapping[str, float]],
    other: Mapping[str, Mapping[str, float]],
    *,
    tails: bool = False,
) -> Estimate:
    """Mean of one sample's items less that of the other's, with a t interval over their sources.

    one, other: {source: {item: value}}. What a source adds to both means cancels before anything
    is squared, and the means are those over items, whatever the sizes. With a source's share h in
    its sample, the mean of both, the variance is CR2's of a mean (see clustered_mean); with equal
    sizes it is that of the differences source by source. A source of one sample alone wavers by
    itself. Without an interval where either sample has one source: nobody knows what it wavers by.
    """
    left, right = _parts(one), _parts(other)
    mean = left.mean - right.mean
    sources = list(dict.fromkeys([*one, *other]))
    fewest = min(len(one), len(other))
    if fewest < 2:
        return Estimate(mean, None, None, 1.0, fewest)
    shares = [(left.shares.get(name, 0.0) + right.shares.get(name, 0.0)) / 2 for name in sources]
    offs = [left.offs.get(name, 0.0) - right.offs.get(name, 0.0) for name in sources]
    error = sqrt(sum(off**2 / (1 - share) for off, share in zip(offs, shares, strict=True)))
    df = freedom(shares)
    if tails:
        df = min(df, tailed(len(sources) - 1, offs))
    found = interval(mean, error, df, len(sources))
    totals = [off + mean * share for off, share in zip(offs, shares, strict=True)]
    return replace(found, p=flipped(found.p, totals))


@dataclass(frozen=True)
class _Parts:
    """Mean of a sample, and what each source adds to it: its share, and its sum off the mean."""

    mean: float
    shares: Mapping[str, float]
    offs: Mapping[str, float]


def _parts(sample: Mapping[str, Mapping[str, float]]) -> _Parts:
    count = sum(map(len, sample.values()))
    mean = sum(sum(rows.values()) for rows in sample.values()) / count
    shares = {name: len(rows) / count for name, rows in sample.items()}
    offs = {
        name: sum(value - mean for value in rows.values()) / count for name, rows in sample.items()
    }
    return _Parts(mean, shares, offs)
