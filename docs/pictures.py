"""Pictures and figures of the documentation: `python docs/pictures.py RUN`.

RUN is the folder of a finished `toolkit compare --budget 50`. Written are docs/pictures/*.svg and
what stands between the marks of docs/index.md. Without RUN only the picture of the example by hand
is drawn, which needs none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import pyplot as plt

from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.report import plots
from toolkit.report.summary import summarise
from toolkit.shapley.game import enabling_credit, shapley
from toolkit.shapley.poset import Poset

DOCS = Path(__file__).resolve().parent
KINDS = ("anytime", "search-against-test")
# letters stay letters, which takes a tenth of the space that their outlines take
SETTINGS: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "docs", "font.family": "sans-serif",
    "path.simplify": True, "text.parse_math": False,
}  # fmt: skip
BLOCK = re.compile(r"(?<=<!-- result -->\n).*?(?=<!-- end of the result -->)", re.S)

# the example by hand: the score without the two edits, with either, and with both
BY_HAND: Mapping[frozenset[int], float] = {
    frozenset(): 0.0,
    frozenset({0}): 0.02,
    frozenset({1}): 0.0,
    frozenset({0, 1}): 0.13,
}


def main(arguments: Sequence[str]) -> None:
    """Draw the pictures, and write the figures of the run where one is named."""
    folder = DOCS / "pictures"
    folder.mkdir(exist_ok=True)
    by_hand(folder / "by-hand.svg")
    for run in arguments:
        with Ledger(Path(run), writer=False) as ledger:
            state = load(ledger)
        draw(state, folder)
        page = DOCS / "index.md"
        page.write_text(with_result(page.read_text(), summarise(state)))


def draw(state: State, folder: Path) -> None:
    """Draw the run's pictures in the small form that pages hold."""
    for kind in KINDS:
        with sns.axes_style("whitegrid"), mpl.rc_context(SETTINGS):
            for stem, figure in plots.KINDS[kind](state):
                figure.savefig(folder / f"{stem}.svg", metadata={"Date": None})
                plt.close(figure)


def shared(*, enabling: bool) -> list[float]:
    """Values of the two edits of the example, of which the second needs the first."""

    def value(chosen: frozenset[int]) -> Any:
        return np.array([BY_HAND[chosen]])

    needs = {1: [0]}
    found = enabling_credit(value, Poset(2, needs)) if enabling else shapley(value, 2, needs)
    return [float(one) for one in found[:, 0]]


def by_hand(path: Path) -> None:
    """Draw how either solution concept shares the gain of the example between its two edits."""
    rows = {"enabling": shared(enabling=True), "order of needs": shared(enabling=False)}
    colours = sns.color_palette("colorblind", 2)
    with sns.axes_style("white"), mpl.rc_context(SETTINGS):
        figure, axes = plt.subplots(figsize=(7, 1.7), layout="constrained")
        for place, values in enumerate(rows.values()):
            looks = zip(colours, ("white", "black"), "12", strict=True)
            for left, value, (colour, ink, edit) in zip((0, values[0]), values, looks, strict=True):
                axes.barh(place, value, left=left, color=colour, edgecolor="white", height=0.6)
                words = f"edit {edit}: {value:.3f}" if value > 0.03 else f"{value:.3f}"
                axes.text(
                    left + value / 2, place, words, ha="center", va="center",
                    color=ink, fontsize=10,
                )  # fmt: skip
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set(xlabel="gain over the baseline", xlim=(0, 0.13))
        sns.despine(ax=axes, left=True)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def with_result(page: str, summary: Mapping[str, Any]) -> str:
    """Text of a page with the run's result between its two marks."""
    return BLOCK.sub(lambda _: result(summary), page)


def result(summary: Mapping[str, Any]) -> str:
    """Table of the searchers and the first sentences of the verdict, in Markdown."""
    lines = ["| searcher | seeds | score on test | gain over the baseline [95 %] | decided |"]
    lines += ["| --- | --- | --- | --- | --- |", *_rows(summary), ""]
    sentences = re.split(r"(?<=[\])])\. (?=[A-Za-z])", summary["verdict"])
    return "\n".join(["", *lines, f"> {'. '.join(sentences[:3])}.", "", ""])


def _rows(summary: Mapping[str, Any]) -> Iterator[str]:
    digits = summary["decimals"] or 3
    yield f"| the unchanged program | | {summary['baseline']['test']:.{digits}f} | | |"
    for pair in summary["pairs"]:
        if pair["worse"] == "baseline":
            low, high = (f"{bound:+.{digits}f}" for bound in pair["interval"])
            gain = f"{pair['gap']:+.{digits}f} [{low}, {high}]"
            if pair["interval"] == [0, 0]:
                gain = "none: it kept the unchanged program"
            level = summary["searchers"][pair["better"]]["test"]
            yield (
                f"| {pair['better']} | {pair['seeds']} | {level:.{digits}f} "
                f"| {gain} | {'yes' if pair['decided'] else 'no'} |"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
