"""What a champion's gain came from, on the toy study: its parts, their order, odd champions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepwise import steps
from toy_edits import (
    CURVE,
    HELPER,
    LOUDER,
    MAIN,
    USING,
    give_roles,
    only,
    run,
    toolkit_study,
)

import toolkit
from toolkit.bench.bench import Bench
from toolkit.edits.anatomy import line, normal, take_apart
from toolkit.ledger.state import State
from toolkit.records import Candidate
from toolkit.report.summary import summarise
from toolkit.report.tables import text

Compare = Callable[..., State]


def test_parts_sum_to_the_gain_in_every_order(compare: Compare) -> None:
    chain = steps(
        ("data", [HELPER]), ("bug_fix", [USING]), ("architecture", [LOUDER]),
        ("hyperparameter", [("shape", "peaked")]),
    )  # fmt: skip
    state = compare({"chain": chain}, budget=4)
    _, account = only(state)
    assert account["method"] == "exact"
    parts = account["parts"]
    assert [part["part"] for part in parts] == ["edit 1", "edit 2", "edit 3", "shape"]
    assert [part["needs"] for part in parts] == [[], ["edit 1"], [], []]
    assert account["order"]["extensions"] == 12
    gain = summarise(state)["cells"][0]["gain"]
    for column in ("value", "in_order", "enabling"):
        assert sum(part[column]["mean"] for part in parts) == pytest.approx(gain)
    assert parts[0]["value"]["mean"] == pytest.approx(
        0, abs=1e-12
    )  # a helper alone changes nothing
    assert parts[0]["enabling"]["mean"] > 0  # but the next edit needs it
    assert parts[0]["left_out"]["mean"] == pytest.approx(parts[1]["left_out"]["mean"])
    sums = account["labels"]["claimed"]
    assert sum(row["sum"]["mean"] for row in sums.values() if row["sum"]) == pytest.approx(gain)
    assert sum(r["as_one"]["mean"] for r in sums.values() if r["as_one"]) == pytest.approx(gain)


def test_all_parts_together_are_the_champion(compare: Compare) -> None:
    chain = steps(("data", [HELPER]), ("", [USING, ("x", 0.5)]), ("", [("shape", "peaked")]))
    state = compare({"chain": chain}, budget=3)
    cell, _ = only(state)
    anatomy = take_apart(state, cell)
    champion = state.champion(cell).candidate
    assert anatomy.candidate(anatomy.everything) == normal(champion, state.study["defaults"])
    assert anatomy.candidate(()) == toolkit.Candidate()


def test_the_baseline_as_champion_has_no_account(compare: Compare) -> None:
    state = compare({"worse": steps(("", [("x", 0.0)]))}, budget=1)
    assert state.accounts == {}
    assert summarise(state)["attribution"]["cells"] == {}
    assert "what the gain" not in text(summarise(state))


def test_a_parent_that_cannot_be_is_none(compare: Compare) -> None:
    class Circles:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(Candidate(patch="no patch"))
            for number, parent in enumerate((1, 3, 5, "2", [4]), start=2):
                lab.evaluate(Candidate({"x": 0.2 + number / 20}, parent=parent))  # type: ignore[arg-type]

    state = compare({"circles": Circles}, budget=6)
    cell, account = only(state)
    assert [part["part"] for part in account["parts"]] == ["x"]
    for number in range(2, 7):  # an invalid one, itself, a later one, a text, a list
        assert line(cell, cell.trials[number]) == [cell.trials[number]]


def test_one_edit_has_the_whole_gain(compare: Compare) -> None:
    state = compare({"one": steps(("bug_fix", [LOUDER]))}, budget=1)
    _, account = only(state)
    (part,) = account["parts"]
    assert {name: part["value"][name] for name in account["gain"]} == account["gain"]
    assert part["value"]["by_orders"] == 0
    assert account["order"]["extensions"] == 1
    assert account["interactions"] == []


def test_edits_that_overwrite_each_other_have_one_order(compare: Compare) -> None:
    state = compare(
        {"line": steps(
            ("", [LOUDER]), ("", [(MAIN, "SCALE = 0.9", "SCALE = 0.95")]),
            ("", [(MAIN, "SCALE = 0.95", "SCALE = 0.97")]),
        )},
        budget=3,
    )  # fmt: skip
    _, account = only(state)
    assert [len(part["needs"]) for part in account["parts"]] == [0, 1, 2]
    assert [p["value"]["mean"] for p in account["parts"]] == pytest.approx(
        [p["in_order"]["mean"] for p in account["parts"]]
    )
    assert "only one order is possible" in text(summarise(state))


def test_a_parameter_that_is_set_twice_is_two_parts(compare: Compare) -> None:
    state = compare({"twice": steps(("", [("x", 0.4)]), ("", [("x", 0.7)]))}, budget=2)
    _, account = only(state)
    assert [part["needs"] for part in account["parts"]] == [[], ["x"]]
    assert all(part["value"]["mean"] > 0 for part in account["parts"])


def test_an_edit_that_crashes_alone_needs_what_it_crashes_without(compare: Compare) -> None:
    late = (MAIN, "value = SCALE", "value = __import__('toy_pipeline.curve').curve.EXTRA + SCALE")
    state = compare(
        {"late": steps(("", [LOUDER]), ("", [(CURVE, "def height", "EXTRA = 0.05\n\n\ndef height")]),
                       ("", [late]))},
        budget=3,
    )  # fmt: skip
    _, account = only(state)
    assert [part["needs"] for part in account["parts"]] == [[], [], ["edit 2"]]


def test_a_program_that_fails_on_some_conversations_scores_nothing_there(
    compare: Compare,
) -> None:
    """It builds, answers the smoke questions, and leaves its users without an answer elsewhere."""
    guard = (CURVE, "def height", "GUARD = True\n\n\ndef height")
    fragile = (
        MAIN, "    value = SCALE",
        '    import toy_pipeline.curve as c\n    assert context["offset"] < 0.045 or '
        'getattr(c, "GUARD", False)\n    value = 0.1 + SCALE',
    )  # fmt: skip
    state = compare({"two": steps(("", [guard]), ("", [fragile]))}, budget=2)
    _, account = only(state)
    assert [part["needs"] for part in account["parts"]] == [[], []]
    alone = account["parts"][1]["first_in"]["mean"]
    assert alone < 0 < account["parts"][1]["left_out"]["mean"]
    failed = {cluster for (_, cluster), one in state.measured.items() if one.status == "crashed"}
    assert failed == {"f"}


def test_a_gain_that_is_not_decided_has_no_shares(compare: Compare) -> None:
    """Better where it was searched, worse on half of what is sealed."""
    overfit = (MAIN, 'context["offset"]', 'context["offset"] * '
               '(-9 if context["offset"] < 0.035 else 2)')  # fmt: skip
    state = compare({"overfits": steps(("", [overfit]))}, budget=1)
    _, account = only(state)
    assert not account["decided"]
    rows = account["labels"]["read"].values()
    assert any(row["parts"] for row in rows)
    assert all(row["fraction"] is None for row in rows)
    assert "not decided (the interval holds zero): no shares" in text(summarise(state))


def test_one_conversation_gives_values_without_intervals(
    toy_folder: Path, tmp_path: Path, evaluator: Any
) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace('test = ["d", "e", "f"]', 'test = ["d"]'))
    bench = Bench(toolkit_study(toy_folder), evaluator)
    factory = steps(("", [LOUDER]), ("", [("shape", "peaked")]))
    state = run(bench, tmp_path / "one", factory, 2)
    _, account = only(state)
    assert [part["value"]["low"] for part in account["parts"]] == [None, None]
    assert not account["decided"]
    assert "no interval" in summarise(state)["verdict"]


def test_an_edit_of_two_causes_is_split_where_both_build(
    toy_folder: Path, tmp_path: Path, evaluator: Any
) -> None:
    give_roles(toy_folder)
    both = [
        (CURVE, "    miss += 0.0 if", '    if parameters["steps"] < 3:\n        parameters = '
         '{**parameters, "steps": 6}\n        miss = miss - 0.05\n    miss += 0.0 if'),
        (MAIN, '{value:.6f}"}', '{value + 0.05:.4f}".strip()}'),
    ]  # fmt: skip
    later = ("format", [(MAIN, "value + 0.05", "value + 0.06")])  # needs the second
    bench = Bench(toolkit_study(toy_folder), evaluator)
    chain = steps(("data", both), ("", [("shape", "peaked")]), later)
    state = run(bench, tmp_path / "mixed", chain, 3)
    _, account = only(state)
    assert [part["part"] for part in account["parts"]] == ["edit 1a", "edit 1b", "shape", "edit 3"]
    assert [part["files"] for part in account["parts"]] == [[CURVE], [MAIN], [], [MAIN]]
    assert account["parts"][3]["needs"] == ["edit 1b"]
    assert [part["label"] for part in account["parts"]][:2] == ["data", "data"]  # as claimed
    assert account["parts"][0]["read"] != account["parts"][1]["read"]


def test_a_champion_that_loses_on_the_test_split_has_no_shares(compare: Compare) -> None:
    only_here = (MAIN, "    return [", '    value += 0.1 if context["offset"] < 0.025 else -0.1\n'
                 "    return [")  # fmt: skip
    state = compare({"fitted": steps(("architecture", [only_here]), ("", [("x", 0.12)]))}, budget=2)
    _, account = only(state)
    assert account["gain"]["high"] < 0
    assert account["decided"]
    for table in account["labels"].values():
        assert all(row["fraction"] is None for row in table.values())
    assert account["automl"]["fraction"] is None
    shown = text(summarise(state))
    assert "it loses on the test split: no shares are given" in shown
    assert "%" not in shown.partition("what the gain on test")[2].partition("integrity")[0].replace(
        "95 %", ""
    )
