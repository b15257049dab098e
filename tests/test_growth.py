"""What follows a search costs twice as much for twice the trials: calls are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import toolkit
from toolkit.attribution.champions import attribute
from toolkit.attribution.measure import Measurements
from toolkit.attribution.progress import Progress
from toolkit.attribution.values import Effort
from toolkit.bench.bench import Bench
from toolkit.cli.display import Display
from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Started
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Event, Ledger
from toolkit.ledger.state import State, fold
from toolkit.records import Candidate, Trial, Usage
from toolkit.report.plots.curves import curve
from toolkit.report.standings import standings
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study.study import Study

Compare = Callable[..., State]
FEW, TIMES = 100, 4


class Climb:
    """Each trial is better than the last, and built on it."""

    def run(self, lab: toolkit.Lab) -> None:
        parent = 0
        while True:
            x = 0.2 + parent / 100
            parent = lab.evaluate(Candidate({"x": x}, parent=parent or None)).number


SPEC = CellSpec("c", "c", Climb, {}, 0)


class Alone(Climb):
    def run(self, lab: toolkit.Lab) -> None:
        for x in (0.2, 0.3):
            lab.evaluate(Candidate({"x": x}))


def calls(work: Callable[[], object]) -> int:
    """How many Python functions a piece of work calls, generators at each step."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def longer(events: list[Event], trials: int) -> Iterator[Event]:
    """The events of a run of two trials as if it had had so many, each better than the last."""
    pair = [event for event in events if event.kind in ("started", "finished")][2:]
    for event in events:
        if event.kind == "command":
            yield replace(event, data={**event.data, "budget": trials})
        elif event.kind not in ("started", "finished"):
            yield event
        if event.kind == "cell":
            for number in range(1, trials + 1):
                for one in pair:
                    score = {"score": number / trials} if one.kind == "finished" else {}
                    yield replace(one, data={**one.data, "number": number, **score})


@pytest.fixture
def runs(compare: Compare, tmp_path: Path) -> dict[int, Callable[[], State]]:
    """{trials: reads a run of so many}"""
    compare({"climb": Alone}, budget=2)
    ledger = Ledger(tmp_path / "run", writer=False)
    events = list(ledger.events())
    return {
        trials: lambda trials=trials: fold(longer(events, trials), ledger)
        for trials in (FEW, TIMES * FEW)
    }


def grown(work: Callable[[int], object]) -> float:
    """How much more is called for four times the trials."""
    work(FEW)  # what is imported, compiled or kept at the first time
    return calls(lambda: work(TIMES * FEW)) / calls(lambda: work(FEW))


def test_reading_a_ledger_adds_each_trial_to_the_bill_once(
    runs: dict[int, Callable[[], State]],
) -> None:
    state = runs[FEW]()
    (cell,) = state.cells.values()
    each = cell.trials[1].usage.cpu_s
    assert cell.bills[FEW // 2].cpu_s == pytest.approx(FEW // 2 * each)
    assert cell.bills[FEW] == cell.usage
    assert grown(lambda trials: runs[trials]()) < 1.1 * TIMES


def test_standings_and_curves_do_not_count_all_trials_for_each_champion(
    runs: dict[int, Callable[[], State]],
) -> None:
    states = {trials: runs[trials]() for trials in runs}
    for trials, state in states.items():
        (cell,) = state.cells.values()
        assert len(state.line(cell)) > trials / 2  # nearly all: the worst case
        assert [x for x, _ in curve(state, cell)] == list(range(trials + 1))

    def stand(trials: int) -> None:
        standings(states[trials], list(states[trials].cells.values()))

    def draw(trials: int) -> None:
        (cell,) = states[trials].cells.values()
        list(curve(states[trials], cell))

    assert grown(stand) < 1.1 * TIMES
    assert grown(draw) < 1.1 * TIMES
    assert grown(lambda trials: summarise(states[trials])) < 1.2 * TIMES


def test_a_champion_of_each_moment_is_found_where_a_later_number_finished_first(
    compare: Compare,
) -> None:
    state = compare({"climb": Climb}, budget=4)
    (cell,) = state.cells.values()
    for number, cpu_s in ((1, 1.0), (2, 4.0), (3, 2.0), (4, 8.0)):  # 3 was done before 2
        cell.bills[number] = Usage(cpu_s=cpu_s)
    tenth, quarter, half, whole = standings(state, [cell])["cpu_s"]
    scores = [state.assessments[cell.trials[n].candidate.digest, "test"].score for n in (3, 4)]
    base = state.assessments["baseline", "test"].score
    assert [row["scores"]["climb"] for row in (tenth, quarter, half, whole)] == pytest.approx(
        [base, scores[0], scores[0], scores[1]]
    )


def test_progress_lines_count_only_what_is_new(
    toy: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def show(trials: int) -> None:
        display = Display(tmp_path, Plan([SPEC], Budget(trials)), toy, "confined", 12)
        cell = CellState(SPEC.key, "c", "c", {}, 0, None)
        display.begun(cell)
        for number in range(1, trials + 1):
            cell.begin(Started(number, Candidate(), 1.0, 12, False))
            status: Any = "crashed" if number % 5 == 0 else "ok"
            score = None if status == "crashed" else min(number, 3) / 10
            cell.trials[number] = Trial(
                number=number, candidate=Candidate(), share=1.0, status=status, score=score
            )
            display.finished(cell, cell.trials[number])
        display.ended(cell)

    assert grown(show) < 1.1 * TIMES
    capsys.readouterr()
    show(20)
    first, begun, last = capsys.readouterr().err.splitlines()
    assert first.startswith("toy: 1 cell x 20 trials")
    assert begun.startswith("1 of 20 trials, 0 failed, best 0.100 (c-0), 0 of 1 cell done")
    assert last == "20 of 20 trials, 4 failed, best 0.300 (c-0), 1 of 1 cell done"


def test_a_resumed_cell_says_what_is_on_record(
    toy: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    display = Display(tmp_path, Plan([SPEC], Budget(9)), toy, "confined", 12)
    cell = CellState(SPEC.key, "c", "c", {}, 0, None)
    for number, score in ((1, 0.4), (2, 0.2)):
        cell.begin(Started(number, Candidate(), 1.0, 12, False))
        cell.trials[number] = Trial(
            number=number, candidate=Candidate(), share=1.0, status="ok", score=score
        )
    display.begun(cell)
    display.ended(cell)
    told = capsys.readouterr().err
    assert "c-0: 2 trials are on record; its searcher asks again" in told
    assert "2 of 9 trials, 0 failed, best 0.400 (c-0), 1 of 1 cell done" in told


def test_a_champion_of_too_many_steps_is_left_out_with_what_to_type(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    state = compare({"climb": Climb}, budget=3)
    (cell,) = state.cells.values()
    account = state.accounts.pop(cell.key)
    assert len(account["parts"]) == 3
    said: list[str] = []
    with Ledger(tmp_path / "run", writer=True) as ledger:
        measured = Measurements(bench, Journal(ledger, state), progress=Progress(said.append))
        attribute(measured, [cell], Effort(), most=2)
        assert not state.accounts
        assert said == [
            "attribution of climb-0: left out. Its champion was built in 3 steps; an account of "
            "more than 2 steps takes longer than the search. To make it, type `toolkit attribute "
            f"{tmp_path / 'run'}`"
        ]
        attribute(measured, [cell], Effort(), most=3)
    assert state.accounts[cell.key]["parts"] == account["parts"]
