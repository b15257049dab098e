"""Waiting for a language model: metered apart, kept by a replay, and counted where it is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.cli.channel import _check_seconds
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

Run = Callable[..., State]


class Patient(Provider):
    """Replies at once, as a recording does, of a model that took `seconds` for each reply."""

    name, price_free = "patient", True

    def __init__(self, seconds: float | None = 30.0, usd: float | None = None) -> None:
        self.seconds, self.usd, self.asked = seconds, usd, 0

    def complete(self, request: Request) -> Reply:
        self.asked += 1
        return Reply(
            "try it", "m", 80, 20, estimated=True, recorded=True, usd=self.usd,
            seconds=self.seconds,
        )  # fmt: skip


class Asking:
    """Asks before each trial, which sets x a little higher than the one before."""

    def run(self, lab: toolkit.Lab) -> None:
        while lab.budget.left >= 1:
            lab.complete([{"role": "user", "content": "what next?"}])
            lab.evaluate(toolkit.Candidate({"x": (len(lab.history) + 1) / 100}))


@pytest.fixture
def run(bench: Bench, tmp_path: Path) -> Run:
    """run(provider, …) -> State of one asking cell, and a random one beside it if both."""

    def compare(provider: Patient, *, both: bool = False, **limits: Any) -> State:
        cells = [CellSpec("asking", "asking", Asking, {}, 0, provider.name, True)]
        if both:
            cells.append(CellSpec("random", "random", RandomSearch, {}, 0))
        plan = Plan(
            cells, Budget(**{"trials": 3, **limits}), 1, 60, Channel(provider), after="none"
        )
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, plan).run()

    return compare


def only(state: State) -> CellState:
    return next(iter(state.cells.values()))


def test_waiting_is_told_as_of_the_recording_and_dollars_that_nobody_knows_are_unknown(
    run: Run,
) -> None:
    state = run(Patient(), both=True)
    summary = summarise(state)
    mine, random = summary["cells"]
    used = mine["usage"]
    assert (used["waited_s"], used["tokens"], used["estimated"]) == (90.0, 300, True)
    assert used["usd"] is None
    assert used["wall_s"] < 90
    assert random["usage"]["usd"] == 0.0
    assert "waited_s" not in random["usage"]
    assert "usd" not in summary["standings"]
    assert only(state).used(3, "usd") is None
    page = " ".join(text(summary, width=160).split())
    assert (
        "asking (seed 0) is recorded: its language model (m) answered in an earlier run, which "
        "waited 90.0 s for it; 300 tokens (estimated), dollars unknown"
    ) in page
    lines = text(summary, width=180).splitlines()
    (row,) = [line for line in lines if line.startswith(" asking (recorded)")]
    assert row.split()[-4:] == ["90.0", "300", "est.", "unknown"]
    assert "tokens: estimated for asking" in lines
    assert (
        "CPU s: that of evaluations alone; what a language model or an agent computes is not "
        "counted"
    ) in lines


def test_an_axis_is_noted_in_the_summary(run: Run) -> None:
    assert set(summarise(run(Patient()))["axis_notes"]) == {"cpu_s", "tokens"}


def test_dollars_that_are_known_are_told(run: Run) -> None:
    summary = summarise(run(Patient(usd=0.25)))
    assert summary["cells"][0]["usage"]["usd"] == 0.75
    assert "300 tokens (estimated), $0.75" in text(summary, width=160)


def test_a_recording_without_seconds_has_waited_an_unknown_time(run: Run) -> None:
    summary = summarise(run(Patient(None)))
    assert summary["cells"][0]["usage"]["waited_s"] is None
    assert "which waited an unknown time for it" in " ".join(text(summary, width=160).split())


def test_waiting_does_not_count_against_the_seconds_unless_it_is_asked_for(run: Run) -> None:
    assert len(only(run(Patient(), max_seconds=70)).trials) == 3


def test_waiting_counts_where_it_is_asked_for(run: Run) -> None:
    cell = only(run(Patient(), max_seconds=70, count_waiting=True))
    # 30 s, a trial, 60 s, a trial, 90 s of 70: the third reply comes, and no trial after it
    assert (len(cell.trials), len(cell.completions)) == (2, 3)
    assert cell.ended is not None
    assert (cell.ended["status"], cell.ended["count_waiting"]) == ("finished", True)


def test_a_cell_that_ended_by_waiting_goes_on_under_a_larger_limit(run: Run) -> None:
    provider = Patient()
    run(provider, max_seconds=70, count_waiting=True)
    run(provider, max_seconds=70, count_waiting=True)
    assert provider.asked == 3
    state = run(provider, max_seconds=1000, count_waiting=True)
    assert len(only(state).trials) == 3
    assert provider.asked == 3, "a journalled reply is not asked for again"
    assert "or 1000 s of evaluation and of waiting for a model" in text(summarise(state))


def test_a_cell_that_ended_by_waiting_goes_on_where_waiting_counts_no_more(run: Run) -> None:
    run(Patient(), max_seconds=70, count_waiting=True)
    assert len(only(run(Patient(), max_seconds=70)).trials) == 3


def test_a_recording_that_lacks_seconds_cannot_count_them(tmp_path: Path) -> None:
    from toolkit.llm.recorded import RecordedProvider

    path = tmp_path / "r.jsonl"
    path.write_text(
        '{"format": 1, "cell": {"searcher": "a", "options": {}, "seed": 0}, "model": ""}\n'
        '{"key": "k", "stage": "propose", "prompt": "p", "reply": "text", "model": "m", '
        '"provider": "inbox", "tokens_in": 8, "tokens_out": 2, "usd": 0.0, "estimated": true}\n'
    )
    with pytest.raises(UserError, match=r"r\.jsonl does not say how long its replies were waited"):
        _check_seconds(None, RecordedProvider(str(path)))
