"""The bench counts by itself: what no record stands for is a finding of the verdict."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench import Bench
from toolkit.records import Job
from toolkit.report import integrity
from toolkit.report.summary import summarise
from toolkit.state import State
from toolkit.study import Study
from toolkit.tally import HOST
from toolkit.task import Vault

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
    "programs in nobody's name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}))
    ),
    "programs in its own name": lambda bench, lab: many(
        lambda n: bench.run(toolkit.Candidate({"x": n / 100}), by=lab._cell.key)
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
    assert "While reaches-0 ran, 15 programs ran that no trial stands for" in summary["verdict"]
    assert reaches.charged == 12


def test_openings_of_the_test_split_that_nobody_recorded_are_told(compare: Compare) -> None:
    def harm(bench: Bench, lab: toolkit.Lab) -> None:
        many(lambda n: bench.run(toolkit.Candidate({"x": n / 100}), "test", by=HOST))
        bench.constant("1.0", "test")

    state = compare({"reaches": reaching(harm)}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"programs": 15, "openings": 16}
    assert "the test split was opened 16 times without a record" in summarise(state)["verdict"]


def test_programs_that_went_past_the_bench_are_told(compare: Compare) -> None:
    def harm(bench: Bench, lab: toolkit.Lab) -> None:
        study, calls = bench.study, bench.selection("search").calls
        settings = lab.params(toolkit.Candidate())
        job = Job(study.files, study.entry, settings, calls, study.limits, study.seed)
        many(lambda n: bench.evaluator.run(job))

    state = compare({"reaches": reaching(harm)}, budget=2)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"evaluations": 15}


def test_an_honest_run_has_no_such_finding_also_when_resumed_and_side_by_side(
    compare: Compare,
) -> None:
    for budget in (3, 5):
        state = compare({"a": RandomSearch, "b": RandomSearch}, budget=budget, seeds=2, slots=2)
        assert {str(cell.ended["unaccounted"]) for cell in state.cells.values()} == {"{}"}
        shown = "\n".join(integrity.lines(summarise(state)["integrity"]))
        assert "programs and test openings: all that the bench counted are on record" in shown


def test_what_an_earlier_start_of_the_command_found_stays(compare: Compare) -> None:
    harm = HARMS["programs in nobody's name"]
    compare({"reaches": reaching(harm)}, budget=2)
    state = compare({"reaches": reaching(harm)}, budget=3)
    (cell,) = state.cells.values()
    assert cell.ended["unaccounted"] == {"programs": 30}


def test_a_lab_leads_to_no_bench_study_task_or_vault(search: Compare) -> None:
    """By attributes, closures, bound methods and items of containers, however deep."""
    seen: dict[str, Any] = {}

    class Looks:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            seen["reached"] = reachable(lab)

    search({"looks": Looks}, budget=2)
    kinds = {type(one) for one in seen["reached"]}
    assert toolkit.Lab in kinds
    assert not kinds & {Bench, Study, Vault}
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
    assert [cell.started[n].questions for n in range(1, 7)] == [4, 8, 12, 12, 12, 12]


def test_rungs_side_by_side_are_each_charged_whole(search: Compare) -> None:
    """Nothing came out well yet when the second rung starts, so it is no promotion."""

    class Rushes:
        def run(self, lab: toolkit.Lab) -> None:
            candidate = toolkit.Candidate({"x": 0.6})
            for future in [lab.submit(candidate, share=share) for share in toolkit.RUNGS]:
                future.result()

    (cell,) = search({"rushes": Rushes}, budget=20, slots=2).cells.values()
    charged = [cell.started[n].questions for n in range(1, 4)]
    assert charged[0] == 1
    assert charged[1] in (3, 4)  # the first may have ended before the second was asked for
    assert charged[2] in (8, 12)
