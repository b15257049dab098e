"""Live searchers: the record is their memory, and they go on from it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path

import pytest
from lively import Lively, fresh, lively, slow

import toolkit
from searchers.optuna_search import OptunaSearch
from toolkit.errors import UserError
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.testing import SearcherContract, forget

Compare = Callable[..., State]
FULL = 12


class Alone:
    """A live searcher without a process outside."""

    live = True

    def run(self, lab: toolkit.Lab) -> None:
        while True:
            candidate = fresh()
            if not lab.infeasible(candidate.overrides):
                lab.evaluate(candidate)


class TestAlone(SearcherContract):
    """The contract asks a live searcher to go on in place of a replay."""

    factory = Alone


@pytest.mark.parametrize("steps", [1, 2, 5, 6, 10])
def test_cut_off_anywhere_it_finds_the_record_as_its_history_and_goes_on(
    search: Compare, tmp_path: Path, steps: int
) -> None:
    searcher = lively()
    search({"mine": searcher}, budget=6)
    forget(tmp_path / "run", steps)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        (before,) = load(ledger).cells.values()
    (cell,) = search({"mine": searcher}, budget=6).cells.values()
    finished = [number for kind, number in before.log if kind == "finished"]
    assert searcher.seen[1][: len(finished)] == finished
    assert cell.log[:steps] == before.log
    assert sorted(cell.trials) == [1, 2, 3, 4, 5, 6]
    assert {number: cell.trials[number] for number in before.trials} == before.trials
    assert cell.charged == 6 * FULL
    assert not cell.ended["diverged"]
    in_flight = set(before.started) - set(before.trials)
    assert [n for n, start in cell.started.items() if start.attempts > 1] == sorted(in_flight)
    assert cell.continued
    assert [one.continued for one in cell.sessions.values()][-1]


def test_trials_in_flight_at_a_kill_run_again_and_join_the_history(
    search: Compare, tmp_path: Path
) -> None:
    def three_at_once(self: Lively, lab: toolkit.Lab, session: int) -> None:
        wait([lab.submit(fresh()) for _ in range(3)])

    search({"mine": lively(three_at_once)}, budget=6, slots=2)
    forget(tmp_path / "run", 4)  # three of them started, one finished
    histories = []

    def look(self: Lively, lab: toolkit.Lab, session: int) -> None:
        while len(lab.history) < 3:
            lab.alive()
        histories.append([trial.number for trial in lab.history])

    (cell,) = search({"mine": lively(look)}, budget=6, slots=2).cells.values()
    assert sorted(histories[0]) == [1, 2, 3]
    assert histories[0] == [number for kind, number in cell.log if kind == "finished"]
    assert sorted(start.attempts for start in cell.started.values()) == [1, 2, 2]
    assert all(trial.ok for trial in cell.trials.values())


def test_a_lab_is_settled_once_what_a_kill_cut_off_is_history(
    search: Compare, tmp_path: Path
) -> None:
    def three_slow_ones(self: Lively, lab: toolkit.Lab, session: int) -> None:
        wait([lab.submit(slow(lab)) for _ in range(3)])

    search({"mine": lively(three_slow_ones)}, budget=6, slots=2)
    forget(tmp_path / "run", 4)  # three of them started, one finished
    histories: list[list[int]] = []

    def settle(self: Lively, lab: toolkit.Lab, session: int) -> None:
        for _ in range(2):
            histories.append(sorted(trial.number for trial in lab.history))
            lab.settle()
        histories.append(sorted(trial.number for trial in lab.history))

    search({"mine": lively(settle)}, budget=6, slots=2)
    assert len(histories[0]) == 1
    assert histories[1:] == [[1, 2, 3]] * 2


def test_a_lab_is_not_settled_before_a_trial_that_has_run_is_handed_over(search: Compare) -> None:
    told, histories = threading.Event(), []

    def hold_up(self: Lively, lab: toolkit.Lab, session: int) -> None:
        first, second = lab.submit(fresh()), lab.submit(slow(lab))
        first.add_done_callback(lambda _: told.wait(1.0))  # the thread that delivers is busy
        while lab.usage.wall_s < 0.2:  # the second one has run, and is on record
            lab.alive()
        threading.Timer(0.2, told.set).start()
        lab.settle()
        histories.append(sorted(trial.number for trial in lab.history))
        assert second.done()

    (cell,) = search({"mine": lively(hold_up)}, budget=2, slots=2).cells.values()
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    assert histories == [[1, 2]]


def test_a_lab_that_is_closed_keeps_nobody_waiting_for_its_trials(search: Compare) -> None:
    left = []

    def leave(self: Lively, lab: toolkit.Lab, session: int) -> None:
        running = lab.submit(slow(lab, 2.0))
        lab._scheduler.close("the run was stopped")
        lab.settle()
        left.append(running.done())

    search({"mine": lively(leave)}, budget=2)
    assert left == [False]


def test_a_trial_that_was_cut_off_twice_is_lost_and_part_of_the_history(
    search: Compare, tmp_path: Path
) -> None:
    searcher = lively()
    search({"mine": searcher}, budget=4)
    forget(tmp_path / "run", 3)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        (key,) = load(ledger).cells
        last = [event for event in ledger.events() if event.kind == "started"][-1]
        ledger.append("started", last.data, cell=key)
    cell = search({"mine": searcher}, budget=4).cells[key]
    assert cell.trials[2].status == "lost"
    assert searcher.seen[1] == [1, 2]
    assert cell.charged == 4 * FULL
    assert sorted(cell.trials) == [1, 2, 3, 4]


def test_a_larger_budget_goes_on_and_a_smaller_one_is_refused(search: Compare) -> None:
    searcher = lively()
    search({"mine": searcher}, budget=3)
    (cell,) = search({"mine": searcher}, budget=5).cells.values()
    assert sorted(cell.trials) == [1, 2, 3, 4, 5]
    assert searcher.seen == [[], [1, 2, 3]]
    assert [one.continued for one in cell.sessions.values()] == [False, True]
    with pytest.raises(UserError, match=r"has spent 5 trials in .*, more than --budget 4"):
        search({"mine": searcher}, budget=4)


def test_the_same_command_starts_nobody_again_who_has_nothing_left(
    search: Compare, tmp_path: Path
) -> None:
    searcher = lively()
    search({"mine": searcher}, budget=3)
    search({"mine": searcher}, budget=3)
    assert searcher.seen == [[]]
    forget(tmp_path / "run", 5)  # all of it is charged, and the last trial is in flight
    (cell,) = search({"mine": searcher}, budget=3).cells.values()
    assert searcher.seen == [[]]
    assert sorted(cell.trials) == [1, 2, 3]
    assert cell.ended["status"] == "finished"
    assert not cell.continued


def test_live_and_replaying_searchers_stand_in_one_run(search: Compare, tmp_path: Path) -> None:
    searchers = {"mine": lively(), "optuna": OptunaSearch}
    whole = search(searchers, budget=5, slots=2)
    forget(tmp_path / "run", 11)
    state = search(searchers, budget=5, slots=2)
    for key, cell in state.cells.items():
        assert sorted(cell.trials) == [1, 2, 3, 4, 5]
        assert cell.charged == 5 * FULL
        assert not cell.ended["diverged"]
        assert cell.live == (cell.alias == "mine")
        if not cell.live:
            old = whole.cells[key].trials
            assert {n: t.candidate for n, t in cell.trials.items()} == {
                n: t.candidate for n, t in old.items()
            }


def test_a_live_searcher_without_sessions_is_marked_continued_all_the_same(
    search: Compare, tmp_path: Path
) -> None:
    assert not next(iter(search({"alone": Alone}, budget=3).cells.values())).continued
    forget(tmp_path / "run", 4)
    (cell,) = search({"alone": Alone}, budget=3).cells.values()
    assert cell.continued
    assert sorted(cell.trials) == [1, 2, 3]


@pytest.mark.slow
def test_a_sign_of_life_keeps_a_searcher_that_thinks_from_being_given_up(
    search: Compare,
) -> None:
    def think(self: Lively, lab: toolkit.Lab, session: int) -> None:
        silence = threading.Event()
        for _ in range(7):
            silence.wait(0.2)
            lab.alive()
        lab.evaluate(fresh())

    (cell,) = search({"mine": lively(think)}, budget=1, stall_s=1.0).cells.values()
    assert cell.ended["status"] == "finished"
    assert len(cell.trials) == 1
