"""Budgets of an attribution: what is kept, what is measured on, what is refused and told."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llm_runs import Cli
from stepwise import steps
from toy_edits import HELPER, LOUDER, USING, only

from toolkit.attribution.champions import attribute
from toolkit.attribution.measure import Measurements
from toolkit.attribution.progress import Progress
from toolkit.attribution.values import Effort
from toolkit.bench.bench import Bench
from toolkit.errors import UserError
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load

Compare = Callable[..., State]


MANY = steps(
    ("", [LOUDER]), ("", [("shape", "peaked")]), ("", [("x", 0.5)]), ("", [("y", 0.2)]),
    ("", [("steps", 5)]),
)  # fmt: skip


@pytest.mark.slow
def test_a_larger_budget_goes_on_from_what_was_measured(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    state = compare({"many": MANY}, budget=5)
    cell, before = only(state)
    assert before["method"] == "exact"
    with Ledger(tmp_path / "run", writer=True) as ledger:
        attribute(Measurements(bench, Journal(ledger, state)), [cell], Effort(7, "chains"))
        again = state.accounts[cell.key]
        assert again["method"] == "chains"
        assert again["cost"]["evaluations"] == 0  # the exact value had run every program
        events = len(list(ledger.events()))
        attribute(Measurements(bench, Journal(ledger, state)), [cell], Effort(7, "chains"))
        assert len(list(ledger.events())) == events  # nothing is run or written twice
    total = sum(part["value"]["mean"] for part in again["parts"])
    assert total == pytest.approx(again["gain"]["mean"])


@pytest.mark.slow
def test_an_account_of_a_larger_effort_is_not_undone_by_the_usual_one(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    state = compare({"many": MANY}, budget=5)
    cell, usual = only(state)
    assert usual["effort"] == {"budget": None, "method": "auto"}
    with Ledger(tmp_path / "run", writer=True) as ledger:
        attribute(Measurements(bench, Journal(ledger, state)), [cell], Effort(90, "exact"))
        assert state.accounts[cell.key]["effort"] == {"budget": 90, "method": "exact"}
    again = compare({"many": MANY}, budget=5)
    assert again.accounts[cell.key]["effort"] == {"budget": 90, "method": "exact"}


@pytest.mark.slow
def test_cut_off_in_the_middle_it_measures_only_the_rest(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    class Failing(Bench):
        left = 9

        def run(self, *arguments: Any, **options: Any) -> Any:
            self.left -= "test" in arguments
            if self.left < 0:
                raise KeyboardInterrupt
            return super().run(*arguments, **options)

    compare({"many": MANY}, budget=5, folder=tmp_path / "whole")
    with Ledger(tmp_path / "whole", writer=False) as ledger:
        whole = load(ledger)
    cut = cut_before(tmp_path / "whole", tmp_path / "cut", "built", "measured", "attributed")
    (cell,) = cut.cells.values()
    with Ledger(tmp_path / "cut", writer=True) as ledger:
        failing = Failing(bench.study, bench.evaluator)
        with pytest.raises(KeyboardInterrupt):
            attribute(Measurements(failing, Journal(ledger, cut)), [cell], Effort())
        resumed = load(ledger)
        assert 0 < len(resumed.measured) < len(whole.measured)
        attribute(Measurements(bench, Journal(ledger, resumed)), [cell], Effort())
        rows = [e.data["program"] for e in ledger.events() if e.kind == "measured"]
    assert len(rows) == len(set(rows))
    told = [s.accounts[cell.key]["parts"] for s in (resumed, whole)]
    assert told[0] == told[1]


def cut_before(source: Path, target: Path, *kinds: str) -> State:
    """A copy of a run without events of some kinds."""
    with Ledger(source, writer=False) as old, Ledger(target, writer=True) as new:
        for event in old.events():
            if event.kind not in kinds and event.data.get("purpose") != "attribution":
                for name in ("candidate", "predictions"):
                    if event.data.get(name):
                        new.put(old.get(event.data[name]))
                new.append(event.kind, event.data, cell=event.cell)
        return load(new)


@pytest.mark.slow
def test_the_exact_value_is_refused_where_it_costs_too_much(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    compare({"many": MANY}, budget=5, folder=tmp_path / "whole")
    state = cut_before(tmp_path / "whole", tmp_path / "cut", "built", "measured", "attributed")
    (cell,) = state.cells.values()
    with Ledger(tmp_path / "cut", writer=True) as ledger:
        measured = Measurements(bench, Journal(ledger, state))
        with pytest.raises(UserError, match=r"the budget is 3; give --budget 26, or take --method"):
            attribute(measured, [cell], Effort(3, "exact"))
        assert not state.measured  # refused before anything ran


@pytest.mark.slow
def test_how_far_it_is_is_told_every_so_often(
    compare: Compare, bench: Bench, tmp_path: Path
) -> None:
    chain = steps(("data", [HELPER]), ("bug_fix", [USING]), ("", [("x", 0.4)]), ("", [("y", 0.2)]))
    state = compare({"chain": chain}, budget=4)
    cell, _ = only(state)
    state.built.clear()
    state.measured.clear()
    said: list[str] = []
    seconds = itertools.count(0, 4)  # of which every third is past the ten that a line waits
    progress = Progress(said.append, clock=lambda: next(seconds))
    with Ledger(tmp_path / "again", writer=True) as ledger:
        state.accounts.clear()
        attribute(Measurements(bench, Journal(ledger, state), progress=progress), [cell], Effort())
    first, *within, last = said
    assert first == "attribution of chain-0: what its gain on the test split came from"
    assert last.startswith("attribution of chain-0: 4 parts, exact, ")
    stages = {line.split(": ")[1].split(",")[0] for line in within}
    assert stages >= {"which part needs which", "what each part adds"}
    assert any(re.search(r", \d+ of \d+ programs$", line) for line in within)
    assert any(re.search(r", \d+ trial builds$", line) for line in within)


@pytest.mark.slow
def test_a_study_that_was_given_by_its_folder_is_found_there(
    cli: Cli, toy_folder: Path, tmp_path: Path
) -> None:
    folder = toy_folder.rename(tmp_path / "mine")  # no folder here has the name of the study
    run = folder / "runs" / "one"
    command = ("compare", str(folder), "--budget", "2", "--searchers", "random", "--seeds", "1")
    assert cli(*command, "--after", "none", "--out", str(run)).returncode == 0
    done = cli("attribute", str(run), "--json")
    assert done.returncode == 0, done.stderr
    away = run.rename(tmp_path / "one")
    refused = cli("attribute", str(away))
    assert (refused.returncode, "add --study PATH" in refused.stderr) == (2, True)
