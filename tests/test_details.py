"""The second part of the projection: trials, steps of champions, items, spend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from made_runs import Made, Program
from stepwise import steps
from toy_edits import CURVE, LOUDER, MAIN

from searchers.random_search import RandomSearch
from toolkit.ledger.cell import CellState
from toolkit.ledger.session import HIDDEN, Session
from toolkit.ledger.state import State
from toolkit.records import Candidate, Usage
from toolkit.report.details import _spent, details
from toolkit.report.spend import CHECKS, FLOORS, MODEL, PROGRAMS
from toolkit.study.objective import Objective

Compare = Callable[..., State]
CLUSTERS = {f"q{n}": f"c{n % 4}" for n in range(4)}


def levels(*of_items: float) -> dict[str, float]:
    return dict(zip(CLUSTERS, of_items, strict=True))


def made(objective: Objective = Objective()) -> State:  # noqa: B008 - frozen
    return Made(
        Program(0.2, levels(0.0, 0.5, 0.5, 1.0)),
        {"a": [[Program(0.1), Program(0.4, levels(1.0, 0.75, 0.25, 1.0)), Program(0.3)]]},
        objective,
        clusters=CLUSTERS,
    ).state()


def test_a_row_for_each_trial_says_what_came_of_it_and_what_it_had_cost_by_then() -> None:
    rows = details(made())["cells"]["a-0"]
    assert [(row["number"], row["status"], row["score"], row["charged"]) for row in rows] == [
        (1, "ok", 0.1, 1.0),
        (2, "ok", 0.4, 2.0),
        (3, "ok", 0.3, 3.0),
    ]
    assert [row["spent"]["wall_s"] for row in rows] == [1.0, 2.0, 3.0]
    assert [(row["kept"], row["in_champion"]) for row in rows] == [
        (False, False),
        (True, True),
        (False, False),
    ]


def test_an_attempt_without_a_result_is_a_row_too() -> None:
    state = made()
    cell = state.cells["a-0"]
    del cell.trials[3], cell.bills[3]
    row = details(state)["cells"]["a-0"][2]
    assert (row["number"], row["status"], row["score"], row["spent"]) == (3, None, None, None)


def test_a_step_names_the_items_that_it_made_better_and_worse_the_largest_first() -> None:
    (step,) = details(made())["steps"]["a-0"]
    assert (step["trial"], step["parent"]) == (2, 0)
    assert (step["search"], step["final"]) == ([0.2, 0.4], [0.5, 0.75])
    assert step["items"] == {
        "split": "test",
        "fixed": [["q0", 0.0, 1.0], ["q1", 0.5, 0.75]],
        "broken": [["q2", 0.5, 0.25]],
        "same": 1,
    }


def test_of_a_minimised_objective_a_fall_is_better_and_levels_keep_their_direction() -> None:
    state = made(Objective("RMSE", "", "minimize"))
    (step,) = details(state)["steps"]["a-0"]
    assert (step["trial"], step["search"]) == (1, [0.2, 0.1])
    state = Made(
        Program(0.2, levels(0.0, 0.5, 0.5, 1.0)),
        {"a": [[Program(0.1, levels(0.0, 0.25, 1.0, 1.0))]]},
        Objective("RMSE", "", "minimize"),
        clusters=CLUSTERS,
    ).state()
    items = details(state)["steps"]["a-0"][0]["items"]
    assert items["fixed"] == [["q1", 0.5, 0.25]] and items["broken"] == [["q2", 0.5, 1.0]]


def test_items_stand_in_one_table_and_what_was_not_evaluated_has_no_level() -> None:
    state = made()
    digest = state.champion(state.cells["a-0"]).candidate.digest
    items = state.assessments[digest, "test"].items
    assert isinstance(items, dict)
    del items["q1"]
    table = details(state)["items"]
    assert [row["item"] for row in table["rows"]] == ["q0", "q1", "q2", "q3"]
    assert [one["levels"] for one in table["programs"]] == [
        [0.0, 0.5, 0.5, 1.0],
        [1.0, None, 0.25, 1.0],
    ]


def test_differences_are_those_to_the_program_that_a_trial_was_built_on(compare: Compare) -> None:
    first, second = (MAIN, "SCALE = 0.8", "SCALE = 0.9"), (CURVE, "/ 40", "/ 80")
    found = details(compare({"steps": steps(("bug_fix", [first]), ("data", [second]))}, budget=2))
    one, two = found["steps"]["steps-0"]
    assert "+SCALE = 0.9" in one["diff"] and CURVE not in one["diff"]
    assert "/ 80" in two["diff"] and "SCALE" not in two["diff"].replace("SCALE * height", "")
    assert (one["label"], two["label"]) == ("bug_fix", "data")
    assert [part["part"] for step in (one, two) for part in step["parts"]] == ["edit 1", "edit 2"]
    assert found["cells"]["steps-0"][1]["diff"] == two["diff"]


def test_a_patch_that_does_not_apply_is_shown_as_it_is_and_code_that_is_the_same_has_no_difference(
    compare: Compare,
) -> None:
    class Broken:
        def run(self, lab: Any) -> None:
            lab.evaluate(Candidate(patch="no patch"))
            lab.evaluate(Candidate({"x": 0.5}))

    rows = details(compare({"broken": Broken}, budget=2, search_only=True))["cells"]["broken-0"]
    assert [row["diff"] for row in rows] == ["no patch", ""]
    assert rows[0]["why"].startswith("patch: 'no patch' holds no section")


def test_more_differences_than_are_wanted_are_counted_and_champions_come_first(
    compare: Compare,
) -> None:
    path, old, new = LOUDER

    class Two:
        def run(self, lab: Any) -> None:
            for value in (new.replace("0.9", "0.7"), new):
                text = lab.files(Candidate())[path].replace(old, value)
                lab.evaluate(lab.edit(Candidate(), {path: text}))

    state = compare({"two": Two}, budget=2, search_only=True)
    found = details(state, most_diffs=1)
    assert found["diffs_left_out"] == 1
    assert [row["diff"] is None for row in found["cells"]["two-0"]] == [True, False]


def test_labels_by_kinds_are_the_sums_by_label_taken_apart(compare: Compare) -> None:
    state = compare({"steps": steps(("bug_fix", [LOUDER]))}, budget=1)
    (table,) = details(state)["labels_by_kind"].values()
    (account,) = state.accounts.values()
    whole = {
        name: row["sum"]["mean"] for name, row in account["labels"]["read"].items() if row["parts"]
    }
    assert set(table["rows"]) == set(whole)
    count = sum(table["kinds"].values())
    for label, row in table["rows"].items():
        mean = sum(row[kind] * table["kinds"][kind] for kind in row) / count
        assert mean == pytest.approx(whole[label])


def test_what_a_session_does_not_tell_is_unknown_and_what_it_tells_late_counts_then() -> None:
    cell = CellState("a-0", "a", "a", {}, 0, None)
    cell.bills = {1: Usage(wall_s=1), 2: Usage(wall_s=2, tokens=50), 3: Usage(wall_s=3, tokens=70)}
    cell.silent = {1: frozenset({"tokens", "usd"}), 3: frozenset({"usd"}), 2: frozenset({"usd"})}
    cell.sessions = {1: Session(1, HIDDEN)}
    found = _spent(cell)
    assert [found[n]["spent"] for n in (1, 2, 3)] == [
        {"wall_s": 1, "tokens": 50, "usd": None},
        {"wall_s": 2, "tokens": 50, "usd": None},
        {"wall_s": 3, "tokens": 70, "usd": None},
    ]
    assert [found[n]["own"]["tokens"] for n in (1, 2, 3)] == [50, 0, 20]


def test_spend_is_told_by_role_and_adds_up_to_what_trials_and_checks_took(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=3)
    rows = {row["role"]: row for row in details(state)["spend"]}
    (cell,) = state.cells.values()
    assert rows[PROGRAMS]["cpu_s"] == pytest.approx(cell.usage.cpu_s)
    assert rows[PROGRAMS]["evaluations"] == 3
    assert MODEL not in rows
    assert {FLOORS, CHECKS} <= set(rows)
    assert sum(row["evaluations"] or 0 for row in rows.values()) == 3 + len(state.assessments)
