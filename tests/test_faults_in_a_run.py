"""Faults inside a run: of a scorer, a ledger, a searcher or a machine."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench import judge
from toolkit.ledger.ledger import FILENAME, Ledger
from toolkit.ledger.state import State, load

Compare = Callable[..., State]


def test_a_scorer_that_gives_rubbish_is_the_studys_fault(
    compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = judge.Judge.judge, []

    def wrong(self: judge.Judge, *given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > 8:  # after the baseline and the check for dead parameters
            self.vault.scorer = lambda gold, output: float("nan")
        return real(self, *given, **more)

    monkeypatch.setattr(judge.Judge, "judge", wrong)
    with pytest.raises(
        toolkit.UserError, match=r"scorer gave nan, which is no finite number, for item"
    ):
        compare({"random": RandomSearch, "other": RandomSearch}, budget=30, slots=2)


@pytest.mark.slow
def test_a_ledger_that_cannot_be_written_stops_the_run_and_says_so(
    compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Ledger.append

    def full(self: Ledger, kind: str, data: object, *, cell: str = "") -> object:
        if kind == "finished" and data["number"] == 5:  # type: ignore[index]
            raise toolkit.UserError("ledger cannot be written: database or disk is full")
        return real(self, kind, data, cell=cell)

    monkeypatch.setattr(Ledger, "append", full)
    with pytest.raises(toolkit.UserError, match="disk is full"):
        compare({"random": RandomSearch, "other": RandomSearch}, budget=10)
    monkeypatch.undo()
    state = compare({"random": RandomSearch, "other": RandomSearch}, budget=10)
    assert all(len(cell.trials) == 10 for cell in state.cells.values())
    assert all(cell.ended["status"] == "finished" for cell in state.cells.values())


def test_a_searcher_that_exits_ends_its_cell_only(search: Compare) -> None:
    class Exits:
        def run(self, lab: toolkit.Lab) -> None:
            sys.exit(3)

    state = search({"exits": Exits, "random": RandomSearch}, budget=4)
    cells = {cell.alias: cell for cell in state.cells.values()}
    assert cells["exits"].ended["status"] == "failed"
    assert len(cells["random"].trials) == 4


def test_a_fault_nobody_waits_for_is_not_lost(
    compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fires:
        def run(self, lab: toolkit.Lab) -> None:
            for step in range(3):
                lab.submit(toolkit.Candidate({"x": 0.123 + step / 1000}))

    from toolkit.bench.bench import Bench

    real = Bench.run

    def broken(self: Bench, candidate: toolkit.Candidate, *args: object, **more: object) -> object:
        if candidate.overrides.get("x") == 0.124:
            raise OSError("no space left on device")
        return real(self, candidate, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Bench, "run", broken)
    with pytest.raises(OSError, match="no space left"):
        compare({"fires": Fires}, budget=3)


def test_a_stalled_searcher_spends_nothing_after_its_end(search: Compare) -> None:
    going = threading.Event()

    class Sleeps:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            going.wait(30)
            lab.evaluate(toolkit.Candidate({"x": 0.7}))

    state = search({"sleeps": Sleeps}, budget=5, stall_s=0.5)
    going.set()
    time.sleep(0.3)
    (cell,) = state.cells.values()
    assert "did nothing" in cell.ended["detail"]
    assert len(cell.trials) == 1


def test_a_callback_may_use_the_lab(search: Compare) -> None:
    class Calls:
        def run(self, lab: toolkit.Lab) -> None:
            done = threading.Event()

            def again(future: object) -> None:
                lab.submit(toolkit.Candidate({"x": 0.7})).add_done_callback(lambda _: done.set())

            lab.submit(toolkit.Candidate({"x": 0.6})).add_done_callback(again)
            done.wait(20)

    (cell,) = search({"calls": Calls}, budget=2).cells.values()
    assert sorted(cell.trials) == [1, 2]
    assert cell.ended["status"] == "finished"


def test_damaged_pages_are_a_message(tmp_path: Path, search: Compare) -> None:
    search({"random": RandomSearch}, budget=10)
    path = tmp_path / "run" / FILENAME
    with Ledger(tmp_path / "run", writer=True) as ledger:
        ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    for at in range(8192, len(content) - 2048, 4096):
        content[at : at + 2048] = os.urandom(2048)
    path.write_bytes(bytes(content))
    with (
        pytest.raises(toolkit.UserError, match=r"ledger\.sqlite"),
        Ledger(tmp_path / "run", writer=False) as ledger,
    ):
        load(ledger)
