"""Champions at equal CPU, and cells that never ran the whole search split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import toolkit
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.records import Usage
from toolkit.report.equal_cpu import champion, equal_cpu, sentence
from toolkit.report.summary import reported, summarise
from toolkit.report.tables import text
from toolkit.state import State

Compare = Callable[..., State]


def test_champions_at_the_cpu_of_the_cheapest_cell(compare: Compare) -> None:
    state = compare({"random": RandomSearch, "optuna": OptunaSearch}, budget=6)
    one, two = reported(state)
    for cell, cpu_s in ((one, 1.0), (two, 2.0)):
        for number, trial in cell.trials.items():
            cell.trials[number] = replace(trial, usage=Usage(cpu_s=cpu_s))
    found = equal_cpu(state, [one, two])
    assert found is not None
    assert found["cpu_s"] == 6.0
    first_three = [two.trials[n] for n in (1, 2, 3)]
    assert champion(state, two, 6.0) == max([state.baseline, *first_three], key=lambda t: t.score)
    assert champion(state, one, 6.0) == one.champion(state.baseline)
    assert found["search"]["optuna"] == champion(state, two, 6.0).score
    assert {pair["better"] for pair in found["pairs"]} <= {"random", "optuna"}
    assert "At equal CPU (6.0 s a cell" in sentence(found)


def test_one_searcher_has_nothing_to_compare(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=2)
    assert summarise(state)["equal_cpu"] is None


def test_a_cell_without_a_full_share_says_so(compare: Compare) -> None:
    class Small:
        def run(self, lab: toolkit.Lab) -> None:
            for step in range(3):
                lab.evaluate(toolkit.Candidate({"x": 0.7 + step / 10}), share=1 / 3)

    summary = summarise(compare({"small": Small}, budget=2))
    (cell,) = summary["cells"]
    assert (cell["champion"], cell["full_share"], cell["candidates"]) == (0, 0, 3)
    assert cell["trials"] == 1
    assert "small (seed 0) has no trial on the whole search split" in text(summary)
