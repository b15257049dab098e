"""Pictures on an axis of somebody's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_runs import Made, Program
from matplotlib import pyplot as plt
from pictures import Fails, words
from pictures import no_warnings as no_warnings
from stepwise import steps

import toolkit
from toolkit.ledger.state import State

pytestmark = pytest.mark.slow  # drawing takes its time

Compare = Callable[..., State]
NOTE = "$\\frac{1$ \u202e<b>"
MAIN = "toy_pipeline/main.py"
CHAIN = steps(
    ("bug_fix", [(MAIN, "SCALE = 0.8", "SCALE = 0.9")]), ("hyperparameter", [("shape", "peaked")])
)
NAMES = toolkit.plots.__all__
TOLD = {
    "anytime": "test score of the champion so far",
    "search_against_test": "search score (tuned on)",
    "failures": "share of the searcher's evaluations",
    "attribution": "value: its gain on test, averaged over orders",
    "labels": "bug fix, claimed",
    "order_dependence": "gain when it was accepted",
}


@pytest.fixture
def run(compare: Compare, tmp_path: Path) -> toolkit.Run:
    compare({"fails": Fails, "chain": CHAIN}, budget=4, seeds=2)
    return toolkit.load_run(tmp_path / "run")


def test_every_picture_is_drawn_on_the_axis_that_it_is_given(run: toolkit.Run) -> None:
    figure, table = plt.subplots(2, 3, figsize=(18, 9), layout="constrained")
    for name, axes in zip(NAMES, table.flat, strict=True):
        assert getattr(toolkit.plots, name)(run, ax=axes) is axes
        assert axes.has_data()
        assert axes.get_legend() is not None
    assert plt.get_fignums() == [figure.number]
    told = words(figure)
    assert [name for name, text in TOLD.items() if text not in told] == []


def test_without_an_axis_there_is_a_new_figure_each_time(run: toolkit.Run) -> None:
    drawn = [getattr(toolkit.plots, name)(run, legend=False) for name in NAMES]
    assert len({axes.get_figure() for axes in drawn}) == len(NAMES) == len(plt.get_fignums())
    assert [axes.get_legend() for axes in drawn] == [None] * len(NAMES)


def test_the_bars_of_a_named_cell_are_its_parts(run: toolkit.Run) -> None:
    axes = toolkit.plots.attribution(run, "chain-1")
    wanted = run.parts[run.parts["cell"] == "chain-1"]["value"]
    drawn = [bar.get_width() for bar in axes.patches if not bar.get_hatch()]
    assert drawn == pytest.approx(list(wanted))


def test_what_a_run_has_nothing_for_is_refused_and_leaves_no_figure(
    compare: Compare, tmp_path: Path
) -> None:
    compare({"fails": Fails}, budget=1)
    run = toolkit.load_run(tmp_path / "run")
    for name in ("attribution", "labels", "order_dependence"):
        with pytest.raises(toolkit.UserError, match="toolkit attribute"):
            getattr(toolkit.plots, name)(run)
    with pytest.raises(toolkit.UserError, match="the champion of fails-0 has no account"):
        toolkit.plots.attribution(run, "fails-0")
    made = Made(Program(3.0), {"climb": [[Program(4.0)]]}, claim="exact")
    made.write(tmp_path / "exact")
    with pytest.raises(toolkit.UserError, match="holds nothing out"):
        toolkit.plots.search_against_test(toolkit.load_run(tmp_path / "exact"))
    assert plt.get_fignums() == []


def test_dollars_in_a_note_are_no_mathematics(compare: Compare, tmp_path: Path) -> None:
    class Priced:
        def run(self, lab: toolkit.Lab) -> None:
            text = lab.files(lab.baseline.candidate)[MAIN].replace("SCALE = 0.8", "SCALE = 0.9")
            edited = lab.edit(lab.baseline.candidate, {MAIN: text})
            lab.evaluate(replace(edited, note=NOTE, label="prompt"))

    compare({"priced": Priced}, budget=1)
    figure, (one, two) = plt.subplots(1, 2)
    two.set_yticks(range(3), ["a", "b", "c"])  # ticks that are older than the picture
    for axes in (one, two):
        toolkit.plots.attribution(toolkit.load_run(tmp_path / "run"), ax=axes)
    told = words(figure)
    assert "$\\frac{1$ \\u202e<b>" in told


def test_the_windows_of_a_notebook_stay_its_own(tmp_path: Path) -> None:
    code = "import toolkit.plots, matplotlib as m; print(m.rcParams['backend'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "MPLBACKEND": "svg"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "svg"
