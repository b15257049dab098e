"""The first attribution table: order of acceptance and leave-one-out, on the toy study."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import toolkit
from toolkit.attribution import order
from toolkit.attribution.parts import compose, parts, pristine
from toolkit.records import Candidate
from toolkit.report.summary import summarise
from toolkit.state import State

Compare = Callable[..., State]
MAIN, CURVE = "toy_pipeline/main.py", "toy_pipeline/curve.py"


class Chain:
    """Accepts three edits and one parameter, each built on the one before."""

    def run(self, lab: toolkit.Lab) -> None:
        texts = dict(lab.sources)
        helper = texts[CURVE].replace("def height", "HALF = 0.5\n\n\ndef height")
        using = helper.replace("miss = (par", "miss = HALF * (par")
        main = texts[MAIN].replace("SCALE = 0.8", "SCALE = 0.9")
        trial = lab.evaluate(self.step(lab, lab.baseline, {CURVE: helper}, "data"))
        trial = lab.evaluate(self.step(lab, trial, {CURVE: using}, "bug_fix"))
        trial = lab.evaluate(self.step(lab, trial, {MAIN: main}, "architecture"))
        lab.evaluate(self.tuned(trial))

    def step(
        self, lab: toolkit.Lab, parent: toolkit.Trial, files: dict[str, str], label: str
    ) -> Candidate:
        edited = lab.edit(parent.candidate, files)
        return Candidate(dict(edited.overrides), edited.patch, label, label, parent.number or None)  # type: ignore[arg-type]

    def tuned(self, parent: toolkit.Trial) -> Candidate:
        found = parent.candidate.with_override("shape", "peaked")
        return Candidate(dict(found.overrides), found.patch, "", None, parent.number)


def test_parts_sum_to_the_gain_and_dependencies_are_seen(compare: Compare) -> None:
    state = compare({"chain": Chain}, budget=4)
    (cell,) = state.cells.values()
    assert [trial.status for trial in cell.trials.values()] == ["ok"] * 4
    champion = cell.champion(state.baseline)
    assert champion.number == 4
    found = parts(state, cell)
    assert [part.kind for part in found] == ["edit", "edit", "edit", "parameter"]
    assert [part.label for part in found][:3] == ["data", "bug_fix", "architecture"]
    assert compose(state, found).digest == champion.candidate.digest  # type: ignore[union-attr]
    rows = order.table(state, cell)
    total = sum(row.in_order.mean for row in rows if row.in_order)
    assert total == pytest.approx(summarise(state)["cells"][0]["test_gain"])
    assert rows[0].in_order is not None
    assert rows[0].in_order.mean == 0  # a helper alone changes nothing
    assert rows[0].left_out is None  # without it the next edit does not run
    assert rows[2].left_out is not None
    assert rows[2].left_out.mean > 0


def test_a_champion_that_is_the_baseline_has_no_parts(compare: Compare) -> None:
    class Worse:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.0}))

    state = compare({"worse": Worse}, budget=3)
    (cell,) = state.cells.values()
    assert order.table(state, cell) == []


def test_parameters_are_parts_in_the_order_of_their_declaration(compare: Compare) -> None:
    class Sets:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"steps": 6, "x": 0.7, "shape": "peaked", "y": 0.05}))

    state = compare({"sets": Sets}, budget=1)
    (cell,) = state.cells.values()
    rows = order.table(state, cell)
    assert [row.part.name for row in rows] == ["x", "shape", "steps"]  # y has its default
    assert all(row.in_order and row.left_out for row in rows)


def test_a_part_that_an_edit_needs_does_not_build_without_it(compare: Compare) -> None:
    state = compare({"chain": Chain}, budget=4)
    (cell,) = state.cells.values()
    found = parts(state, cell)
    assert compose(state, []) == Candidate()
    assert compose(state, found[:1]).patch.count("HALF") == 1  # type: ignore[union-attr]
    assert set(pristine(state)) == {MAIN, CURVE, "toy_pipeline/__init__.py"}
