"""Figures of a picture, and searchers to draw."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import toolkit


class Fails:
    """Every evaluation is refused."""

    def run(self, lab: toolkit.Lab) -> None:
        while lab.budget.left:
            lab.evaluate(toolkit.Candidate({"x": 9}))


class Middling:
    """Beats the baseline by a little."""

    def run(self, lab: toolkit.Lab) -> None:
        lab.evaluate(toolkit.Candidate({"steps": 3}))


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield
    plt.close("all")


def only(figures: Iterator[tuple[str, Figure]]) -> Figure:
    ((_, figure),) = figures
    return figure


def words(figure: Figure) -> str:
    """Everything that is written in a figure."""
    figure.canvas.draw()
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))
