"""The account of a search by stages: what each took and turned, and what predictions were worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paged import page_of
from served import run as served
from staged_runs import STOP, SURVEY, Silent, Staged, block, edit, staged
from table_study import CLUSTERS, TABLE, fills, hidden, items, scored, table_bench

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.entries import Stage
from toolkit.ledger.ledger import Ledger
from toolkit.report import tables
from toolkit.report.stages import predictions
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.stages import checked

Run = Callable[..., Staged]
ALL = items()
ODD = items(each=(1, 3))


@pytest.fixture
def run(tmp_path: Path, evaluator: LocalEvaluator) -> Run:
    """run(replies…, budget=…, **options) of the study of a table."""

    def search(*replies: str, budget: float = 8, more: str = "", **options: Any) -> Staged:
        bench = table_bench(tmp_path / "table", evaluator, more=more)
        return staged(bench, tmp_path / "run", [SURVEY, *replies, STOP], budget, **options)

    return search


def account(found: Staged) -> dict[str, Any]:
    (cell,) = summarise(found.state)["cells"]
    told: dict[str, Any] = cell["stages"]
    return told


def changed(found: Staged) -> dict[str, int]:
    steps = account(found)["steps"]
    return {name: one["changed"] for name, one in steps.items() if one["changed"]}


# stages


def test_each_stage_has_its_steps_requests_tokens_trials_and_results(run: Run) -> None:
    told = account(run(fills("A", scored(ODD)) + fills("B", scored(worse=ALL[:9])), guard=False))
    assert told["requests"] == {
        "survey": {"requests": 1, "tokens": 15},
        "propose": {"requests": 2, "tokens": 30},
    }
    assert told["kept"] == {"edits": 1, "of": 2}
    steps = told["steps"]
    assert steps["survey"]["results"] == {"notes only": 1}
    assert (steps["diagnose"]["requests"], steps["diagnose"]["tokens"]) == (2, 30)
    assert steps["diagnose"]["results"] == {"edits": 1, "stop": 1}
    assert steps["implement"]["counts"]["edits"] == 2
    assert steps["run"]["trials"] == 2
    assert steps["decide"]["results"] == {"kept": 1, "rejected": 1}
    assert steps["interpret"]["counts"] == {"fixed": 12, "broken": 9}
    assert [(one["outcome"], one["trials"]) for one in told["decisions"]] == [
        ("experiment 1: kept, a gain", [1]),
        ("experiment 2: rejected, no gain", [2]),
    ]


def test_a_repair_after_which_an_edit_has_a_score_has_changed_what_came_of_it(run: Run) -> None:
    broken = edit(block("A = {}", "A = make()", TABLE))
    found = run(broken, fills("A", scored(ALL)), broken, "# NOTES\nno\n")
    steps = account(found)["steps"]
    assert steps["repair"]["results"] == {"another edit": 1, "no other edit": 1}
    assert (steps["repair"]["requests"], steps["check"]["results"]) == (
        2,
        {"faulty": 2, "sound": 1},
    )
    assert changed(found) == {"repair": 1}


def test_a_second_run_that_keeps_a_gain_has_changed_what_came_of_it(run: Run) -> None:
    found = run(fills("A", scored(better=["c0:0"])), more="[replicates]\nfinal = 2\n")
    assert account(found)["steps"]["replicate"]["results"] == {"held": 1}
    assert changed(found) == {"replicate": 1}


def test_the_guard_has_changed_what_came_of_an_edit_that_it_refused(
    run: Run, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    inner = hidden(tmp_path, evaluator)
    rest = [one for one in CLUSTERS if one not in inner]
    found = run(fills("A", scored(better=items(rest), worse=items(inner)[:2])))
    assert account(found)["steps"]["guard"]["results"] == {"refused": 1}
    assert changed(found) == {"guard": 1}
    refusal, decision = account(found)["decisions"]
    assert refusal["stage"] == "guard"
    assert "lowers the mean" in refusal["outcome"]
    assert decision["outcome"] == "experiment 1: rejected, the guard"


def test_another_way_than_the_first_that_is_kept_counts_for_alternatives_and_grids(
    run: Run,
) -> None:
    other = f"# ALTERNATIVE\n{block('A = {}', f'A = {scored(ALL[:9])!r}', TABLE)}"
    found = run(fills("A", scored(ALL[:2])) + other + edit("SET: bonus = 0.1 | 0.9"))
    steps = account(found)["steps"]
    assert steps["implement"]["counts"] == {"edits": 2, "alternatives": 1, "grids": 1}
    assert changed(found) == {"alternatives": 1, "grid": 1}


def test_a_second_try_counts_where_it_was_kept(run: Run) -> None:
    early = edit(block("B = {}\nNEW = 1", f"B = {scored(ALL)!r}", TABLE))
    late = edit(
        block("B = {}", "B = {}\nNEW = 1", TABLE) + block("A = {}", "A = {'c0:0': 1.0}", TABLE)
    )
    assert changed(run(early + late, repairs=0)) == {"revive": 1}


def test_pruning_counts_where_it_removed_an_edit(run: Run) -> None:
    """B covers what A does: without A the program is no worse."""
    filled = "".join(
        fills(name, scored(better=ALL[:n])) for name, n in (("A", 2), ("B", 10), ("C", 20))
    )
    idle = "".join(fills("D", scored(worse=ALL[:n])) for n in range(1, 8))
    found = run(filled, idle, edit("SET: bonus = 0.0 | 0.1"), budget=14)
    assert account(found)["steps"]["prune"]["results"] == {"removed": 1}
    assert changed(found)["prune"] == 1


def test_a_kept_edit_of_a_reply_to_answers_counts_for_the_looks(run: Run) -> None:
    found = run("# LOOK\nitems wrong limit 2\n", fills("A", scored(ALL)))
    assert account(found)["steps"]["look"]["counts"] == {"questions": 1}
    assert account(found)["steps"]["diagnose"]["results"]["questions only"] == 1
    assert changed(found) == {"look": 1}


def test_a_replay_counts_nothing_twice(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    bench = table_bench(tmp_path / "table", evaluator)
    script = [SURVEY, fills("A", scored(ODD), more="PREDICT: odd up\n"), fills("B", scored(ALL))]
    first = staged(bench, tmp_path / "run", script, 2)
    again = staged(bench, tmp_path / "run", Silent(), 2.5)
    assert again.cell.ended is not None and again.cell.ended["budget"] == 2.5
    assert account(again) == account(first)


# predictions


def test_predictions_are_scored_beside_how_often_kinds_moved_that_way(run: Run) -> None:
    first = fills("A", scored(ODD), more="PREDICT: odd up, even down, nobody up\n")
    second = fills("B", scored(worse=ALL), more="PREDICT: Overall up\n")
    third = fills("C", scored(worse=ALL), more="PREDICT: odd up\nDEPENDS: 2\n")
    (cell,) = summarise(run(first + second + third).state)["cells"]
    found = cell["predictions"]
    # two edits ran: the first raises odd and leaves even, the second lowers all
    assert (found["made"], found["scored"], found["right"], found["edits"]) == (5, 3, 1, 2)
    assert found["share"] == pytest.approx(1 / 3)
    assert found["base_rate"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 2) / 3)
    assert found["by_direction"]["down"] == {
        "scored": 1, "right": 0, "share": 0, "base_rate": 0.5,
    }  # fmt: skip


def test_an_edit_without_predictions_counts_for_the_base_rate_alone() -> None:
    steps = [
        Stage("a", "", details={"moved": {"x": 0.1}, "predicted": [["x", "up"]]}),
        *[Stage("a", "", details={"moved": {"x": change}}) for change in (0.0, -0.1, 0.2)],
    ]
    found = predictions(steps)
    assert found is not None
    assert (found["share"], found["base_rate"], found["scored"]) == (1, 0.5, 1)
    assert predictions(steps[1:]) is None


# what people see


def test_the_report_and_the_page_tell_of_stages_and_predictions(run: Run) -> None:
    found = run(fills("A", scored(ODD), more="PREDICT: odd up\n"))
    told = " ".join(tables.text(summarise(found.state), 160).split())
    assert "how a, seed 0 searched" in told
    assert "3 requests (survey 1, propose 2) with 45 tokens" in told
    assert "kept 1 of 1 edit that took a trial" in told
    sentence = (
        "1 prediction; 1 of edits that ran, of which 1 came true (100%). These kinds moved the "
        "foretold way in 100% of the 1 edit that ran (up 1 of 1, base rate 100%)"
    )
    assert sentence in told
    shown = page_of(found.state).by_id("stages")
    assert sentence in shown.text
    rows = [[one.text for one in row.all("th", "td")] for row in shown.all("tr")]
    assert ["decide", "1", "-", "-", "1", "-", "kept 1"] in rows
    (decided,) = account(found)["decisions"]
    assert decided["hypothesis"]
    assert ["decide", "experiment 1: kept, a gain", "1", decided["hypothesis"]] in rows
    assert "what a, seed 0 decided, in order" in told


def test_a_searcher_that_notes_nothing_has_no_account(bench: Bench, tmp_path: Path) -> None:
    class Still:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate())

    plan = Plan([CellSpec("still", "still", Still, {}, 0)], Budget(1), search_only=True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, plan).run()
    (cell,) = summarise(state)["cells"]
    assert not {"stages", "predictions"} & set(cell)
    assert "searched" not in tables.text(summarise(state))
    assert page_of(state).by_id("stages").text.endswith("No searcher noted its steps.")


def test_any_searcher_may_note_details_and_they_are_counted(bench: Bench, tmp_path: Path) -> None:
    class Noting:
        live = True

        def run(self, lab: toolkit.Lab) -> None:
            lab.note("mutate", "two", details={"counts": {"children": 2}, "result": "fit"})
            lab.note("judge", "better", details={"changed_by": ["mutate"]})
            lab.evaluate(toolkit.Candidate())

    cell = served(bench, tmp_path / "run", Noting)
    assert cell.stages[0].details == {"counts": {"children": 2}, "result": "fit"}
    assert cell.stages[1] == Stage("judge", "better", details={"changed_by": ["mutate"]})


def test_a_decision_with_brackets_is_shown_as_it_stands(bench: Bench, tmp_path: Path) -> None:
    class Noting:
        live = True

        def run(self, lab: toolkit.Lab) -> None:
            lab.note("judge", "kept [/x] of [bold]", details={"result": "kept"})
            lab.evaluate(toolkit.Candidate())

    plan = Plan([CellSpec("a", "a", Noting, {}, 0)], Budget(1), search_only=True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, plan).run()
    assert "kept [/x] of [bold]" in tables.text(summarise(state))


@pytest.mark.parametrize(
    ("details", "problem"),
    [
        ({"colour": "red"}, "details have no key 'colour'; known are result, changed_by"),
        ({"counts": {"a": "two"}}, "details['counts'] must be numbers by name"),
        ({"predicted": [["odd", "sideways"]]}, "must be a list of [kind, \"up\" or \"down\"]"),
        ({"moved": {"odd": float("nan")}}, "details are no JSON"),
        ({"result": 3}, "details['result'] must be a text, got 3"),
        ({"changed_by": "guard"}, "details['changed_by'] must be a list of texts"),
    ],
)  # fmt: skip
def test_details_that_no_report_can_read_are_refused(details: Any, problem: str) -> None:
    with pytest.raises(ValueError) as refused:
        checked(details)
    assert problem in str(refused.value)


def test_a_kind_that_is_foretold_twice_in_one_edit_counts_once(run: Run) -> None:
    first = fills("A", scored(ODD), more="PREDICT: odd up, Odd up, odd down\nPREDICT: odd up\n")
    found = run(first)
    (cell,) = summarise(found.state)["cells"]
    told = cell["predictions"]
    assert (told["made"], told["scored"], told["right"]) == (1, 1, 1)
    assert "'odd' stands there both up and down" in found.prompts[-1]
