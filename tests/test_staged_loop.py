"""The staged loop from end to end: what it keeps, what it charges, how it ends and resumes."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY
from staged_runs import STOP, SURVEY, Scripted, Silent, Staged, block, edit, staged
from table_study import TABLE, fills, items, scored, table_bench

from searchers.autoresearcher import LOOP, Autoresearch
from toolkit.bench.bench import Bench
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.report.remarks import remarks, wrong
from toolkit.report.summary import summarise
from toolkit.testing.runs import forget

Cli = Callable[..., subprocess.CompletedProcess[str]]

SERIES = (
    edit("SET: x = 0.3", label="hyperparameter")
    + edit(block("SCALE = 0.8", "SCALE = 0.95"), more="PREDICT: number up\n")
    + edit("SET: y = 1.0", label="data")
)


@pytest.fixture
def table(tmp_path: Path, evaluator: LocalEvaluator) -> Bench:
    return table_bench(tmp_path / "table", evaluator)


def test_greedy_runs_where_nobody_names_a_loop() -> None:
    assert LOOP == "greedy"
    assert Autoresearch().loop == "greedy"


@pytest.mark.parametrize("repairs", [-1, 4])
def test_a_number_of_repairs_that_cannot_be_is_refused(repairs: int) -> None:
    with pytest.raises(UserError, match=r"autoresearch.repairs must be from 0 to 3"):
        Autoresearch(loop="stages", repairs=repairs)


def test_what_raises_the_score_is_kept_and_each_stage_is_on_record(
    bench: Bench, tmp_path: Path
) -> None:
    found = staged(bench, tmp_path / "run", [SURVEY, SERIES, STOP], 6)
    assert found.verdicts == ["1 kept", "2 kept", "3 rejected"]
    assert [trial.number for trial in found.cell.trials.values()] == [1, 2, 3]
    assert found.best.number == 2
    stages = [one.stage for one in found.cell.stages]
    one = ["check", "run", "interpret", "decide"]
    assert stages[:5] == ["survey", "diagnose", "hypothesise", "implement", "check"]
    assert stages[4:17] == [*one, *one, *one, "archive"]
    assert found.told("hypothesise")[0] == "3 hypotheses, 1 predictions"
    survey, propose = found.cell.stages[0], found.cell.stages[2]
    assert found.cell.completions[survey.request].stage == "survey"
    assert found.cell.completions[propose.request].stage == "propose"


def test_a_stop_ends_the_cell_before_its_budget_and_costs_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    found = staged(bench, tmp_path / "run", [SURVEY, edit("SET: x = 0.3"), STOP], 6)
    assert found.cell.ended is not None
    assert found.cell.ended["status"] == "finished"
    assert found.cell.ended["detail"] == (
        "its language model ended the search after 1 of 6 trials: nothing is left"
    )
    assert found.cell.charged == bench.full
    assert found.told("stop") == ["nothing is left"]


def test_edits_of_the_reply_that_stops_are_still_tried(bench: Bench, tmp_path: Path) -> None:
    found = staged(bench, tmp_path / "run", [SURVEY, edit("SET: x = 0.3") + STOP], 6)
    assert found.verdicts == ["1 kept"]
    assert found.told("stop") == ["nothing is left"]


def test_a_budget_is_spent_to_the_item(bench: Bench, tmp_path: Path) -> None:
    many = "".join(edit(f"SET: x = 0.{one}") for one in range(2, 8))
    found = staged(bench, tmp_path / "run", lambda number, prompt: many, 9)
    assert found.cell.charged == 9 * bench.full
    assert found.cell.ended is not None
    assert found.cell.ended["detail"] == ""


def test_a_reply_that_nothing_comes_of_costs_a_trial(bench: Bench, tmp_path: Path) -> None:
    found = staged(bench, tmp_path / "run", lambda number, prompt: "I would rather not.", 3)
    assert [trial.status for trial in found.cell.trials.values()] == ["invalid"] * 3
    assert "the reply holds no section" in found.cell.trials[1].detail
    assert "I would rather not" in found.prompts[-1]


def test_a_model_that_only_asks_is_answered_twice_in_a_row_and_then_charged(
    bench: Bench, tmp_path: Path
) -> None:
    asks = "# LOOK\nitems wrong limit 1\n"
    found = staged(bench, tmp_path / "run", [SURVEY, *[asks] * 6], 2)
    assert [trial.status for trial in found.cell.trials.values()] == ["invalid"] * 2
    assert len(found.prompts) == 1 + 6
    assert "Answers to your questions" in found.prompts[2]
    assert "question" in found.prompts[2].partition("Answers to your questions")[2]


def test_questions_are_answered_from_the_program_as_the_edits_of_the_same_reply_left_it(
    bench: Bench, tmp_path: Path
) -> None:
    reply = edit("SET: x = 0.3") + "# LOOK\nitems wrong limit 1\n"
    found = staged(bench, tmp_path / "run", [SURVEY, reply, STOP], 6)
    assert found.verdicts == ["1 kept"]
    assert "(as trial 1 left them)" in found.prompts[-1]


def test_each_item_stands_in_a_request_once_and_new_ones_come_first(
    table: Bench, tmp_path: Path
) -> None:
    asks = '# LOOK\nitems wrong limit 4\nitems where input matches "item" limit 6\n'
    found = staged(table, tmp_path / "run", [asks, STOP], 6, failures=8)
    survey, last = ([*re.findall(r"item c\d:\d", text)] for text in found.prompts)
    assert len(survey) == len({*survey})
    assert len(last) == len({*last})
    assert not {*survey} & {*last[:4]}
    assert len({one[:7] for one in last[:4]}) == 4, "the clusters come in turn"
    assert "stand in an answer above" in found.prompts[1]


def test_new_notes_replace_the_old_ones(bench: Bench, tmp_path: Path) -> None:
    script = [SURVEY, edit("SET: x = 0.3"), "# NOTES\nOnly this.\n" + edit("SET: x = 0.4"), STOP]
    found = staged(bench, tmp_path / "run", script, 6)
    kept = "# Your notes, written in the survey, before experiment 1\n\n> The scale loses a fifth."
    assert kept in found.prompts[2]
    assert "written in round 2, before experiment 2\n\n> Only this." in found.prompts[3]
    assert "The scale loses a fifth" not in found.prompts[3]


def test_an_edit_waits_uncharged_for_one_that_was_taken_back(bench: Bench, tmp_path: Path) -> None:
    series = edit("SET: x = 0.0") + edit("SET: y = 0.3", more="DEPENDS: 1\n") + edit("SET: y = 0.2")
    found = staged(bench, tmp_path / "run", [SURVEY, series], 6)
    assert found.verdicts == ["1 rejected", "2 skipped", "3 kept"]
    assert found.cell.charged == 2 * bench.full
    assert "it needs 1, which is not kept" in found.prompts[-1]


def resumed(bench: Bench, folder: Path, script: list[str], budget: float) -> Staged:
    """The run in a folder goes on with what its script has left."""
    with Ledger(folder, writer=False) as ledger:
        state = load(ledger)
    (cell,) = state.cells.values()
    return staged(bench, folder, Scripted(script, len(cell.completions)), budget)


SCRIPT = [
    SURVEY,
    fills("A", scored(better=items(each=[0])))
    + fills("A", scored(better=items(each=[1])))
    + edit("SET: bonus = 0.2 | 0.4"),
    "# LOOK\nitems wrong limit 2\nitems that experiment 1 fixed\n",
    fills("B", scored(better=items(["c0", "c1"]), worse=items(["c2", "c3"])), more="DEPENDS: 1\n")
    + "# NOTES\nA note.\n",
    edit(block("B = {}", "B = nothing_of_that_name", TABLE)),
    fills("B", scored(better=items(each=[2]))),
    fills("C", scored(better=items(each=[3]))) + fills("D", scored(better=items(each=[4]))),
    STOP,
]


def same(one: Staged, other: Staged) -> None:
    assert [t.candidate.digest for t in one.cell.trials.values()] == [
        t.candidate.digest for t in other.cell.trials.values()
    ]
    assert one.cell.stages == other.cell.stages
    assert one.cell.withdrawn == other.cell.withdrawn
    assert one.best.number == other.best.number
    assert one.cell.charged == other.cell.charged
    for cell in (one.cell, other.cell):
        assert cell.ended is not None
        assert not cell.ended["diverged"]
        assert not cell.ended["mismatches"]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "keep", [7, *(pytest.param(step, marks=SLOW) for step in (1, 2, 4, 9, 10, 12, 13))]
)
def test_a_run_that_was_killed_at_any_step_goes_on_as_if_it_had_not_been(
    keep: int, table: Bench, tmp_path: Path
) -> None:
    whole = staged(table, tmp_path / "run", SCRIPT, 12)
    assert len(whole.cell.trials) >= 7, whole.verdicts
    forget(tmp_path / "run", keep)
    same(resumed(table, tmp_path / "run", SCRIPT, 12), whole)


def test_a_larger_budget_goes_on_from_the_record_and_counts_no_other_prompt(
    table: Bench, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    staged(table, tmp_path / "run", SCRIPT, 4)
    later = resumed(table, tmp_path / "run", SCRIPT, 12)
    at_once = staged(table_bench(tmp_path / "t", evaluator), tmp_path / "other", SCRIPT, 12)
    same(later, at_once)


def test_an_edit_whose_ways_a_small_budget_cut_short_is_counted_once(
    table: Bench, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Each budget ends among the ways of the first edit, which is decided on every time."""
    grid = edit("SET: bonus = 0.3 | 0.2 | 0.9 | 0.5", more="PREDICT: overall up\n")
    script = [SURVEY, grid, STOP]
    staged(table, tmp_path / "run", script, 1)
    for budget in (2, 3, 8, 8):
        later = resumed(table, tmp_path / "run", script, budget)
    at_once = staged(table_bench(tmp_path / "t", evaluator), tmp_path / "other", script, 8)
    told, expected = (Counter(map(repr, one.cell.stages)) for one in (later, at_once))
    assert told == expected
    assert later.verdicts == ["1 kept"]
    one, other = (summarise(found.state)["cells"][0] for found in (later, at_once))
    assert one["stages"]["kept"] == other["stages"]["kept"] == {"edits": 1, "of": 1}
    assert one["predictions"] == other["predictions"]


def test_a_whole_cell_is_replayed_without_a_model(table: Bench, tmp_path: Path) -> None:
    first = staged(table, tmp_path / "run", SCRIPT, 12)
    again = staged(table, tmp_path / "run", Silent(), 13)
    assert again.cell.ended is not None
    assert again.cell.ended["status"] == "finished"
    same(first, again)


def test_the_loop_is_an_option_of_the_command_line(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch", "-o", "autoresearch.loop=spiral",
        "--out", str(tmp_path / "run"),
    )  # fmt: skip
    assert done.returncode == 2
    assert "must be one of greedy, stages" in done.stderr


def test_a_cell_that_ended_early_is_reported_as_such(bench: Bench, tmp_path: Path) -> None:
    found = staged(bench, tmp_path / "run", [SURVEY, edit("SET: x = 0.3"), STOP], 6)
    summary = summarise(found.state)
    (cell,) = summary["cells"]
    assert (cell["trials"], cell["evaluations"], cell["ended"]) == (1, 1, "finished")
    assert cell["stopped"]
    assert remarks(summary)[0] == (
        "a (seed 0) finished: its language model ended the search after 1 of 6 trials: nothing is "
        "left"
    )
    assert wrong(summary) == [], "a stop by choice is nothing wrong"
    cell["stopped"] = False  # as where money or a recording ended
    assert wrong(summary) == [
        "a-0 finished: its language model ended the search after 1 of 6 trials: nothing is left"
    ]
