"""What the staged loop does with an edit: check, repair, ways, guard, luck, pruning, a second try."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from staged_runs import STOP, SURVEY, Scripted, Staged, block, edit, staged
from table_study import CLUSTERS, TABLE, fills, hidden, items, scored, table_bench

from toolkit.bench.replicates import drawn
from toolkit.evaluators.local import LocalEvaluator
from toolkit.exports import studies
from toolkit.exports.rows import tables
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report.details import trials
from toolkit.report.diffs import Diffs
from toolkit.report.summary import summarise
from toolkit.runs import frames

Run = Callable[..., Staged]
ALL = items()
CRASH = edit(
    block("    return value", "    return value + {}['nothing']", TABLE), hypothesis="a sum"
)


@pytest.fixture
def run(tmp_path: Path, evaluator: LocalEvaluator) -> Run:
    """run(replies…, budget=…, **options) of the study of a table."""

    def search(*replies: str, budget: float = 8, clusters: int = 6, more: str = "",
               **options: Any) -> Staged:  # fmt: skip
        bench = table_bench(tmp_path / "table", evaluator, clusters=clusters, more=more)
        return staged(bench, tmp_path / "run", [SURVEY, *replies, STOP], budget, **options)

    return search


def statuses(found: Staged) -> list[str]:
    return [trial.status for trial in found.cell.trials.values()]


# in doubt


def test_a_gain_that_breaks_about_as_much_as_it_fixes_is_taken_back_and_stands_for_nothing(
    run: Run,
) -> None:
    churn = fills("A", scored(better=ALL[:15], worse=ALL[15:29]))
    found = run(churn, guard=False)
    assert found.verdicts == ["1 ambiguous"]
    assert found.cell.trials[1].rank > found.state.baseline.rank
    assert found.best.number == 0, "the host's champion is the loop's best program"
    assert "about as much was broken as was fixed" in found.cell.withdrawn[1]


def test_what_stands_for_nothing_is_told_wherever_trials_are_listed(run: Run) -> None:
    """It has the highest score of its cell, and is no champion."""
    found = run(fills("A", scored(better=ALL[:15], worse=ALL[15:29])), guard=False)
    why = found.cell.withdrawn[1]
    (row,) = tables(found.state, {})["trials"]
    assert (row["withdrawn"], row["kept"], row["in_champion"]) == (why, False, False)
    (listed,) = trials(found.state, found.cell, Diffs(found.state))
    assert listed["withdrawn"] == why
    (told,) = frames.trials(found.state)["withdrawn"]
    assert told == why
    _, exported = studies.trials(found.state, found.cell, {})
    assert exported.user_attrs["withdrawn"] == why
    (cell,) = summarise(found.state)["cells"]
    assert cell["champion"] in (None, 0)


def test_a_gain_in_doubt_is_kept_where_the_program_becomes_simpler(run: Run) -> None:
    churn = edit(
        block("A = {}", f"A = {scored(better=ALL[:15], worse=ALL[15:29])!r}", TABLE)
        + block(
            "    # two lines that\n    # say nothing\n    return value", "    return value", TABLE
        )
    )
    found = run(churn, guard=False)
    assert found.verdicts == ["1 kept"]
    assert found.best.number == 1


NOISY = "[replicates]\nfinal = 2\n"


def test_a_gain_that_could_be_luck_is_run_once_more_and_kept_where_it_holds(run: Run) -> None:
    found = run(fills("A", scored(better=["c0:0"])), more=NOISY)
    assert found.verdicts == ["1 kept"]
    assert [start.again for start in found.cell.started.values()] == [0, 1]
    assert found.cell.charged == 2 * len(ALL)
    assert found.told("decide") == ["experiment 1: kept, a second run holds the gain"]
    assert found.best.number == 1


def test_a_gain_whose_second_run_a_larger_budget_brings_stands_again(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = table_bench(tmp_path / "table", evaluator, more=NOISY)
    script = [SURVEY, fills("A", scored(better=["c0:0"])), STOP]
    first = staged(bench, tmp_path / "run", script, 1)
    assert (first.verdicts, first.best.number) == (["1 ambiguous"], 0)
    assert "could be luck" in first.cell.withdrawn[1]
    later = staged(bench, tmp_path / "run", Scripted(script, len(first.cell.completions)), 4)
    assert later.verdicts[-1] == "1 kept"
    assert (later.cell.withdrawn, later.best.number) == ({}, 1)


def test_a_gain_that_a_second_run_does_not_hold_is_taken_back(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """The program is lucky under the one seed that the search has."""
    bench = table_bench(tmp_path / "table", evaluator, more=NOISY)
    secret = "a" * 64
    with Ledger(tmp_path / "run", writer=True) as ledger:
        Journal(ledger, State()).write("secret", {"order": secret})
    table = "    table = {**A, **B, **C, **D}"
    seed = drawn(secret, "search", 0)
    luck = f"    table['c0:0'] = 1.0 if services['seed'] == {seed} else 0.4"
    lucky = edit(block(table, f"{table}\n{luck}", TABLE))
    found = staged(bench, tmp_path / "run", [SURVEY, lucky, STOP], 6, guard=False)
    assert found.told("decide") == ["experiment 1: ambiguous, a second run does not hold the gain"]
    assert found.best.number == 0
    assert len(found.cell.trials) == 2


def test_nothing_is_run_once_more_where_that_is_switched_off_or_runs_do_not_differ(
    run: Run,
) -> None:
    found = run(fills("A", scored(better=["c0:0"])), more=NOISY, replicate=False)
    assert found.verdicts == ["1 ambiguous"]
    assert len(found.cell.trials) == 1


def test_second_runs_are_at_most_a_quarter_of_the_trials(run: Run) -> None:
    """One small gain after the other: the first is run twice, and the third."""
    series = "".join(fills("ABCD"[n], scored(better=[f"c{n}:0"])) for n in range(4))
    found = run(series, more=NOISY, budget=9, prune=False)
    assert [start.again for start in found.cell.started.values()] == [0, 1, 0, 0, 1, 0]
    assert "trials 1, 2 (run once more)" in found.prompts[-1]


def test_a_program_that_was_run_twice_is_told_with_both_scores_and_the_means_of_its_items(
    run: Run,
) -> None:
    asks = "# LOOK\nitems that experiment 1 fixed\n"
    found = run(fills("A", scored(better=["c0:0"])) + asks, more=NOISY, guard=False)
    told = found.prompts[-1]
    assert "   - two runs: score 0." in told
    assert "The best program was run twice. Its scores are means of both runs" in told
    assert "(as trial 1 left them; their scores are means of two runs" in told


def test_a_gain_in_doubt_that_is_not_run_again_is_kept_beyond_its_standard_error(run: Run) -> None:
    series = fills("A", scored(better=["c0:0"])) + fills("B", scored(better=ALL[5:9]))
    found = run(series, more=NOISY, replicate=False)
    assert found.verdicts == ["1 ambiguous", "2 kept"]


# check and repair


def test_an_undefined_name_is_found_before_it_runs_charged_and_mended(run: Run) -> None:
    broken = edit(block("A = {}", f"A = make({scored(ALL)!r})", TABLE), hypothesis="all right")
    found = run(broken, fills("A", scored(ALL)))
    assert found.verdicts == ["1 kept"]
    assert statuses(found) == ["invalid", "ok"]
    assert found.told("repair") == ["experiment 1: another edit"]
    assert "undefined name 'make'" in found.prompts[2]
    assert found.cell.trials[2].candidate.note == "all right", "the hypothesis stays"


def test_a_block_that_does_not_fit_takes_a_trial_and_its_repair_another(run: Run) -> None:
    found = run(edit(block("A = { }", "A = {1: 1}", TABLE)), fills("A", scored(ALL)), budget=8)
    assert found.verdicts == ["1 kept"]
    assert statuses(found) == ["invalid", "ok"]
    assert found.cell.charged == 2 * len(ALL)
    assert "stands 0 times" in found.prompts[2]
    assert "The repair takes one more (left: 7)" in found.prompts[2]
    told = "trials 1 (not run, since the edit has a fault), 2 (repaired); 1 repair asked for"
    assert told in found.prompts[3]


def test_a_crash_is_charged_and_mended_with_its_traceback(run: Run) -> None:
    found = run(CRASH, fills("A", scored(ALL)))
    assert statuses(found) == ["crashed", "ok"]
    assert found.verdicts == ["1 kept"]
    assert found.cell.charged == 2 * len(ALL)
    assert "KeyError: 'nothing'" in found.prompts[2]


def test_repairs_end_and_an_edit_that_nobody_mends_is_charged(run: Run) -> None:
    wrong = edit(block("A = { }", "A = {1: 1}", TABLE))
    found = run(*[wrong] * 4, budget=5)
    assert found.verdicts == ["1 invalid"]
    assert statuses(found) == ["invalid"] * 4
    assert len(found.told("repair")) == 3


def test_a_model_that_gives_a_repair_up_is_asked_no_more(run: Run) -> None:
    found = run(edit(block("A = { }", "A = {1: 1}", TABLE)), "# NOTES\nIt cannot be mended.\n")
    assert found.verdicts == ["1 invalid"]
    assert statuses(found) == ["invalid"]
    assert found.told("repair") == ["experiment 1: no other edit"]


def test_an_edit_that_is_longer_than_a_request_is_not_shown_again(run: Run) -> None:
    found = run(edit(block("x = nothing", "a line\n" * 40_000, TABLE)))
    assert found.verdicts == ["1 invalid"]
    assert found.told("repair") == ["experiment 1: too long to be shown again"]
    assert max(map(len, found.prompts)) < 4 * 30_000


def test_no_repair_is_asked_for_where_none_is_allowed(run: Run) -> None:
    found = run(CRASH, repairs=0)
    assert found.verdicts == ["1 failed"]
    assert found.told("repair") == []


def test_smoke_runs_begin_with_the_second_crash(run: Run) -> None:
    found = run(CRASH + CRASH + CRASH, repairs=0, clusters=12)
    shares = [round(start.share, 3) for start in found.cell.started.values()]
    assert shares[:2] == [1.0, 1.0]
    assert shares[2] == round(5 / 60, 3), "the third crash costs five items"
    assert found.verdicts == ["1 failed", "2 failed", "3 failed"]


# ways


def test_the_best_alternative_is_kept_and_each_is_charged(run: Run) -> None:
    ways = (
        fills("A", scored(better=ALL[:5]))
        + "# ALTERNATIVE\n" + block("A = {}", f"A = {scored(better=ALL)!r}", TABLE)
        + "# ALTERNATIVE\n" + block("A = {}", f"A = {scored(worse=ALL)!r}", TABLE)
    )  # fmt: skip
    found = run(ways)
    assert found.verdicts == ["1 kept"]
    assert len(found.cell.trials) == 3
    assert found.best.number == 2
    assert "of its ways the best was: alternative 1" in found.prompts[-1]
    first, last = (found.cell.trials[number].score for number in (1, 3))
    told = f"the other ways: the first way gave {first:.4f}, alternative 2 gave {last:.4f}\n"
    assert told in found.prompts[-1]


def test_the_best_value_of_a_grid_is_kept_and_each_is_charged(run: Run) -> None:
    found = run(edit("SET: bonus = 0.1 | 0.9 | 0.5"))
    assert found.verdicts == ["1 kept"]
    assert [trial.candidate.overrides for trial in found.cell.trials.values()] == [
        {"bonus": 0.1}, {"bonus": 0.9}, {"bonus": 0.5},
    ]  # fmt: skip
    assert found.best.number == 2
    assert "bonus = 0.9" in found.prompts[-1]
    first, last = (found.cell.trials[number].score for number in (1, 3))
    told = f"the other ways: bonus = 0.1 gave {first:.4f}, bonus = 0.5 gave {last:.4f}\n"
    assert told in found.prompts[-1]


def test_a_way_that_failed_is_told_as_such_beside_the_best_one(run: Run) -> None:
    found = run(edit("SET: bonus = 0.9 | none"), repairs=0)
    assert statuses(found) == ["ok", "invalid"]
    assert "the other ways: bonus = none failed\n" in found.prompts[-1]


def test_ways_that_the_budget_has_no_room_for_are_not_run(run: Run) -> None:
    found = run(edit("SET: bonus = 0.1 | 0.9 | 0.5"), budget=2)
    assert len(found.cell.trials) == 2
    assert found.best.number == 2


# the guard


def test_an_edit_that_raises_what_is_shown_and_lowers_what_is_not_is_not_kept(
    run: Run, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    inner = hidden(tmp_path, evaluator)
    assert len(inner) == 2
    rest = [one for one in CLUSTERS if one not in inner]
    found = run(fills("A", scored(better=items(rest), worse=items(inner)[:2])))
    assert found.verdicts == ["1 rejected"]
    assert found.best.number == 0
    assert "it raises the items that are shown" in found.told("guard")[0]
    assert "the guard said no" in found.prompts[-1]
    for cluster in inner:
        assert all(f"item {cluster}:" not in prompt for prompt in found.prompts)


def test_a_fall_that_chance_could_make_is_no_reason_to_refuse_an_edit(
    run: Run, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    inner = items(hidden(tmp_path, evaluator))
    rest = [one for one in ALL if one not in inner]
    found = run(fills("A", scored(better=[*rest, *inner[2:3]], worse=inner[:2])))
    assert found.verdicts == ["1 kept"]


def test_without_the_guard_the_same_edit_is_kept(
    run: Run, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    inner = hidden(tmp_path, evaluator)
    rest = [one for one in CLUSTERS if one not in inner]
    found = run(fills("A", scored(better=items(rest), worse=items(inner)[:2])), guard=False)
    assert found.verdicts == ["1 kept"]
    assert any(f"item {inner[0]}:" in prompt for prompt in found.prompts)


def test_three_clusters_have_no_inner_split(run: Run) -> None:
    found = run(fills("A", scored(better=items(["c0", "c1"]), worse=["c2:0"])), clusters=3)
    assert found.verdicts == ["1 kept"]


# pruning


FILLED = "".join(
    fills(name, scored(better=ALL[:n])) for name, n in (("A", 2), ("B", 10), ("C", 20))
)
IDLE = "".join(fills("D", scored(worse=ALL[:n])) for n in range(1, 8))


def test_a_kept_edit_that_later_ones_made_worthless_is_removed(run: Run) -> None:
    """B covers what A does: without A the program is no worse."""
    found = run(FILLED, IDLE, edit("SET: bonus = 0.0 | 0.1"), budget=14)
    assert found.verdicts[:3] == ["1 kept", "2 kept", "3 kept"]
    assert found.told("prune") == ["experiment 1 removed"]
    (trials,) = (one.trials for one in found.cell.stages if one.stage == "prune")
    removed = found.cell.trials[trials[0]]
    assert removed.ok
    assert "+A" not in removed.candidate.patch
    assert "+B" in removed.candidate.patch
    assert "removed later" in found.prompts[-1]


def test_an_edit_that_still_counts_stays(run: Run) -> None:
    own = "".join(
        fills(name, scored(better=some))
        for name, some in (("A", ALL[:2]), ("B", ALL[2:10]), ("C", ALL[10:20]))
    )
    found = run(own, IDLE, edit("SET: bonus = 0.1"), budget=14)
    assert found.told("prune") == ["experiment 1 stays"]


def test_nothing_is_pruned_where_that_is_switched_off(run: Run) -> None:
    found = run(FILLED, IDLE, edit("SET: bonus = 0.1"), budget=14, prune=False)
    assert found.told("prune") == []


# a second try


def test_an_edit_that_did_not_fit_is_tried_again_when_another_has_made_it_fit(run: Run) -> None:
    early = edit(block("B = {}\nNEW = 1", f"B = {scored(ALL)!r}", TABLE))
    late = edit(
        block("B = {}", "B = {}\nNEW = 1", TABLE) + block("A = {}", "A = {'c0:0': 1.0}", TABLE)
    )
    found = run(early + late, repairs=0)
    assert found.verdicts == ["1 invalid", "2 kept", "1 kept"]
    assert found.told("revive") == ["experiment 1: what it needs is kept now"]
    assert statuses(found) == ["invalid", "ok", "ok"]
    assert found.best.number == 3


def test_an_edit_that_waited_is_tried_when_the_twin_of_what_it_needs_is_kept(run: Run) -> None:
    """What it needs was taken back, and comes again once another edit has made it worth having."""
    needed = fills("A", scored(worse=ALL[:5], better=ALL[5:9]))
    waits = fills("B", scored(better=ALL[20:]), more="DEPENDS: 1\n")
    mends = fills("D", scored(better=ALL[:5]))
    found = run(needed + waits + mends, needed, guard=False)
    assert found.verdicts == ["1 rejected", "2 skipped", "3 kept", "4 kept", "2 kept"]
    assert found.told("revive") == ["experiment 2: what it needs is kept now"]
    assert found.cell.charged == 4 * len(ALL)
    assert found.best.number == 4


# what the next request is told


def test_after_four_failures_another_cause_is_asked_for(run: Run) -> None:
    worse = "".join(fills("A", scored(worse=ALL[:n])) for n in range(1, 5))
    found = run(worse)
    assert "The last 4 experiments gained nothing. Leave their direction" in found.prompts[-1]


def test_an_edit_that_helps_some_and_harms_more_is_to_be_refined(run: Run) -> None:
    found = run(fills("A", scored(better=ALL[:10], worse=ALL[10:])))
    assert "refine it where you see how to keep the first part" in found.prompts[-1]


def test_where_runs_differ_items_that_moved_are_no_reason_to_refine(run: Run) -> None:
    found = run(fills("A", scored(better=ALL[:10], worse=ALL[10:])), more=NOISY)
    assert found.told("decide") == ["experiment 1: rejected, no gain"]
    assert "refine it" not in found.prompts[-1]


def test_each_experiment_tells_how_the_part_that_is_kept_aside_came_out(run: Run) -> None:
    found = run(fills("A", scored(better=ALL)) + fills("A", scored(worse=ALL)))
    assert "KEPT: score" in found.prompts[-1]
    assert "   - the part that is kept aside: not worse\n" in found.prompts[-1]
    assert "   - 20 items better, 0 worse (of those shown)\n" in found.prompts[-1]


def test_a_reply_of_edits_that_all_wait_costs_a_trial(run: Run) -> None:
    found = run(fills("A", scored(ALL), more="DEPENDS: 77\n"))
    assert found.verdicts == ["1 skipped", "2 invalid"]
    assert statuses(found) == ["invalid"]


def test_parameters_alone_are_set_where_the_scope_says_so(run: Run) -> None:
    found = run(fills("A", scored(ALL)) + edit("SET: bonus = 1.0"), scope="parameters", repairs=0)
    assert found.verdicts == ["1 invalid", "2 kept"]
    assert statuses(found) == ["invalid", "ok"]
