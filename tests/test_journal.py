"""A fact enters a run in one way: the ledger has it and the state says it, or neither does."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import pytest
from conftest import ROOT
from lively import Lively, fresh, lively

import toolkit
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.ledger.cell import CellState
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.records import Trial
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.testing import forget

ROW = {"alias": "c", "searcher": "c", "options": {}, "seed": 0, "model": None}


class Comparing(Observer):
    """Folds the ledger at every third trial and holds it against the state of the run."""

    journal: Journal

    def __init__(self) -> None:
        self.equal: list[bool] = []
        self.open: list[int] = []
        self._count = 0
        self._guard = threading.Lock()

    def finished(self, cell: CellState, trial: Trial) -> None:
        with self._guard:
            self._count += 1
            if self._count % 3:
                return
        with self.journal._lock:  # no fact is half written meanwhile
            live, told = self.journal.state, load(self.journal.ledger)
            self.equal.append(live == told)
            self.open.append(sum(c.ended is None for c in live.cells.values()))


def telling(self: Lively, lab: toolkit.Lab, session: int) -> None:
    while lab.budget.left:
        trial = lab.evaluate(fresh())
        lab.spent(session, wall_s=trial.number, tokens=10 * trial.number)


@pytest.mark.slow
def test_a_state_is_at_any_moment_what_its_ledger_folds_into(bench: Bench, tmp_path: Path) -> None:
    cells = [
        CellSpec("random", "random", RandomSearch, {"parallel": 2}, 0),
        CellSpec("optuna", "optuna", OptunaSearch, {"parallel": 2}, 0),
        CellSpec("mine", "mine", lively(telling), {}, 0),
    ]
    observer = Comparing()
    with Ledger(tmp_path / "run", writer=True) as ledger:
        comparison = Comparison(bench, ledger, Plan(cells, Budget(6), slots=2), observer)
        observer.journal = comparison.journal
        state = comparison.run()
        assert len(observer.equal) == 6
        assert all(observer.equal)
        assert {2, 3} & set(observer.open)  # both cells were at work
        assert state == load(ledger)
        assert state.accounts
        assert state.checks
        mine = state.cells[cells[2].key]
        assert mine.usage.tokens == mine.bill.tokens == 60
        assert mine.used(3, "tokens") == 20  # what was told when it finished
    # the same when half of it is resumed
    forget(tmp_path / "run", 9)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan(cells, Budget(6), slots=2, search_only=True)
        again = Comparison(bench, ledger, plan).run()
        assert again == load(ledger)
        assert all(sorted(cell.trials) == list(range(1, 7)) for cell in again.cells.values())


def test_what_the_ledger_cannot_keep_does_not_change_the_state(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True) as ledger:
        journal = Journal(ledger)
        journal.write("cell", ROW, cell="c-0")
        with pytest.raises(ValueError, match="JSON"):
            journal.write("finding", {"name": "x", "value": float("nan")})
        assert journal.state.findings == {}
    with pytest.raises(UserError, match="is closed"):
        journal.write("finding", {"name": "x", "value": 1})
    assert journal.state.findings == {}
    assert list(journal.state.cells) == ["c-0"]


def test_facts_of_many_threads_stand_in_one_order(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True) as ledger:
        journal = Journal(ledger)

        def work(part: int) -> None:
            for step in range(20):
                journal.write("finding", {"name": "last", "value": [part, step]})
                journal.write("opened", {"subject": f"{part}/{step}", "by": "test"})

        threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(journal.state.openings) == 80
        assert journal.state == load(ledger)


def test_a_cleared_journal_says_nothing_but_what_was_opened(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True) as ledger:
        journal = Journal(ledger)
        journal.write("opened", {"subject": "baseline", "by": "compare", "purpose": "baseline"})
        journal.write("cell", ROW, cell="c-0")
        journal.clear()
        assert journal.state == load(ledger)
        assert not journal.state.cells
        (opening,) = journal.state.openings
        assert (opening["subject"], opening["purpose"]) == ("baseline", "baseline")


@pytest.mark.slow
def test_nothing_but_the_journal_appends_to_a_ledger_or_applies_an_event() -> None:
    """The fold, the journal and who follows a run aside, no module of the host changes a state."""
    found = []
    for file in sorted((ROOT / "toolkit").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        own = ("toolkit/ledger/journal.py", "toolkit/ledger/state.py")
        if name in (*own, "toolkit/cli/following.py"):  # which folds a ledger that it only reads
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and "ledger" in node.module:
                found += [name for one in node.names if one.name in ("apply", "HANDLERS")]
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ledger.append"):
                found.append(name)
    assert found == []
