"""What a ledger says, folded: the champions of a cell and where they stand."""

from __future__ import annotations

from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Started
from toolkit.ledger.state import State
from toolkit.ledger.subjects import BASELINE, Assessment, Split
from toolkit.records import Candidate, Trial


def run(**study: object) -> tuple[State, CellState]:
    """A run with a baseline of 0.2, and 0.1 on the test split, and one cell without trials."""
    state, cell = State(study=study), CellState("c", "c", "c", {}, 0, None)
    state.cells["c"] = cell
    splits: list[tuple[Split, float]] = [("search", 0.2), ("test", 0.1)]
    for split, score in splits:
        found = Assessment(subject=BASELINE, split=split, status="ok", score=score)
        state.assessments[BASELINE, split] = found
    return state, cell


def finish(cell: CellState, number: int, score: float | None, share: float = 1.0) -> Trial:
    candidate = Candidate({"x": number})
    cell.started[number] = Started(number, candidate, share, 10, False)
    trial = Trial(
        number=number, candidate=candidate, share=share,
        status="crashed" if score is None else "ok", score=score,
    )  # fmt: skip
    cell.finish(trial, None)
    return trial


def test_champions_stand_in_the_order_of_their_numbers_whichever_finished_first() -> None:
    state, cell = run()
    assert state.line(cell) == ((0, state.baseline),)
    finish(cell, 3, 0.4)
    assert [(at, trial.number) for at, trial in state.line(cell)] == [(0, 0), (10, 3)]
    finish(cell, 2, 0.4)
    finish(cell, 1, 0.3)
    finish(cell, 4, None)
    finish(cell, 5, 0.9, share=0.5)
    assert [(at, trial.number) for at, trial in state.line(cell)] == [(0, 0), (10, 1), (20, 2)]
    assert state.champion(cell).number == 2  # the earliest of equals stays


def test_scores_below_zero_are_compared_like_any_other() -> None:
    state, cell = run()
    found = Assessment(subject=BASELINE, split="search", status="ok", score=-0.8)
    state.assessments[BASELINE, "search"] = found
    finish(cell, 1, -0.9)
    finish(cell, 2, None)
    finish(cell, 3, -0.5)
    assert [trial.number for _, trial in state.line(cell)] == [0, 3]


def test_a_champion_stands_by_its_result_on_the_test_split_once_it_has_one() -> None:
    state, cell = run()
    standing = state.standing(cell)
    assert not standing.improved
    assert standing.result == standing.baseline_result == state.assessments[BASELINE, "test"]
    best = finish(cell, 1, 0.5)
    assert state.standing(cell).champion is best
    assert state.standing(cell).improved
    assert state.standing(cell).result is None
    subject = best.candidate.digest
    scored = Assessment(subject=subject, split="test", status="ok", score=0.4)
    state.assessments[subject, "test"] = scored
    assert state.standing(cell).result is state.result_of(best) is scored


def test_where_no_data_is_sealed_a_trial_stands_by_its_own_scores() -> None:
    state, cell = run(claim="exact")
    best = finish(cell, 1, 0.5)
    assert state.result_of(best) is best
    assert state.standing(cell).baseline_result == state.baseline
