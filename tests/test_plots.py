"""Pictures: every kind, what they say of seeds and failures, and runs that are not finished."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, Program
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from stepwise import steps

import toolkit
from searchers.random_search import RandomSearch
from toolkit.cli.plot import PICTURES
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import BASELINE, State, fold
from toolkit.report import plots
from toolkit.report.plots import attribution, curves, order, outcomes, splits
from toolkit.report.plots.style import WIDTH
from toolkit.study.objective import Objective

pytestmark = pytest.mark.slow  # drawing takes its time

Compare = Callable[..., State]
MAIN = "toy_pipeline/main.py"
LOUDER = (MAIN, "SCALE = 0.8", "SCALE = 0.9")
PEAKED, WIDER = ("shape", "peaked"), ("y", 0.2)


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


def test_every_kind_as_png_and_svg(compare: Compare, tmp_path: Path) -> None:
    chain = steps(("bug_fix", [LOUDER]), ("hyperparameter", [PEAKED]))
    state = compare({"random": RandomSearch, "chain": chain}, budget=6, seeds=2)
    written = plots.write(state, tmp_path / "plots")
    stems = ["anytime", "search-against-test", "failures", "attribution-random",
             "attribution-chain", "order-dependence-chain"]  # fmt: skip
    assert [path.name for path in written] == [f"{s}.{f}" for s in stems for f in ("png", "svg")]
    for path in written:
        head = path.read_bytes()[:200]
        assert head.startswith(b"\x89PNG") or b"<?xml" in head
        assert path.stat().st_size > 3000


def test_the_command_offers_every_kind() -> None:
    assert ("all", *plots.PICTURES) == PICTURES


def test_the_same_state_draws_the_same_picture(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=4)
    one, two = (plots.write(state, tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_the_curve_steps_at_the_charges(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=8)
    (cell,) = state.cells.values()
    points = list(curves.curve(state, cell))
    assert [x for x, _ in points] == list(range(9))
    assert points[0][1] == state.assessments["baseline", "test"].score
    best = state.champion(cell)
    assert points[-1][1] == state.assessments[best.candidate.digest, "test"].score


def test_a_champion_without_a_test_score_ends_the_curve(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=8)
    (cell,) = state.cells.values()
    at, first = state.line(cell)[1]
    del state.assessments[first.candidate.digest, "test"]
    points = list(curves.curve(state, cell))
    assert [x for x, _ in points] == list(range(at // state.study["full"]))


def test_the_last_tick_is_the_budget(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=7)
    axes = only(curves.anytime(state)).axes[-1]
    assert axes.get_xticks()[-1] == 7
    assert axes.get_xlim()[1] > 7


def test_searchers_that_lie_together_are_enlarged(compare: Compare) -> None:
    state = compare({"middling": Middling, "random": RandomSearch}, budget=12)
    whole, part = only(curves.anytime(state)).axes
    low, high = part.get_ylim()
    assert high - low < 0.3 * (whole.get_ylim()[1] - whole.get_ylim()[0])
    assert low < (state.assessments[BASELINE, "test"].score or 0) < high
    whole, part = only(splits.search_against_test(state)).axes
    assert part.get_xlim()[1] - part.get_xlim()[0] < 0.3 * whole.get_xlim()[1]


def test_nothing_is_enlarged_where_all_are_near(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=6, seeds=2)
    assert len(only(curves.anytime(state)).axes) == 1


def test_the_splits_have_one_scale(compare: Compare) -> None:
    state = compare({"middling": Middling, "random": RandomSearch}, budget=12)
    for axes in only(splits.search_against_test(state)).axes:
        assert axes.get_xlim() == axes.get_ylim()
        assert axes.get_aspect() == 1


def test_the_legend_tells_the_seeds(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=2, seeds=2)
    assert "random (n=2)" in words(only(curves.anytime(state)))
    assert "n=2, unfinished" in words(only(curves.anytime(_without_ends(state))))


def _without_ends(state: State) -> State:
    for cell in state.cells.values():
        cell.ended = None
    return state


def test_failures_are_shares(compare: Compare) -> None:
    state = compare({"fails": Fails, "random": RandomSearch}, budget=4, seeds=2)
    figure = only(outcomes.failures(state))
    (axes,) = figure.axes
    drawn = sorted(bar.get_width() for bar in axes.patches if bar.get_width())
    assert drawn == [1, 1]
    told = words(figure)
    assert "fails\n8 in 2 seeds" in told
    assert "8 failed" in told


def test_bars_and_whiskers_of_parts(compare: Compare) -> None:
    chain = steps(
        ("bug_fix", [LOUDER]), ("hyperparameter", [PEAKED]), ("hyperparameter", [WIDER])
    )  # fmt: skip
    state = compare({"chain": chain}, budget=3)
    (account,) = state.accounts.values()
    figure = only(attribution.attribution(state))
    parts, types = figure.axes[:2]
    assert len(parts.get_yticks()) == 3
    lengths = {round(bar.get_width(), 9) for bar in parts.patches}
    assert lengths == {round(row["value"]["mean"], 9) for row in account["parts"]}
    hatched = [bar for bar in parts.patches if bar.get_hatch()]
    assert len(hatched) == sum(row["reach"] == "R0" for row in account["parts"])
    assert "hyperparameter, claimed" in [text.get_text() for text in types.get_yticklabels()]
    told = words(figure)
    assert "Shapley value, exact over 6 orders" in told
    assert "do not add up" in told.replace("\n", " ")


def test_small_parts_are_one_bar(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "SHOWN", 1)
    chain = steps(
        ("bug_fix", [LOUDER]), ("hyperparameter", [PEAKED]), ("hyperparameter", [WIDER])
    )  # fmt: skip
    state = compare({"chain": chain}, budget=3)
    (account,) = state.accounts.values()
    (axes, *_) = only(attribution.attribution(state)).axes
    assert axes.get_yticklabels()[-1].get_text() == "other parts (2)"
    drawn = [bar.get_width() for bar in axes.patches if not bar.get_hatch()]
    assert sum(drawn) == pytest.approx(account["gain"]["mean"])


def test_the_order_of_parts_needs_several_trials(compare: Compare) -> None:
    chain = steps(("bug_fix", [LOUDER]), ("hyperparameter", [PEAKED]))
    state = compare({"chain": chain, "random": RandomSearch}, budget=3)
    ((stem, figure),) = order.order_dependence(state)
    assert stem == "order-dependence-chain"
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()
    assert "edit 1" in words(figure)


def test_any_note_can_be_drawn(compare: Compare, tmp_path: Path) -> None:
    """Dollar signs are no formula, and a script that the font lacks is no failure."""
    state = compare({"chain": steps(("bug_fix", [LOUDER]), ("format", [PEAKED]))}, budget=2)
    (account,) = state.accounts.values()
    for row in account["parts"]:
        row["note"] = r"costs $5_{ or $\frac 注释 " + "long " * 40
    plots.write(state, tmp_path, ("attribution", "order-dependence"))
    assert plt.imread(tmp_path / "attribution-chain.png").shape[1] == WIDTH * plots.DPI


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
