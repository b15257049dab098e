"""The bench counts by itself: what no record stands for is a finding of the verdict."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.jobs import Job
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.records import Scored
from toolkit.report import integrity
from toolkit.report.summary import summarise
from toolkit.study.study import Study
from toolkit.study.task import Vault

Compare = Callable[..., State]


def the_bench(lab: toolkit.Lab) -> Bench:
    """What a plugin that means harm finds: every object of the process is one search away."""
    benches = [one for one in gc.get_objects() if type(one) is Bench]
    return next(bench for bench in benches if bench.study.space is lab.space)


def reaching(harm: Callable[[Bench, toolkit.Lab], object]) -> type[Any]:
    class Reaches:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            harm(the_bench(lab), lab)

    return Reaches


def many(run: Callable[[int], object]) -> None:
    for number in range(15):
        run(number)


HARMS = {
    "programs in another cell's name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}), by="another-cell")
    ),
    "programs in nobody's name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}))
    ),
    "programs in its own name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}), by=lab._scheduler.cell.key)
    ),
    "programs in the host's name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}), by=HOST)
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_programs_that_no_trial_stands_for_are_told(compare: Compare, harm: str) -> None:
    state = compare({"reaches": reaching(HARMS[harm]), "random": RandomSearch}, budget=3)
    reaches, random = state.cells.values()
    assert reaches.ended["unaccounted"] == {"programs": 15}
    assert random.ended["unaccounted"] == {}
    summary = summarise(state)
    assert "While reaches-0 ran, 15 programs ran without a trial on record" in summary["verdict"]
    assert reaches.charged == 12


def test_openings_of_the_test_split_that_nobody_recorded_are_told(compare: Compare) -> None:
    def harm(bench: Bench, lab: toolkit.Lab) -> None:
        many(lambda n: bench.run(toolkit.Candidate({"x": n / 100}), "test", by=HOST))
        bench.constant("1.0", "test")

    state = compare({"reaches": reaching(harm)}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"programs": 15, "openings": 16}
    assert "16 openings of the test split are on no record" in summarise(state)["verdict"]


def test_programs_that_went_past_the_bench_are_told(compare: Compare) -> None:
    def harm(bench: Bench, lab: toolkit.Lab) -> None:
        study, calls = bench.study, bench.selection("search").calls
        settings = lab.params(toolkit.Candidate())
        job = Job(study.files, study.entry, settings, calls, study.limits, study.seed)
        many(lambda n: bench.evaluator.run(job))

    state = compare({"reaches": reaching(harm)}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"evaluations": 15}


@pytest.mark.slow
def test_an_honest_run_has_no_such_finding_also_when_resumed_and_side_by_side(
    compare: Compare,
) -> None:
    for budget in (3, 5):
        state = compare({"a": RandomSearch, "b": RandomSearch}, budget=budget, seeds=2, slots=2)
        assert {str(cell.ended["unaccounted"]) for cell in state.cells.values()} == {"{}"}
        shown = "\n".join(integrity.lines(summarise(state)["integrity"]))
        assert "every program that ran, every result and every test opening is on record" in shown


def test_a_thread_that_goes_on_after_its_cell_is_told_with_the_next_one(compare: Compare) -> None:
    """It runs programs in the name of the cell that has ended, before the next one does."""

    class Lingers:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            bench, cell = the_bench(lab), lab._scheduler.cell.key
            if lab.seed == 1:
                key = next(k for k in bench.tally.runs if k not in (HOST, cell))
                many(lambda n: bench.run(toolkit.Candidate({"x": n / 100}), by=key))

    first, second = compare({"lingers": Lingers}, budget=2, seeds=2).cells.values()
    assert first.ended["unaccounted"] == {}
    assert second.ended["unaccounted"] == {"programs": 15}


def test_what_a_thread_does_after_the_last_cell_is_told_too(compare: Compare) -> None:
    class Waits:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            bench, key = the_bench(lab), lab._scheduler.cell.key

            def later() -> None:
                while not lab._scheduler.cell.ended:  # and been reconciled
                    time.sleep(0.001)
                bench.run(toolkit.Candidate({"x": 0.7}), "test", by=key)

            threading.Thread(target=later, daemon=True).start()

    state = compare({"waits": Waits}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {}
    assert state.findings["unaccounted"] == {"programs": 1, "openings": 1}
    told = "After the searches, 1 program ran without a trial on record and 1 opening of the test"
    assert told in summarise(state)["verdict"]


def test_a_result_that_no_program_gave_is_told(compare: Compare) -> None:
    class Forges:
        def run(self, lab: toolkit.Lab) -> None:
            lab._scheduler.desk.run = lambda *given, **more: answered(Scored(status="crashed"))  # type: ignore[method-assign]
            lab.evaluate(toolkit.Candidate({"x": 0.5}))

    state = compare({"forges": Forges}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"results": 1}
    assert "1 trial has a result though its program did not run" in summarise(state)["verdict"]


def answered(result: Scored) -> Future[Scored]:
    future: Future[Scored] = Future()
    future.set_result(result)
    return future


def test_a_budget_that_a_searcher_opened_is_told(compare: Compare) -> None:
    class Opens:
        def run(self, lab: toolkit.Lab) -> None:
            lab._scheduler.meter._total = 100 * 12
            for n in range(5):
                lab.evaluate(toolkit.Candidate({"x": n / 10}))

    state = compare({"opens": Opens}, budget=2)
    assert "opens-0 was charged 5 trials at a budget of 2" in summarise(state)["verdict"]


def test_a_price_that_a_searcher_made_is_told(compare: Compare) -> None:
    class Haggles:
        def run(self, lab: toolkit.Lab) -> None:
            lab._scheduler._charges.price = lambda *given: 1  # type: ignore[method-assign]
            for n in range(5):
                lab.evaluate(toolkit.Candidate({"x": n / 10}))

    state = compare({"haggles": Haggles}, budget=2)
    assert (
        "5 evaluations of the whole search split were charged less" in summarise(state)["verdict"]
    )


def test_a_trial_that_paid_for_one_of_its_replicates_is_told(compare: Compare) -> None:
    class Haggles:
        def run(self, lab: toolkit.Lab) -> None:
            lab._scheduler._charges.price = lambda *given: lab._scheduler.prices.full  # type: ignore[method-assign]
            lab.evaluate(toolkit.Candidate({"x": 0.5}))

    state = compare({"haggles": Haggles}, budget=2)
    assert "charged less" not in summarise(state)["verdict"]  # one evaluation, and its price
    state.study = {**state.study, "replicates": {"search": 3, "final": 1}}
    assert (
        "1 evaluation of the whole search split was charged less" in (summarise(state)["verdict"])
    )


@pytest.mark.slow
def test_what_an_earlier_start_of_the_command_found_stays(compare: Compare) -> None:
    harm = HARMS["programs in nobody's name"]
    compare({"reaches": reaching(harm)}, budget=2)
    state = compare({"reaches": reaching(harm)}, budget=3)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"programs": 30}


def test_a_lab_leads_to_no_bench_study_task_vault_or_ledger(search: Compare) -> None:
    """By attributes, closures, bound methods and items of containers, however deep."""
    seen: dict[str, Any] = {}

    class Looks:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            seen["reached"] = reachable(lab)

    search({"looks": Looks}, budget=2)
    kinds = {type(one) for one in seen["reached"]}
    assert toolkit.Lab in kinds
    assert not kinds & {Bench, Study, Vault, Ledger}
    assert not [kind for kind in kinds if kind.__name__ == "Toy"]


def reachable(start: object) -> list[object]:
    """Everything that references lead to; threads, frames and modules are not followed."""
    skipped = {"module", "frame", "function", "builtin_function_or_method", "Thread"}
    found, waiting = {id(start): start}, [start]
    while waiting:
        one = waiting.pop()
        inner = list(gc.get_referents(one)) if not isinstance(one, type) else []
        if type(one).__name__ == "function":
            inner = [cell.cell_contents for cell in one.__closure__ or ()]
        for other in inner:
            if id(other) not in found and type(other).__name__ not in skipped - {"function"}:
                found[id(other)] = other
                waiting.append(other)
    return list(found.values())


def test_promotions_side_by_side_are_charged_whole_but_for_the_first(search: Compare) -> None:
    """Five full evaluations of 12 questions after a share of 4: 8 for one of them, 12 for four."""

    class Climbs:
        def run(self, lab: toolkit.Lab) -> None:
            candidate = toolkit.Candidate({"x": 0.6})
            lab.evaluate(candidate, share=1 / 3)
            for future in [lab.submit(candidate) for _ in range(5)]:
                future.result()

    (cell,) = search({"climbs": Climbs}, budget=20, slots=2).cells.values()
    assert [cell.started[n].items for n in range(1, 7)] == [4, 8, 12, 12, 12, 12]


def test_rungs_side_by_side_are_each_charged_whole(search: Compare) -> None:
    """Nothing came out well yet when the second rung starts, so it is no promotion."""

    class Rushes:
        def run(self, lab: toolkit.Lab) -> None:
            candidate = toolkit.Candidate({"x": 0.6})
            for future in [lab.submit(candidate, share=share) for share in toolkit.RUNGS]:
                future.result()

    (cell,) = search({"rushes": Rushes}, budget=20, slots=2).cells.values()
    charged = [cell.started[n].items for n in range(1, 4)]
    assert charged[0] == 1
    assert charged[1] in (3, 4)  # the first may have ended before the second was asked for
    assert charged[2] in (8, 12)
