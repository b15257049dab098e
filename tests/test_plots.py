"""Pictures: every kind, and what they say of seeds, failures and parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib import pyplot as plt
from pictures import Fails, Middling, only, words
from pictures import no_warnings as no_warnings
from stepwise import steps

from searchers.random_search import RandomSearch
from toolkit.cli.plot import PICTURES
from toolkit.ledger.state import State
from toolkit.ledger.subjects import BASELINE
from toolkit.report import plots
from toolkit.report.plots import attribution, curves, order, outcomes, splits
from toolkit.report.plots.style import WIDTH

pytestmark = pytest.mark.slow  # drawing takes its time

Compare = Callable[..., State]

MAIN = "toy_pipeline/main.py"

LOUDER = (MAIN, "SCALE = 0.8", "SCALE = 0.9")

PEAKED, WIDER = ("shape", "peaked"), ("y", 0.2)


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
    assert ("all", *plots.KINDS) == PICTURES


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


def test_a_gain_that_a_program_reports_itself_is_labelled_in_every_picture(
    compare: Compare,
) -> None:
    chain = steps(("bug_fix", [LOUDER]), ("hyperparameter", [PEAKED]))
    state = compare({"chain": chain}, budget=2)
    state.study["objective"] = {**state.objective.to_json(), "evidence": "reported"}
    drawn = [*attribution.attribution(state), *order.order_dependence(state)]
    assert len(drawn) == 2
    for _, figure in drawn:
        assert "reported by the program: an edit can forge it" in words(figure)


def test_any_note_can_be_drawn(compare: Compare, tmp_path: Path) -> None:
    """Dollar signs are no formula, and a script that the font lacks is no failure."""
    state = compare({"chain": steps(("bug_fix", [LOUDER]), ("format", [PEAKED]))}, budget=2)
    (account,) = state.accounts.values()
    for row in account["parts"]:
        row["note"] = r"costs $5_{ or $\frac 注释 " + "long " * 40
    plots.write(state, tmp_path, ("attribution", "order-dependence"))
    assert plt.imread(tmp_path / "attribution-chain.png").shape[1] == WIDTH * plots.DPI
