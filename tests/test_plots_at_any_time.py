"""Pictures of other objectives, and of runs that are not finished."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, Program
from matplotlib import pyplot as plt
from pictures import Fails, Middling, only, words
from pictures import no_warnings as no_warnings

import toolkit
from searchers.random_search import RandomSearch
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, fold
from toolkit.report import plots
from toolkit.report.plots import curves, splits
from toolkit.report.plots.style import WIDTH
from toolkit.study.objective import Objective

pytestmark = pytest.mark.slow  # drawing takes its time

Compare = Callable[..., State]


def test_a_minimised_objective_without_a_test_split_steps_down(tmp_path: Path) -> None:
    searchers = {"climb": [[Program(800.0), Program(805.0), Program(790.2)]]}
    made = Made(Program(812.4), searchers, Objective("length", "m", "minimize"), "exact")
    state = made.write(tmp_path / "run")
    (cell,) = state.cells.values()
    assert list(curves.curve(state, cell)) == [(0, 812.4), (1, 800.0), (2, 800.0), (3, 790.2)]
    figure = only(curves.anytime(state))
    low, high = figure.axes[0].get_ylim()
    assert 780 < low < 790.2 and 812.4 < high < 820
    told = words(figure)
    assert "champion so far: length, m (lower is better)" in told
    assert "length (validated exactly; no data was held out) over the budget" in told
    assert "test" not in told and "sealed" not in told
    written = plots.write(state, tmp_path / "plots")
    assert {path.stem for path in written} == {"anytime", "failures"}


def test_worse_on_test_lies_above_the_line_of_a_minimised_objective(tmp_path: Path) -> None:
    clusters = {"t1": "c1", "t2": "c2"}
    found = [Program(780.0, {"t1": 800.0, "t2": 810.0})]
    made = Made(
        Program(812.4, {"t1": 820.0, "t2": 830.0}), {"climb": [found]},
        Objective("RMSE", "K", "minimize"), clusters=clusters,
    )  # fmt: skip
    figure = only(splits.search_against_test(made.write(tmp_path)))
    told = words(figure)
    assert "above the line: worse on queries that it was not tuned on" in told
    assert "search (tuned on): RMSE, K (lower is better)" in told
    assert "test (sealed): RMSE, K (lower is better)" in told
    marks = {
        tuple(line.get_xydata()[0]) for line in figure.axes[0].lines if len(line.get_xdata()) == 1
    }
    assert (780.0, 805.0) in marks


def test_without_an_account_nothing_is_drawn(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=3)
    state.accounts.clear()
    assert plots.write(state, tmp_path, ("attribution", "order-dependence")) == []


def test_an_account_of_an_earlier_champion_is_not_drawn(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=3)
    for key, account in state.accounts.items():
        state.accounts[key] = {**account, "champion": account["champion"] + 1}
    assert plots.write(state, tmp_path, ("attribution",)) == []


def test_a_run_without_a_good_trial_still_draws(compare: Compare, tmp_path: Path) -> None:
    plots.write(compare({"fails": Fails}, budget=1), tmp_path / "plots")


def test_a_run_draws_wherever_it_stopped(compare: Compare, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    compare({"fails": Fails, "random": RandomSearch}, budget=2, folder=folder)
    with Ledger(folder, writer=False) as ledger:
        events = list(ledger.events())
        kinds = [event.kind for event in events]
        stops = {kinds.index(kind) + 1 for kind in ("cell", "started", "finished", "ended")}
        stops |= {kinds.index("cell"), len(kinds) - kinds[::-1].index("ended")}
        states = [fold(events[:stop], ledger) for stop in sorted(stops)]
    told = [[path.stem for path in plots.write(state, tmp_path / "plots")] for state in states]
    assert "failures" not in told[0]  # no searcher has begun
    assert all("failures" in stems and "anytime" in stems for stems in told[1:])
    assert not any("attribution" in stem for stems in told for stem in stems)
    assert "random (n=1, not scored yet)" in words(only(curves.anytime(states[-1])))


def test_many_searchers(compare: Compare, tmp_path: Path) -> None:
    names = {f"a-searcher-with-a-long-name-{n}": Middling for n in range(12)}
    written = plots.write(compare(names, budget=1), tmp_path, ("anytime", "search-against-test"))
    for path in (path for path in written if path.suffix == ".png"):
        assert plt.imread(path).shape[1] == WIDTH * plots.DPI


def test_unknown_kind(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=1)
    with pytest.raises(toolkit.UserError, match="did you mean 'anytime'"):
        plots.write(state, tmp_path, ("anytme",))


def test_the_command_says_what_is_missing(
    compare: Compare, cli: Callable[..., Any], tmp_path: Path
) -> None:
    compare({"fails": Fails}, budget=1, folder=tmp_path / "runs" / "toy-1")
    done = cli("plot", "toy-1", "attribution")
    assert done.returncode == 2
    assert "toolkit attribute toy-1" in done.stderr
    assert "Traceback" not in done.stderr
    drawn = cli("plot", "toy-1", "--out", "pictures")
    assert drawn.returncode == 0
    assert drawn.stderr == ""
    assert len(drawn.stdout.splitlines()) == 6


def test_a_backend_that_a_notebook_sets_stops_no_picture() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import toolkit.report.plots, matplotlib as m; print(m.get_backend())"],
        env={**os.environ, "MPLBACKEND": "module://no_such.backend"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip().lower() == "agg", done.stderr


def test_a_long_objective_is_broken_beside_its_axis(tmp_path: Path) -> None:
    seeds = {f"replicate {n}": 3.0 + n / 1000 for n in range(1, 4)}
    better = {row: level - 0.4 for row, level in seeds.items()}
    goal = Objective("bits per byte", "", "minimize", "reported")
    base, found = Program(3.1, seeds), Program(2.7, better)
    state = Made(base, {"climb": [[found]]}, goal, "replicates").write(tmp_path)
    told = words(only(curves.anytime(state)))
    assert "champion so far, on other seeds: bits per byte\n(reported, lower is better)" in told
    told = words(only(splits.search_against_test(state)))
    assert "search (chosen on): bits per byte (reported, lower is" in told
