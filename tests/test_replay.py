"""The cursor over a recorded log hands trials over as they came, and no earlier."""

from __future__ import annotations

from concurrent.futures import Future

from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Started
from toolkit.records import Candidate, Trial
from toolkit.search.replay import Attempt, Replay


def recorded(*log: tuple[str, int], twins: bool = False) -> CellState:
    """A cell with this log. twins: all of its trials are of one candidate."""
    cell = CellState("c", "c", "c", {}, 0, None)
    for kind, number in log:
        candidate = Candidate({"x": 0 if twins else number})
        if kind == "started":
            cell.begin(Started(number, candidate, 1.0, 4, False))
        else:
            trial = Trial(number=number, candidate=candidate, share=1.0, status="ok", score=0.5)
            cell.finish(trial, None)
    return cell


def replay(cell: CellState) -> Replay:
    return Replay(cell, {number: Attempt(start) for number, start in cell.started.items()})


def ask(cursor: Replay, x: int) -> tuple[int | None, list[int]]:
    """(the number that answers it, numbers handed over since)."""
    found = cursor.find(Candidate({"x": x}), 1.0, smoke=False)
    if found is None:
        return None, []
    found.future = Future()
    return found.number, [attempt.number for attempt in cursor.release()]


TWO_AT_A_TIME = [
    ("started", 1), ("started", 2), ("finished", 2), ("started", 3), ("finished", 1),
    ("finished", 3),
]  # fmt: skip


def test_a_finish_waits_for_every_start_before_it() -> None:
    cursor = replay(recorded(*TWO_AT_A_TIME))
    assert ask(cursor, 1) == (1, [])
    assert ask(cursor, 2) == (2, [2])  # it was told of 2 before it asked for 3
    assert ask(cursor, 3) == (3, [1, 3])


def test_asked_in_another_order_it_is_told_in_the_order_of_the_log() -> None:
    cursor = replay(recorded(*TWO_AT_A_TIME))
    assert ask(cursor, 3) == (3, [])
    assert ask(cursor, 2) == (2, [])
    assert ask(cursor, 1) == (1, [2, 1, 3])


def test_one_candidate_that_was_tried_twice_is_answered_by_both_trials_in_turn() -> None:
    log = [("started", 1), ("finished", 1), ("started", 2), ("finished", 2)]
    cursor = replay(recorded(*log, twins=True))
    assert ask(cursor, 0) == (1, [1])
    assert ask(cursor, 0) == (2, [2])
    assert ask(cursor, 0) == (None, [])


def test_an_adopted_log_is_handed_over_at_once_and_answers_nothing() -> None:
    cursor = replay(recorded(*TWO_AT_A_TIME, ("started", 4)))
    finished, cut_off = cursor.adopt()
    assert [attempt.number for attempt in finished] == [2, 1, 3]
    assert [attempt.number for attempt in cut_off] == [4]
    assert ask(cursor, 1) == (None, [])
    assert cursor.release() == []
    assert not cursor.is_overdue(active_at=0.0)


def test_another_share_or_a_smoke_run_of_the_same_candidate_is_another_trial() -> None:
    cursor = replay(recorded(("started", 1), ("finished", 1)))
    assert cursor.find(Candidate({"x": 1}), 0.5, smoke=False) is None
    assert cursor.find(Candidate({"x": 1}), 1.0, smoke=True) is None
    assert ask(cursor, 1) == (1, [1])


def test_once_it_has_diverged_nothing_is_held_back() -> None:
    cursor = replay(recorded(*TWO_AT_A_TIME))
    assert ask(cursor, 1) == (1, [])
    assert not cursor.is_overdue(active_at=0.0)  # it is held for a moment only
    cursor.diverged = True
    assert [attempt.number for attempt in cursor.release()] == [2, 1, 3]
    assert not cursor.is_overdue(active_at=0.0)
