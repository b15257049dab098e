from collections.abc import Callable
from pathlib import Path

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.report import plots
from toolkit.state import State

Compare = Callable[..., State]


def test_every_kind_as_png_and_svg(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch, "other": RandomSearch}, budget=6, seeds=2)
    written = plots.write(state, tmp_path / "plots")
    assert sorted(path.name for path in written) == [
        "anytime.png", "anytime.svg", "failures.png", "failures.svg",
        "search-against-test.png", "search-against-test.svg",
    ]  # fmt: skip
    for path in written:
        head = path.read_bytes()[:200]
        assert head.startswith(b"\x89PNG") or b"<?xml" in head
        assert path.stat().st_size > 3000


def test_the_same_state_draws_the_same_picture(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=4)
    one, two = (plots.write(state, tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_the_curve_steps_at_the_charges(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=8)
    (cell,) = state.cells.values()
    points = list(plots.curve(state, cell))
    assert [x for x, _ in points] == list(range(9))
    assert points[0][1] == state.assessments["baseline", "test"].score
    best = cell.champion(state.baseline)
    assert points[-1][1] == state.assessments[best.candidate.digest, "test"].score


def test_a_run_without_a_good_trial_still_draws(compare: Compare, tmp_path: Path) -> None:
    class Fails:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 9}))

    plots.write(compare({"fails": Fails}, budget=1), tmp_path / "plots")


def test_unknown_kind(compare: Compare, tmp_path: Path) -> None:
    state = compare({"random": RandomSearch}, budget=1)
    with pytest.raises(toolkit.UserError, match="did you mean 'anytime'"):
        plots.write(state, tmp_path, ("anytme",))
