"""Sessions: what a process outside takes is on record, and what it does not tell is unknown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from lively import Lively, fresh, lively

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.testing import forget

Search = Callable[[Lively, toolkit.Lab, int], None]
Run = Callable[..., CellState]


@pytest.fixture
def run(bench: Bench, tmp_path: Path) -> Run:
    """run(search, max_usd=…) -> the cell of a live searcher with a budget of four trials."""

    def once(search: Search, *, stall_s: float = 20, **limits: float) -> CellState:
        cell = CellSpec("mine", "mine", lively(search), {}, 0)
        plan = Plan([cell], Budget(4, **limits), stall_s=stall_s, search_only=True)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, plan).run().cells[cell.key]

    return once


def reread(tmp_path: Path) -> State:
    with Ledger(tmp_path / "run", writer=False) as ledger:
        return load(ledger)


def test_the_last_word_of_a_session_counts_and_what_it_does_not_say_anew_stays(
    run: Run, tmp_path: Path
) -> None:
    def talk(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        lab.spent(session, wall_s=2.5, tokens=100)
        lab.spent(session, wall_s=4.0, usd=0.25)
        lab.spent(session, wall_s=5.0, ending="exit status 3", output="bye")

    (found,) = run(talk).sessions.values()
    assert (found.number, found.reach) == (1, "data hidden")
    assert (found.wall_s, found.tokens, found.usd) == (5.0, 100, 0.25)
    assert found.ending == "exit status 3"
    assert not found.continued
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert ledger.get(str(found.output)) == "bye"


def test_odd_amounts_of_somebodys_output_change_nothing(run: Run) -> None:
    def babble(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        lab.spent(session, wall_s=3.0, tokens=100, usd=0.5)
        lab.spent(session, wall_s=float("nan"), tokens=-7, usd=float("inf"))
        lab.spent(session, wall_s=2.0, tokens=40, usd=0.1)

    (found,) = run(babble).sessions.values()
    assert (found.wall_s, found.tokens, found.usd) == (3.0, 100, 0.5)


def test_the_own_clock_of_a_session_counts_against_the_seconds(run: Run) -> None:
    left: list[float | None] = []

    def think(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        while lab.budget.seconds_left:
            left.append(lab.budget.seconds_left)
        assert lab.budget.left == 0
        lab.evaluate(fresh())

    cell = run(think, max_seconds=0.3)
    assert len(cell.trials) == 1
    assert cell.ended["status"] == "finished"
    assert left == sorted(left, reverse=True)
    assert cell.sessions[1].wall_s >= 0.3
    assert cell.sessions[1].ending == "its searcher ended before it"


def test_seconds_of_earlier_commands_count_and_a_wider_limit_goes_on(run: Run) -> None:
    starts: list[tuple[int, float | None]] = []

    def work(self: Lively, lab: toolkit.Lab, session: int) -> None:
        starts.append((session, lab.budget.seconds_left))
        lab.evaluate(fresh())
        lab.spent(session, wall_s=100.0, ending="exit status 0")
        lab.evaluate(fresh())

    assert len(run(work, max_seconds=60).trials) == 1
    assert len(run(work, max_seconds=60).trials) == 1
    cell = run(work, max_seconds=130)
    assert [number for number, _ in starts] == [1, 2]
    assert starts[1][1] == pytest.approx(30, abs=20)
    assert len(cell.trials) == 2
    assert [one.wall_s for one in cell.sessions.values()] == [100.0, 100.0]


def test_dollars_that_a_session_tells_end_its_search_and_more_of_them_go_on(run: Run) -> None:
    told: list[str] = []

    def pay(self: Lively, lab: toolkit.Lab, session: int) -> None:
        while True:
            spent = 0.75 * (len(lab.history) + 1)
            try:
                lab.evaluate(fresh())
            except toolkit.BudgetSpent as end:
                told.append(str(end))
                raise
            lab.spent(session, wall_s=1.0, usd=spent if session == 1 else 0.25)

    cell = run(pay, max_usd=1.0)
    assert len(cell.trials) == 2
    assert told == ["$1.50 of $1.00 are spent"]
    assert cell.paid_usd == 1.5
    assert len(run(pay, max_usd=1.0).trials) == 2
    cell = run(pay, max_usd=1.75)
    assert len(cell.trials) == 3
    assert told[1:] == ["$1.75 of $1.75 are spent"]


def test_a_limit_in_dollars_that_nobody_can_keep_is_told(run: Run) -> None:
    def be_silent(self: Lively, lab: toolkit.Lab, session: int) -> None:
        assert lab.budget.usd_left == 1.0
        lab.evaluate(fresh())

    ended = run(be_silent, max_usd=1.0).ended
    assert ended["status"] == "finished"
    assert ended["detail"] == "--max-usd could not be kept: its process told no dollars"


def test_a_searcher_that_is_given_up_has_its_session_ended_and_records_nothing_more(
    run: Run, tmp_path: Path
) -> None:
    over, gone = threading.Event(), threading.Event()

    def sleep(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        over.wait(30)
        lab.spent(session, wall_s=900.0, tokens=5, ending="exit status 0")
        gone.set()

    cell = run(sleep, stall_s=0.5)
    over.set()
    assert gone.wait(30)
    assert cell.ended["status"] == "failed"
    assert cell.sessions[1].ending.startswith("searcher 'mine' did nothing for")
    assert cell.sessions[1].tokens is None
    assert reread(tmp_path).cells[cell.key].sessions == cell.sessions


def test_trials_take_the_clock_down_for_a_host_that_is_killed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.search.sessions.EVERY_S", 0.0)

    def work(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        lab.evaluate(fresh())

    run(work)
    forget(tmp_path / "run", 4)  # as a kill after the second trial
    (cell,) = reread(tmp_path).cells.values()
    assert cell.sessions[1].wall_s > 0
    assert cell.sessions[1].ending == ""


def test_a_bill_that_is_told_late_is_that_of_its_next_word(run: Run) -> None:
    def tell_late(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        lab.evaluate(fresh())
        lab.spent(session, wall_s=1.0, tokens=300)
        lab.evaluate(fresh())
        lab.spent(session, wall_s=2.0, tokens=400)

    cell = run(tell_late)
    assert [cell.used(number, "tokens") for number in (1, 2, 3)] == [300, 300, 300]
    assert [cell.used(number, "usd") for number in (1, 2, 3)] == [None, None, None]
    assert cell.usage.tokens == cell.bill.tokens == 400
    assert cell.untold == {"usd"}


def test_a_process_that_could_read_the_data_once_could_read_it(run: Run) -> None:
    def two(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())
        second = lab.began("could read the data")
        assert second == session + 1
        lab.spent(second, wall_s=1.0, ending="exit status 0")

    assert run(two).reach == "could read the data"


def test_a_cell_without_sessions_has_no_reach_and_pays_with_evaluations_alone(
    search: Callable[..., State],
) -> None:
    (cell,) = search({"random": RandomSearch}, budget=2, max_seconds=60).cells.values()
    assert not cell.live
    assert cell.reach == ""
    assert cell.untold == set()
    assert "max_usd" not in cell.ended
    assert "continued" not in cell.ended
