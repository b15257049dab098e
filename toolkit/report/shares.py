"""Shares of a champion's gain in words: by label, by both solution concepts, alone and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..figures import counted
from ..text import visible
from .wording import Wording

NAMES_SHOWN = 5
PAIRS_SHOWN = 3


def by_label(account: Mapping[str, Any], words: Wording) -> list[str]:
    """Sums by label, as the searcher claimed them and as the code reads, where they differ."""
    if all(row["form"] == "parameter" for row in account["parts"]):
        return []
    told = {name: _sums(table, words) for name, table in account["labels"].items()}
    if len(set(told.values())) == 1:
        return [f"by label: {next(iter(told.values()))}"]
    return [f"by label, as {name}: {text}" for name, text in told.items()]


def _sums(table: Mapping[str, Any], words: Wording) -> str:
    told = []
    for label, row in sorted(table.items(), key=_larger):
        if not row["measurable"]:
            told.append(f"{label} cannot be measured in this study")
        elif row["parts"]:
            told.append(f"{label} {_shares(row, words)} ({_inside(row, words)})")
    return "; ".join(told)


def _larger(entry: tuple[str, Mapping[str, Any]]) -> float:
    """Place of a label: the larger of its two sums first."""
    sums = [row["mean"] for row in (entry[1]["sum"], entry[1]["enabling"]) if row]
    return -max(sums, key=abs, default=0.0)


def _shares(row: Mapping[str, Any], words: Wording) -> str:
    """`51-71% (+0.170 [+0.130, +0.210] enabling, +0.233 [+0.191, +0.275] ordered)`"""
    ordered, enabling = row["sum"], row["enabling"]
    if enabling is None or enabling["mean"] == ordered["mean"]:
        share = f" = {percent(row['fraction'])}" if row["fraction"] else ""
        return f"{words.figure(ordered)}{share}"
    both = f"ordered {words.figure(ordered)}, enabling {words.figure(enabling)}"
    return f"{between(row['range'])}: {both}" if row["range"] else both


def between(ends: Sequence[float]) -> str:
    """`51-71%`, of both solution concepts; `2 to -1%` where one is a loss."""
    low, high = (f"{end:.0%}".replace("-0%", "0%") for end in ends)
    return low if low == high else f"{low[:-1]}{' to ' if '-' in low else '-'}{high}"


def divided(row: Mapping[str, Any], whole: str) -> str:
    """`37-39% of its gain (by two ways of dividing it; 24-56% with their intervals)`.

    whole: what the share is of. One figure stands alone where both solution concepts give it.
    """
    share = between(row["range"])
    if len({f"{end:.0%}" for end in row["range"]}) == 1:
        return f"{share} of {whole}"
    ends = [row[key] for key in ("fraction", "enabling_fraction")]
    lows, highs = ([one[end] for one in ends if one] for end in ("low", "high"))
    wide = ""
    if lows and None not in (*lows, *highs):
        wide = f"; {between((min(lows), max(highs)))} with their intervals"
    return f"{share} of {whole} (by two ways of dividing it{wide})"


def _inside(row: Mapping[str, Any], words: Wording) -> str:
    count = counted(row["parts"], "part")
    if not row["as_one"]:
        return count
    brought = row["brings"]
    along = f" with {some(brought)} of other labels, which it needs" if brought else ""
    return f"{count}, taken as one part{along} {mean(row['as_one'], words)}"


def some(names: Sequence[str]) -> str:
    """The first few of several names."""
    shown = ", ".join(visible(name) for name in names[:NAMES_SHOWN])
    rest = len(names) - NAMES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def composition(found: Mapping[str, Any] | None, words: Wording) -> list[str]:
    """Share of a gain that its parts, each by itself, lack, and the pairs that bring most."""
    if not found:
        return []
    only = found["only_together"]
    begin = ""
    if only:
        begin = f"{percent(only)} of the gain exists only in combination: "
        if only["mean"] < 0:  # no part of a gain is less than nothing
            begin = "the parts overlap: "
    lines = [
        f"{begin}the parts, each by itself on the baseline, sum to "
        f"{words.figure(found['first_in'])}; all together they gain "
        f"{words.figure(found['together'])}; what the champion loses without each sums to "
        f"{words.figure(found['left_out'])}"
    ]
    pairs = [_pair(row, words) for row in found["pairs"][:PAIRS_SHOWN]]
    return [*lines, f"strongest pairs on the baseline: {'; '.join(pairs)}"] if pairs else lines


def _pair(row: Mapping[str, Any], words: Wording) -> str:
    one, two = (visible(name) for name in row["parts"])
    alone = " and ".join(mean(each, words) for each in row["alone"])
    return f"{one} and {two} {words.figure(row['together'])} together, {alone} alone"


def percent(share: Mapping[str, Any]) -> str:
    """`12% [3%, 21%]`; without brackets where there is no sample."""
    if share["low"] is None:
        return f"{share['mean']:.0%}".replace("-0%", "0%")
    mean, low, high = (f"{share[name]:.0%}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]".replace("-0%", "0%")


def mean(figure: Mapping[str, Any] | None, words: Wording) -> str:
    return "-" if figure is None else words.signed(figure["mean"])
