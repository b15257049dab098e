"""Replay: a searcher restarted from its seed gets the same answers from the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.search.proposals import recordable
from toolkit.testing import forget

Compare = Callable[..., State]


@pytest.mark.parametrize("parallel", [1, pytest.param(2, marks=pytest.mark.slow), 4])
@pytest.mark.parametrize("after", [1, 2, 5, 8, 13])
def test_a_cut_log_is_continued_on_the_same_path(
    search: Compare, tmp_path: Path, parallel: int, after: int
) -> None:
    def searcher() -> OptunaSearch:
        return OptunaSearch(parallel=parallel)

    whole = search({"optuna": searcher}, budget=14, slots=2)
    (key,) = whole.cells
    order = whole.cells[key].log
    forget(tmp_path / "run", after)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        kept = load(ledger).cells[key]
        starts = {n: s.candidate.digest for n, s in kept.started.items()}
    state = search({"optuna": searcher}, budget=14, slots=2)
    cell = state.cells[key]
    assert sorted(cell.trials) == list(range(1, 15))
    assert cell.charged == 14 * state.study["full"]
    assert not cell.ended["diverged"]
    assert {n: cell.started[n].candidate.digest for n in starts} == starts
    assert cell.log[:after] == order[:after]
    if parallel == 1:
        old, new = whole.cells[key].trials, cell.trials
        assert [old[n].candidate for n in old] == [new[n].candidate for n in new]
        assert [old[n].score for n in old] == [new[n].score for n in new]


def test_a_trial_that_the_machine_failed_twice_is_lost_and_charged(
    search: Compare, tmp_path: Path
) -> None:
    search({"optuna": OptunaSearch}, budget=5)
    forget(tmp_path / "run", 5)  # the third trial is started, not finished
    with Ledger(tmp_path / "run", writer=True) as ledger:
        (key,) = load(ledger).cells
        last = [e for e in ledger.events() if e.kind == "started"][-1]
        ledger.append("started", last.data, cell=key)
    cell = search({"optuna": OptunaSearch}, budget=5).cells[key]
    assert cell.trials[3].status == "lost"
    assert cell.charged == 5 * 12
    assert len(cell.trials) == 5


def test_a_searcher_that_ignores_its_seed_stays_charged_and_is_named(
    search: Compare, tmp_path: Path
) -> None:
    counter = iter(range(1000))

    class Moody:
        def run(self, lab: toolkit.Lab) -> None:
            while True:
                lab.evaluate(toolkit.Candidate({"x": next(counter) / 1000}))

    search({"moody": Moody}, budget=6)
    forget(tmp_path / "run", 7)  # three finished, one in flight
    (cell,) = search({"moody": Moody}, budget=6).cells.values()
    assert cell.ended["diverged"]
    assert cell.charged == 6 * 12
    assert sum(trial.status == "lost" for trial in cell.trials.values()) == 1
    assert len(cell.trials) == 6


def test_the_lab_is_thread_safe(search: Compare) -> None:
    class Threads:
        def run(self, lab: toolkit.Lab) -> None:
            def work(part: int) -> None:
                try:
                    for step in range(100):
                        lab.evaluate(toolkit.Candidate({"x": part / 10 + step / 1000}))
                except toolkit.BudgetSpent:
                    pass

            threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    (cell,) = search({"threads": Threads}, budget=30, slots=2).cells.values()
    assert sorted(cell.trials) == list(range(1, 31))
    assert cell.charged == 30 * 12


def test_what_a_lab_shows(search: Compare) -> None:
    seen = {}

    class Looks:
        def run(self, lab: toolkit.Lab) -> None:
            trial = lab.evaluate(toolkit.Candidate({"x": 0.7}))
            seen["failures"] = lab.failures(trial, limit=3)
            seen["baseline"] = lab.failures(lab.baseline, limit=100)
            seen["history"] = lab.history
            seen["budget"] = (lab.budget.total, lab.budget.spent, lab.budget.left)
            with pytest.raises(toolkit.PatchError, match="no such file"):
                lab.edit(toolkit.Candidate(), {"toy_pipeline/none.py": None})
            with pytest.raises(toolkit.PatchError, match="task"):
                lab.edit(toolkit.Candidate(), {"task.py": "print('gold')"})
            with pytest.raises(toolkit.PatchError, match="main"):
                lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": None})
            with pytest.raises(toolkit.UserError, match="share"):
                lab.evaluate(toolkit.Candidate(), share=0)
            same = lab.edit(toolkit.Candidate(), dict(lab.sources))
            assert same.patch == ""

    (cell,) = search({"looks": Looks}, budget=2).cells.values()
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    assert len(seen["failures"]) == 3
    assert len(seen["baseline"]) == 9  # the uncounted kind is no failure
    assert seen["failures"][0].gold == 1.0
    assert seen["failures"][0].evidence == {"t1": "the truth of c is 1.0"}  # the lowest score
    assert [trial.number for trial in seen["history"]] == [1]
    assert seen["budget"] == (2, 1, 1)


@pytest.mark.parametrize("depth", [200, 100_000])
def test_a_value_nested_deep_is_an_invalid_trial(search: Compare, depth: int) -> None:
    class Deep:
        def run(self, lab: toolkit.Lab) -> None:
            value: list[object] = []
            for _ in range(depth):
                value = [value]
            assert lab.evaluate(toolkit.Candidate({"x": value})).status == "invalid"
            lab.evaluate(toolkit.Candidate({"x": 0.5}, note="half of a pair: \ud83d"))

    (cell,) = search({"deep": Deep}, budget=2).cells.values()
    assert [trial.status for trial in cell.trials.values()] == ["invalid", "ok"]
    assert cell.ended["status"] == "finished"
    assert len(cell.trials[1].detail) < 2000


def test_a_candidate_that_cannot_be_written_is_kept_as_text() -> None:
    """Python refuses to write 10**5000, and a value's own repr may raise."""

    class Mute:
        def __repr__(self) -> str:
            raise ValueError("mute")

    given = toolkit.Candidate({"x": 10**5000, Mute(): Mute()}, Mute(), note=Mute())  # type: ignore
    kept, mute = recordable(given), "a value of type Mute that cannot be written"
    assert kept.overrides == {"x": "a value of type int that cannot be written", mute: mute}
    assert (kept.patch, kept.note) == (mute, mute)
