"""Ray Tune keeps the contract of a searcher, on growing shares and never above its budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

import toolkit
from searchers.ray_tune import RayTune
from searchers.ray_tune.exchange import report
from searchers.ray_tune.values import decoded, domain
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators import ray_session
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.report.plots.curves import curve
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.testing import TOY, SearcherContract, path, search

pytestmark = [pytest.mark.ray, pytest.mark.timeout(300)]
FULL = 12  # questions in the toy study's search split


@pytest.fixture(scope="module", autouse=True)
def stop_ray() -> Iterator[None]:
    yield
    ray_session.SESSION.close()


class TestAsha(SearcherContract):
    factory = RayTune

    def test_spends_exactly_its_budget(self, tmp_path: Path) -> None:
        """Or says what is left, which is less than the next rung costs."""
        cell = self._search(tmp_path / "run")
        left = self.budget * FULL - cell.charged
        assert 0 <= left < 8
        assert bool(left) == ("does not fit" in cell.ended["detail"])
        assert len(set(path(cell))) > self.budget
        assert {start.share for start in cell.started.values()} == set(toolkit.RUNGS)
        with Ledger(tmp_path / "run", writer=False) as ledger:
            state = load(ledger)
        champion = state.champion(cell)
        assert champion.share == 1
        assert max(x for x, _ in curve(state, cell)) <= self.budget


class TestMedian(SearcherContract):
    factory = RayTune
    options: ClassVar = {"scheduler": "median"}


def test_async_hyperband_and_random_search_are_repeatable(tmp_path: Path) -> None:
    options = {"scheduler": "async_hyperband", "algorithm": "random"}
    one, two = (search(RayTune, tmp_path / str(n), budget=5, options=options) for n in (1, 2))
    assert one.ended["status"] == "finished", one.ended["detail"]
    assert path(one) == path(two)
    assert one.charged <= 5 * FULL


def test_cells_that_run_at_a_time_keep_to_themselves(tmp_path: Path) -> None:
    alone = [search(RayTune, tmp_path / str(s), budget=4, seed=s) for s in (0, 1)]
    cells = [CellSpec("plugin", "plugin", RayTune, {}, seed) for seed in (0, 1)]
    with LocalEvaluator(slots=2) as place, Ledger(tmp_path / "both", writer=True) as ledger:
        bench = Bench(study_files.load(TOY), place)
        state = Comparison(bench, ledger, Plan(cells, Budget(4), slots=2)).run()
    for cell, spec in zip(alone, cells, strict=True):
        assert state.cells[spec.key].ended["status"] == "finished"
        assert path(state.cells[spec.key]) == path(cell)


def test_more_in_flight_stays_below_the_budget(tmp_path: Path) -> None:
    cell = search(RayTune, tmp_path / "run", budget=2, options={"parallel": 2})
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    assert cell.charged <= 2 * FULL


def test_a_failed_trial_has_no_score_for_tune() -> None:
    failed = toolkit.Trial(
        number=1, candidate=toolkit.Candidate(), share=1 / 9, status="crashed", score=None
    )
    assert report(failed) == report(None) == {"ninths": 0, "done": True}
    good = toolkit.Trial(
        number=1, candidate=toolkit.Candidate(), share=1 / 3, status="ok", score=0.5
    )
    assert set(report(good).values()) == {3, 0.5, False}


def test_parameters_become_tunes() -> None:
    whole = domain(toolkit.Int(1, 8, 2))
    assert {whole.sample() for _ in range(300)} == set(range(1, 9))
    choice = toolkit.Choice(("a", 1, 1.0, True), "a")
    found = [decoded(choice, place) for place in domain(choice).categories]
    assert toolkit.same(found, ["a", 1, 1.0, True])
    assert decoded(toolkit.Float(0.01, 1, 0.1, log=True), 1.0000000000000002) == 1
    with pytest.raises(toolkit.UserError, match="parameter type"):
        domain(object())  # type: ignore[arg-type]
