"""Openings of the sealed test split stay on record, whatever becomes of the run."""

from __future__ import annotations

from pathlib import Path

import pytest
import sums

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.study import study as study_files


def test_a_run_that_takes_anothers_place_keeps_its_openings_of_the_test_split(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    program = sums.RIGHT.replace("    return", "    assert context['name'] != 'c'\n    return")
    folder = sums.write(tmp_path / "study", program)
    task = folder / "task.py"
    task.write_text(task.read_text().replace("cluster: {}", "cluster: {'name': cluster}"))
    plan = Plan([CellSpec("random", "random", RandomSearch, {}, 0)], Budget(1), search_only=True)
    notes: list[str] = []
    told = Observer()
    told.note = notes.append  # type: ignore[method-assign]

    def run() -> State:
        with Ledger(tmp_path / "run", writer=True) as ledger:
            bench = Bench(study_files.load(folder), evaluator)
            return Comparison(bench, ledger, plan, told).run()

    with pytest.raises(toolkit.UserError, match="does not run on the test split"):
        run()
    (folder / "adder" / "main.py").write_text(sums.RIGHT)
    state = run()
    assert [one["subject"] for one in state.openings] == ["baseline", "baseline"]
    assert any("it opened the test split stays on record (1)" in note for note in notes)
