"""Scores, failures and gold answers that searchers were shown, and controls that tell their worth.

One that sees gold answers while it searches has more to go by than one that sees scores. What its
lead owes to that only a control can tell: the same searcher, held back in one respect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.subjects import BASELINE
from .comparisons import Contrast
from .wording import Wording

COLUMN = "shown"
LIMITS = {"sees": "what it was shown", "scope": "what it may change"}
"""respects in which options hold a searcher back, in words"""


def section(cell: CellState) -> dict[str, int]:
    """Counts of looks, and of what they and the trials have shown to a cell's searcher."""
    return {
        "times": sum(cell.times.values()),
        "scores": cell.scores,
        "failures": cell.failures,
        "answers": cell.answers,
        "showings": cell.showings,
    }


def legend(words: Wording) -> str:
    """Line that says what the figures of the column count."""
    golds = f"different gold {words.nouns.outputs}"
    return f"{COLUMN}: scores / failures / {golds} that the searcher was given on search"


def column(cell: Mapping[str, Any]) -> str:
    """`50/850/92`"""
    looks = cell["looks"]
    return f"{looks['scores']}/{looks['failures']}/{looks['answers']}"


def unseparated(cells: Sequence[CellState], found: Sequence[Contrast], words: Wording) -> list[str]:
    """Sentence for each searcher that leads one without controls and lacks some of its own."""
    sentences = []
    bound = {cell.alias for cell in cells if not cell.controls}
    led = {one.better for one in found if one.decided and one.worse in bound - {BASELINE}}
    for alias in dict.fromkeys(cell.alias for cell in cells if cell.alias in led):
        mine = [cell for cell in cells if cell.alias == alias]
        if lacking := missing(mine[0], cells):
            sentences.append(_sentence(mine, lacking, words))
    return sentences


def missing(cell: CellState, cells: Sequence[CellState]) -> Mapping[str, Any]:
    """Controls of a cell that no other cell is; none of a cell that is a control itself."""
    if any(cell.options.get(option) == value for option, value in cell.controls.items()):
        return {}
    there = [dict(other.options) for other in cells if other.searcher == cell.searcher]
    return {
        option: value
        for option, value in cell.controls.items()
        if {**cell.options, option: value} not in there
    }


def _sentence(mine: Sequence[CellState], lacking: Mapping[str, Any], words: Wording) -> str:
    first, nouns = mine[0], words.nouns
    most = max(cell.answers for cell in mine)
    golds = counted(most, f"gold {nouns.output}", f"gold {nouns.outputs}")
    parts = []
    for option, value in lacking.items():
        limit = LIMITS.get(option, f"what {option} allows")
        shown = f"{golds}; " if option == "sees" else ""
        parts.append(f"{limit} ({shown}no arm has {option}={value})")
    recorded = any(one.recorded for cell in mine for one in cell.completions.values())
    model = " and a model that replies (--llm)" if recorded else ""
    return f"Not separated in {first.alias}'s lead: {' and '.join(parts)}; add --controls{model}."
