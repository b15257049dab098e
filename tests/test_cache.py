"""An identical program runs once, is charged every time, and says so."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TOY

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.evaluators.cached import FILENAME, CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, apply, load
from toolkit.records import Candidate, Trial
from toolkit.report import files, tables
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.searcher import AskTell
from toolkit.study.study import Study

SMALL = Limits(cpu_s=1, memory_mb=128, output_mb=1)
# the time of the call is in the answer: a program that really ran gives another one
CLOCK = b"import time\ndef run(x, p, services):\n    time.sleep(0.2)\n    return time.monotonic()\n"


@pytest.fixture
def cached(evaluator: LocalEvaluator, tmp_path: Path) -> Iterator[CachedEvaluator]:
    with CachedEvaluator(evaluator, tmp_path) as running:
        yield running


def job(code: bytes = CLOCK, calls: tuple[bytes, ...] = (b"[1]",)) -> Job:
    return Job({"main.py": code}, "main:run", {"p": 2}, calls, SMALL)


def test_an_identical_program_runs_once(cached: CachedEvaluator) -> None:
    first, second = cached.run(job()), cached.run(job())
    assert (first.status, first.cached, second.cached) == ("ok", False, True)
    assert second == replace(first, cached=True)  # its values, and its usage of then
    assert first.usage.cpu_s > 0


def test_fresh_runs_it_again(cached: CachedEvaluator) -> None:
    first, again = cached.run(job()), cached.run(replace(job(), fresh=True))
    assert not again.cached
    assert again.values != first.values
    assert cached.run(job()).values == first.values  # and changes nothing


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"main.py": CLOCK + b"\n"}},
        {"files": {"main.py": CLOCK, "more.py": b""}},
        {"parameters": {"p": 3}},
        {"calls": (b"[2]",)},
        {"limits": replace(SMALL, memory_mb=129)},
        {"seed": 1},
        {"entry": "main:other"},
    ],
)
def test_any_change_is_another_program(cached: CachedEvaluator, change: dict[str, object]) -> None:
    assert cached.key(job()) == cached.key(job())
    assert cached.key(replace(job(), **change)) != cached.key(job())


def test_level_and_preload_are_part_of_the_key(evaluator: LocalEvaluator, tmp_path: Path) -> None:
    class Weak:
        isolation = "process"
        run = evaluator.run

    with (
        CachedEvaluator(evaluator, tmp_path) as one,
        CachedEvaluator(Weak(), tmp_path) as two,
        CachedEvaluator(evaluator, tmp_path, preload=["numpy"]) as three,
    ):
        assert len({evaluator.key(job()) for evaluator in (one, two, three)}) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (b"def run(*a): raise ValueError", "crashed"),
        (b"def run(*a):\n    while True: pass", "timeout"),
        (b"def run(*a): return bytearray(1 << 30)", "oom"),
    ],
)
def test_what_may_be_the_machines_doing_is_tried_again(
    cached: CachedEvaluator, code: bytes, status: str
) -> None:
    for _ in range(2):
        found = cached.run(job(code))
        assert (found.status, found.cached) == (status, False)


def test_two_at_a_time_share_one_run(cached: CachedEvaluator) -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(cached.run(job()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({outcome.values[0] for outcome in found}) == 1
    assert sorted(outcome.cached for outcome in found) == [False, True, True, True]


def test_another_process_finds_it(evaluator: LocalEvaluator, tmp_path: Path) -> None:
    with CachedEvaluator(evaluator, tmp_path) as one:
        first = one.run(job())
    with CachedEvaluator(evaluator, tmp_path) as two:
        assert two.run(job()) == replace(first, cached=True)


def test_a_damaged_row_is_run_again(cached: CachedEvaluator, tmp_path: Path) -> None:
    cached.run(job())
    with sqlite3.connect(tmp_path / FILENAME) as database:
        database.execute("UPDATE outcomes SET result = x'00'")
    assert not cached.run(job()).cached
    assert cached.run(job()).cached


def test_a_file_that_is_no_cache_says_what_to_do(evaluator: LocalEvaluator, tmp_path: Path) -> None:
    (tmp_path / FILENAME).write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(UserError, match="remove it"):
        CachedEvaluator(evaluator, tmp_path)


class Twice(AskTell):
    """Proposes one point again and again."""

    def ask(self) -> Candidate:
        return Candidate({"x": 0.5})


@pytest.fixture
def state(toy: Study, cached: CachedEvaluator, tmp_path: Path) -> State:
    cells = [CellSpec("twice", "twice", Twice, {}, seed) for seed in (0, 1)]
    with Ledger(tmp_path, writer=True) as ledger:
        return Comparison(Bench(toy, cached), ledger, Plan(cells, Budget(5))).run()


def test_a_cached_trial_costs_what_it_cost_and_says_so(state: State, tmp_path: Path) -> None:
    one, two = state.cells.values()
    full = state.study["full"]
    assert one.charged == two.charged == 5 * full
    assert [trial.cached for trial in one.trials.values()] == [False, True, True, True, True]
    assert all(trial.cached for trial in two.trials.values())
    assert len({trial.usage.cpu_s for cell in (one, two) for trial in cell.trials.values()}) == 1
    assert one.usage.cpu_s == pytest.approx(two.usage.cpu_s) != 0
    summary = files.write(state, tmp_path, plots=False)
    assert [cell["cached"] for cell in summary["cells"]] == [4, 5]
    assert "5 trials are programs that had run before" in " ".join(tables.text(summary).split())


def test_a_ledger_from_before_the_mark_still_loads(state: State, tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=False) as ledger:
        old = State()
        for event in ledger.events():
            if isinstance(event.data, dict):
                event.data.pop("cached", None)
            apply(old, event, ledger)
        whole = load(ledger)
    for key, cell in old.cells.items():
        assert [replace(one, cached=False) for one in whole.cells[key].trials.values()] == list(
            cell.trials.values()
        )
    assert Trial.from_json(json.loads(json.dumps(cell.trials[1].to_json()))) == cell.trials[1]


def test_the_bench_can_bypass_it(toy: Study, cached: CachedEvaluator) -> None:
    bench = Bench(toy, cached)
    runs = [bench.run(Candidate(), anew=anew) for anew in (False, False, True)]
    assert [run.cached for run in runs] == [False, True, False]
    assert len({run.score for run in runs}) == 1


@pytest.mark.slow
def test_compare_keeps_a_cache_in_its_run_folder(
    cli: Callable[..., object], tmp_path: Path
) -> None:
    done = cli("compare", str(TOY), "--searchers", "random", "--budget", "3", "--out", "run")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "run" / FILENAME) as database:
        (rows,) = database.execute("SELECT count(*) FROM outcomes").fetchone()
    assert rows >= 3
