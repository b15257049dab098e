"""Outputs of any form to scores of any size, and what is said where that fails."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import pytest
from shapes_of_outputs import RMSE, judge, rmse, stations

from toolkit.bench.judge import Judge, Malformed, Unscored
from toolkit.records import Failure
from toolkit.study.objective import Nouns, Objective
from toolkit.study.study import Study
from toolkit.study.task import Gold, Item, Row

LOSS = Objective("bits per byte", direction="minimize")


def of(study: Study) -> Judge:
    return Judge(study.task(), study.task().vault(), study.objective, study.nouns)


def said(text: str) -> dict[str, str]:
    return {"answer": text}


def test_malformed_outputs_say_what_is_expected(toy: Study) -> None:
    items = [item for item in toy.task().items() if item.cluster == "a"]
    rules = of(toy)
    assert rules.read([items], [[said("1")] * 4])["a:0"] == said("1")
    for wrong in (None, "text", [said("1")] * 3, [said("1")] * 5, said("1")):
        with pytest.raises(Malformed, match="list of 4 answers, one per question and in"):
            rules.read([items], [wrong])
    for odd in ("1", {"answer": 1}, {"other": []}, None):
        with pytest.raises(Malformed, match="each answer must be"):
            rules.read([items], [[said("1"), said("1"), said("1"), odd]])
    with pytest.raises(Malformed, match="1 result for 2 calls"):
        rules.read([items, items], [[said("1")] * 4])


def test_objective_leaves_the_uncounted_kind_out(toy: Study) -> None:
    outputs = {f"a:{n}": said("0.5" if n < 3 else "no") for n in range(4)}
    found = of(toy).judge(outputs)
    assert found.score == 0.5
    assert found.metrics == {"extra": 0, "number": 0.5, "overall": pytest.approx(1.5 / 4)}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(3, 4), ([1, 2, None], [2, 1, None]), ({"a": [{"n": 1}]}, {"a": []}), (None, 0), ("x", "y")],
)
def test_an_output_is_any_json_value(right: Any, wrong: Any) -> None:
    rows = {"one": ("c", Gold(right)), "two": ("c", Gold(right))}
    rules = judge(rows, lambda gold, output: float(output == gold.answer), best=1.0)
    items = list(rules.items.values())
    outputs = rules.read([items], [[right, wrong]])
    found = rules.judge(outputs)
    assert (found.score, found.rows, found.metrics) == (0.5, {"one": 1.0, "two": 0.0}, {})
    (failure,) = rules.failures(items, outputs, found.rows, limit=5)
    assert failure == Failure("two", "", None, right, wrong, 0.0)


def test_a_minimised_objective_is_turned_over_once_and_shown_as_it_is() -> None:
    rules = judge(stations(2), objective=LOSS, best=0.0)
    outputs = {item: gold.answer + (item == "s1:1") * 8 for item, (_, gold) in stations(2).items()}
    found = rules.judge(outputs)
    assert found.score == -2.0
    assert found.rows["s1:1"] == -8.0
    assert str(found.rows["s0:0"]) == "0.0"  # not -0.0
    (failure,) = rules.failures([*rules.items.values()], outputs, found.rows, limit=9)
    assert (failure.item, failure.score) == ("s1:1", 8.0)


def test_without_a_best_score_every_item_may_be_shown_the_worst_first() -> None:
    rules = judge(stations(2), objective=LOSS)
    outputs = dict(zip(rules.items, (0.0, 2.0, 10.0, 12.0), strict=True))
    found = rules.judge(outputs)
    shown = rules.failures([*rules.items.values()], outputs, found.rows, limit=3)
    assert [one.item for one in shown] == ["s0:1", "s1:1", "s0:0"]


def test_a_pooled_objective_is_that_of_all_outputs_and_has_a_row_for_each_cluster() -> None:
    rows = stations(5, 3)
    rules = judge(rows, objective=RMSE, pool=rmse, best=0.0)
    outputs = {
        item: gold.answer + len(item) + n for n, (item, (_, gold)) in enumerate(rows.items())
    }
    found = rules.judge(outputs)
    given = [Row(rules.items[item], rows[item][1], outputs[item], None) for item in rows]
    assert found.score == pytest.approx(-rmse(given))
    assert set(found.rows) == {"s0", "s1", "s2", "s3", "s4"}
    assert fmean(found.rows.values()) == pytest.approx(found.score)
    shown = rules.failures([*rules.items.values()], outputs, found.rows, limit=2)
    assert [(one.item, one.score) for one in shown] == [("s4:2", 18.0), ("s4:1", 17.0)]


def test_a_score_does_not_depend_on_the_order_in_which_outputs_come() -> None:
    """That order is a secret of each run, and sums round by their order."""
    rules = judge(stations(9, 3), objective=RMSE, pool=rmse)
    outputs = {item: 0.1 * n**3 for n, item in enumerate(rules.items)}
    turned = dict(reversed(outputs.items()))
    given = [Row(rules.items[item], rules.vault.gold[item], turned[item], None) for item in turned]
    assert rules.judge(outputs).score != -rmse(given)  # such a sum
    assert rules.judge(outputs) == rules.judge(turned)


def test_a_pooled_objective_without_a_scorer_shows_items_in_their_order() -> None:
    rules = judge(stations(3), None, RMSE, pool=rmse)
    outputs = dict.fromkeys(rules.items, 1.0)
    found = rules.judge(outputs)
    shown = rules.failures([*rules.items.values()], outputs, found.rows, limit=2)
    assert [(one.item, one.score) for one in shown] == [("s0:0", None), ("s0:1", None)]


def span(rows: Sequence[Row]) -> float:
    """Mean output of the high stations; without them it has no value."""
    high = [row.output for row in rows if row.gold.answer > 5]
    return sum(high) / len(high)


def test_a_pool_without_a_value_when_one_cluster_is_left_out_says_which() -> None:
    rules = judge(stations(2), None, RMSE, pool=span)
    outputs = dict.fromkeys(rules.items, 1.0)
    with pytest.raises(Unscored, match="no value without cluster 's1'") as caught:
        rules.judge(outputs)
    assert "needs a value without any one of its stations" in str(caught.value)
    part = rules.judge(outputs, whole=False)  # a share: its interval is nobody's concern
    assert (part.score, part.rows) == (-1.0, {"s0": -1.0, "s1": -1.0})


def test_metrics_by_kind_are_pooled_too_where_they_have_a_value() -> None:
    rows = {
        item: (c, Gold(gold.answer, "low" if c == "s0" else "high"))
        for item, (c, gold) in stations(4).items()
    }
    found = judge(rows, None, RMSE, pool=span).judge(dict.fromkeys(rows, 2.0))
    assert found.metrics == {"high": 2.0, "overall": 2.0}


def test_the_metrics_of_a_task_stand_beside_the_objective_in_their_own_direction() -> None:
    members = {"metrics": lambda rows: {"worst": max(row.score for row in rows), "n": len(rows)}}
    rules = judge(stations(2), objective=LOSS, members=members)
    found = rules.judge(dict.fromkeys(rules.items, 0.0))
    assert found.metrics == {"worst": 11.0, "n": 4.0}


@pytest.mark.parametrize(
    ("member", "gives", "message"),
    [
        ("metrics", lambda rows: 1 / 0, r"study's metrics raised ZeroDivisionError on 4 forecasts"),
        (
            "metrics",
            lambda rows: {"a": float("nan")},
            r"metrics 'a' gave nan, which is no finite number, for 4 forecasts",
        ),
        (
            "metrics",
            lambda rows: {"a": "b"},
            r"metrics 'a' gave 'b', which is no finite number, for 4 forecasts",
        ),
        (
            "metrics",
            lambda rows: [1],
            r"metrics gave \[1\] for 4 forecasts \(the first: .*\); write",
        ),
        (
            "metrics",
            lambda rows: {1: 2},
            r"metrics gave \{1: 2\} for 4 forecasts \(the first: .*\); write",
        ),
    ],
)
def test_metrics_that_fail_fail_the_trial(member: str, gives: Any, message: str) -> None:
    rules = judge(stations(2), members={member: gives})
    with pytest.raises(Unscored, match=message):
        rules.judge(dict.fromkeys(rules.items, 0.0))


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (lambda rows: rows[99], r"the study's pool raised IndexError on 4 forecasts.*test_judge"),
        (lambda rows: float("nan"), "pool gave nan, which is no finite number, for 4 forecasts"),
        (lambda rows: float("inf"), "pool gave inf, which is no finite number, for 4 forecasts"),
        (lambda rows: None, "pool gave None, which is no finite number, for 4 forecasts"),
        (lambda rows: 1e90, r"pool gave 1e\+90, beyond 1e\+70, for 4 forecasts"),
        (lambda rows: exit(3), "pool raised SystemExit on 4 forecasts"),
    ],
)
def test_a_pool_that_fails_fails_the_trial(pool: Any, message: str) -> None:
    rules = judge(stations(2), None, RMSE, pool=pool)
    with pytest.raises(Unscored, match=message):
        rules.judge(dict.fromkeys(rules.items, 0.0))


@pytest.mark.parametrize("name", ["morning", "overall", "cpu_s"])
def test_a_metric_with_the_name_of_another_is_refused_and_not_put_in_its_place(name: str) -> None:
    rows = {"i": ("c", Gold(1.0, "morning"))}
    rules = judge(rows, lambda gold, output: 1.0, members={"metrics": lambda rows: {name: 2.0}})
    with pytest.raises(Unscored, match=rf"metrics gave '{name}' for 1 .*metric of this name: give"):
        rules.judge({"i": 1.0})


def test_a_check_that_fails_fails_the_trial_and_one_that_objects_says_its_own_words() -> None:
    rows, items = stations(1), [Item("s0:0", "s0", None), Item("s0:1", "s0", None)]
    broken = judge(rows, members={"check": lambda output: output["x"]})
    with pytest.raises(
        Unscored, match=r"check raised TypeError on item s0:0, whose output is 1\.0"
    ):
        broken.read([items], [[1.0, 2.0]])
    odd = judge(rows, members={"check": lambda output: isinstance(output, float)})
    with pytest.raises(
        Unscored, match=r"check gave True for item s0:0, whose output is 0.5; it gives"
    ):
        odd.check("s0:0", 0.5)
    fine = judge(rows, members={"check": lambda output: "a forecast is a number" * (output == "x")})
    assert fine.read([items], [[1.0, 2.0]]) == {"s0:0": 1.0, "s0:1": 2.0}
    with pytest.raises(
        Malformed, match=r"^a forecast is a number \(this is of item s0:1, whose output is 'x'\)$"
    ):
        fine.read([items], [[1.0, "x"]])


def test_an_explanation_is_shown_with_a_failure_and_a_fault_in_it_too() -> None:
    notes = {"explain": lambda item, output: {"off by": output - 1}}
    rules = judge(stations(1), members=notes)
    (one, _) = rules.failures(
        [*rules.items.values()],
        dict.fromkeys(rules.items, 3.0),
        {"s0:0": 1.0, "s0:1": 2.0},
        limit=2,
    )
    assert one.notes == {"off by": 2.0}
    broken = judge(stations(1), members={"explain": lambda item, output: {}["x"]})
    (one, _) = broken.failures(
        [*broken.items.values()],
        dict.fromkeys(broken.items, 3.0),
        {"s0:0": 1.0, "s0:1": 2.0},
        limit=2,
    )
    assert "the study's explain raised KeyError on item s0:0" in one.notes["error"]


def test_the_answer_of_an_output_is_all_of_it_where_the_task_cannot_tell() -> None:
    assert judge(stations(1)).answer([1, {"a": 2}]) == [1, {"a": 2}]
    rules = judge(stations(1), members={"answer": lambda output: output["text"]})
    assert rules.answer({"text": "yes", "why": "?"}) == "yes"
    assert rules.answer([1]) == [1]


def test_rows_of_a_measured_objective_wait_for_the_meter() -> None:
    found = judge(stations(1), None, Objective(evidence="measured", metric="cpu_s")).judge(
        dict.fromkeys(stations(1), 1.0)
    )
    assert (found.score, found.rows) == (None, {"s0:0": 0.0, "s0:1": 0.0})


def test_failures_of_a_measured_objective_are_what_the_scorer_calls_wrong() -> None:
    goal = Objective(evidence="measured", metric="cpu_s")
    rules = judge(stations(2), lambda gold, output: float(output == gold.answer), goal, best=1.0)
    outputs = {item: rules.vault.gold[item].answer - (item == "s1:0") for item in rules.items}
    meter = dict.fromkeys(outputs, -3.2)
    (failure,) = rules.failures([*rules.items.values()], outputs, meter, limit=9)
    assert (failure.item, failure.score) == ("s1:0", 0.0)


def test_a_vault_is_never_pickled(toy: Study) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(toy.task().vault())


def test_items_have_no_gold(toy: Study) -> None:
    assert set(vars(toy.task().items()[0])) == {"id", "cluster", "input", "call"}


def test_the_call_of_an_item_is_its_cluster_unless_it_says_otherwise() -> None:
    assert Item("i", "c", None).call == "c"
    assert Item("i", "c", None, "corpus").call == "corpus"


def test_a_list_of_the_wrong_length_is_told_in_the_words_of_the_study() -> None:
    rules = judge(stations(1))
    with pytest.raises(
        Malformed, match="call 1 must return a list of 2 forecasts, one per reading"
    ):
        rules.read([[*rules.items.values()]], [[1.0]])
    assert rules.nouns != Nouns()
