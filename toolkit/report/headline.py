"""The verdict in one line, for lists of runs."""

from __future__ import annotations

from ..figures import counted
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from .comparisons import Contrast, compared
from .summary import reported
from .ties import at_top, is_tie, leads, listed, nearest
from .wording import Wording, wording


def headline(state: State) -> str:
    """`optuna leads: +0.442 [+0.350, +0.535] on test`, or why there is no verdict."""
    if not state.has_comparison:
        return "no comparison yet"
    cells = reported(state)
    words = wording(state, cells)
    if not state.assessments[BASELINE, state.final].ok:
        return f"no verdict: the baseline has no score on {words.split}"
    found, _ = compared(state, cells)
    if not found:
        ended = any(cell.ended and cell.ended["status"] == "finished" for cell in cells)
        return f"no verdict: no searcher {'could be compared' if ended else 'finished'}"
    tops = at_top(found, words)
    seeds = sum(cell.alias == tops[0].better for cell in cells)
    return _told(tops, words, seeds)


def _told(tops: list[Contrast], words: Wording, seeds: int) -> str:
    first = tops[0]
    names = listed([one.better for one in tops])
    if first.gap.mean == 0 and first.gap.p == 1:
        return "nobody beat the baseline"
    gain = words.span(first.gap.mean, (first.gap.low, first.gap.high)) + words.gain_unit
    if first.gap.mean < 0 or is_tie(first, words):
        return f"nobody beat the baseline; {names} {nearest(tops)}: {gain}"
    doubt = "" if first.decided else ", not decided"
    gain = f"{words.known}{gain} on {words.split}{doubt}"
    return f"{names} {leads(tops)}: {gain} ({counted(seeds, 'seed')})"
