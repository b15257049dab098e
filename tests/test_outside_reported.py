"""Reports of processes outside: unknown costs are unknown, and everybody reads what they could."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from lively import Lively, fresh, lively
from stepwise import steps

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report import files, outside
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study
from toolkit.testing import forget

Compare = Callable[..., State]


def silent(self: Lively, lab: toolkit.Lab, session: int) -> None:
    while lab.budget.left:
        lab.evaluate(fresh())
    lab.spent(session, wall_s=312.25, ending="exit status 0")


def told(self: Lively, lab: toolkit.Lab, session: int) -> None:
    while lab.budget.left:
        lab.evaluate(fresh())
        lab.spent(session, wall_s=40.0, tokens=100 * (len(lab.history) + 1), usd=0.5)
    lab.spent(session, wall_s=41.0, ending="exit status 0")


def open_to_all(self: Lively, lab: toolkit.Lab, session: int) -> None:
    lab.spent(session, wall_s=1.0, ending="exit status 0")
    second = lab.began("could read the data")
    lab.evaluate(fresh())
    lab.spent(second, wall_s=2.0, ending="exit status 1")


def test_costs_that_nobody_told_are_unknown_and_never_nothing(compare: Compare) -> None:
    state = compare({"mine": lively(silent), "random": RandomSearch}, budget=3)
    summary = summarise(state)
    mine, random = summary["cells"]
    assert mine["usage"]["tokens"] is None
    assert mine["usage"]["usd"] is None
    assert random["usage"]["tokens"] == 0
    assert mine["sessions"] == {
        "count": 1, "reach": "data hidden", "wall_s": 312.25, "at_least": False,
        "endings": ["exit status 0"], "untold": ["tokens", "usd"],
    }  # fmt: skip
    page = (ROOT / "docs" / "summary.md").read_text()
    assert all(f"`{key}`" in page for key in ("live", "continued", "sessions", *mine["sessions"]))
    assert "sessions" not in random
    assert "continued" not in random
    assert set(summary["standings"]) == {"trials", "cpu_s"}
    page = " ".join(text(summary, width=160).split())
    assert (
        f"mine (seed 0): data hidden; 312.2 s of its own, {mine['usage']['wall_s']:.1f} s of "
        "evaluation; tokens unknown, dollars unknown; it ended: exit status 0"
    ) in page
    narrow = text(summary, width=128)
    assert "CPU s   search s" in narrow  # what the line above says too goes first
    lines = text(summary, width=160).splitlines()
    (row,) = [line for line in lines if line.startswith(" mine")]
    assert row.split()[-3:] == ["312.2", "unknown", "unknown"]
    (row,) = [line for line in lines if line.startswith(" random")]
    assert row.split()[-2:] == ["0", "$0.00"]
    assert "could read the study's data" not in page


def test_a_session_that_tells_its_costs_is_compared_at_equal_cost(compare: Compare) -> None:
    def tell(self: Lively, lab: toolkit.Lab, session: int) -> None:
        while lab.budget.left:
            spent = len(lab.history) + 1
            lab.spent(session, wall_s=40.0, tokens=100 * spent, usd=0.5 * spent)
            lab.evaluate(fresh())

    searchers = {"mine": lively(tell), "mute": lively(silent), "random": RandomSearch}
    summary = summarise(compare(searchers, budget=3))
    rows = summary["standings"]["tokens"]
    assert rows[-1]["at"] == 300
    assert summary["standings"]["usd"][-1]["at"] == 1.5
    assert {name for row in rows for name in row["scores"]} == {"mine", "random"}
    page = " ".join(text(summary, width=160).split())
    assert (
        "mute (seed 0) is not compared at equal tokens and dollars: what it had used is not known"
    ) in page
    assert "mine (seed 0) is not compared" not in page


def test_the_verdict_says_who_could_read_the_answers(compare: Compare) -> None:
    summary = summarise(compare({"mine": lively(open_to_all), "shut": lively(silent)}, budget=2))
    assert (
        "mine could read the study's data, with the answers, while searching: nothing shows that "
        "its gain owes nothing to them."
    ) in summary["verdict"]
    assert [cell["sessions"]["reach"] for cell in summary["cells"]] == [
        "could read the data", "data hidden",
    ]  # fmt: skip
    assert "3.0 s of its own in 2 sessions" in " ".join(text(summary, width=160).split())


def test_a_cell_that_was_killed_and_went_on_is_marked_and_its_seconds_are_at_least_so_many(
    compare: Compare, tmp_path: Path
) -> None:
    searcher = lively(told)
    compare({"mine": searcher}, budget=4, search_only=True)
    forget(tmp_path / "run", 4)  # the last words of its first session fall away
    state = compare({"mine": searcher}, budget=4)
    files.write(state, tmp_path / "report", plots=False)
    (cell,) = json.loads((tmp_path / "report" / "summary.json").read_text())["cells"]
    assert cell["continued"] is True
    assert cell["sessions"]["count"] == 2
    assert cell["sessions"]["at_least"] is True
    assert cell["sessions"]["endings"] == ["", "exit status 0"]
    page = " ".join((tmp_path / "report" / "table.txt").read_text().split())
    assert "mine (seed 0) was continued: its searcher cannot be replayed" in page
    assert "at least 81.0 s of its own in 2 sessions" in page
    assert "≥81.0" in page


def test_a_limit_in_seconds_says_that_the_agents_own_time_counts(compare: Compare) -> None:
    def brief(self: Lively, lab: toolkit.Lab, session: int) -> None:
        lab.evaluate(fresh())

    limited = text(summarise(compare({"mine": lively(brief)}, budget=2, max_seconds=50)))
    assert "or 50 s of evaluation, or of an agent's own time" in limited


def part(name: str, trial: int, *, form: str = "edit", read: str = "data") -> dict[str, object]:
    return {"part": name, "trial": trial, "form": form, "read": read}


def test_trials_that_changed_several_things_at_once_are_named() -> None:
    parts = [
        part("a", 2), part("b", 2), part("x", 2, form="parameter"), part("c", 5, read="mixed"),
        part("d", 6), part("y", 7, form="parameter"), part("z", 7, form="parameter"),
    ]  # fmt: skip
    assert outside.at_once({"parts": parts}) == [
        "several changes in one trial, taken apart: trial 2 into 3 parts",
        "several changes in one part that cannot be taken apart: trial 5",
    ]
    assert outside.at_once({"parts": [part("d", 6)]}) == []


@pytest.mark.parametrize("live", [True, False])
def test_only_a_live_searcher_is_told_of_for_what_it_commits_at_once(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator, live: bool
) -> None:
    file = toy_folder / "study.toml"
    roles = 'data = ["toy_pipeline/curve.py"]\nformat = ["toy_pipeline/main.py"]\n'
    file.write_text(f"{file.read_text()}\n[roles]\n{roles}")
    two_causes = [
        (
            "toy_pipeline/curve.py", "    miss += 0.0 if",
            '    if parameters["steps"] < 3:\n        miss = miss - 0.05\n    miss += 0.0 if',
        ),
        ("toy_pipeline/main.py", '{value:.6f}"}', '{value + 0.05:.4f}".strip()}'),
    ]  # fmt: skip
    searcher = type("Steps", (steps(("data", two_causes)),), {"live": live})
    plan = Plan([CellSpec("steps", "steps", searcher, {}, 0)], Budget(1))
    with Ledger(tmp_path / "run", writer=True) as ledger:
        bench = Bench(study.load(toy_folder), evaluator)
        page = text(summarise(Comparison(bench, ledger, plan).run()))
    told = "several changes in one trial, taken apart: trial 1 into 2 parts"
    assert page.count(told) == live
    assert "dollars" not in page  # it has no process outside


def test_the_page_says_once_which_command_searched() -> None:
    row = {"alias": "sonnet", "sessions": {}, "options": {"command": "claude -p\n  \x1b[1m go"}}
    scripted = {"alias": "optuna", "options": {"command": "none"}}
    assert outside.ran([row, {**row, "seed": 1}, scripted]) == [
        "sonnet is the command line: claude -p \\x1b[1m go"
    ]
    served = {"alias": "outside", "sessions": {}, "options": {}}
    assert outside.ran([served]) == []
    long = {"alias": "a", "sessions": {}, "options": {"command": "x" * 1000}}
    (line,) = outside.ran([long])
    assert line.endswith("xxx…") and len(line) < 300


def test_the_page_of_a_cell_names_its_command(compare: Compare) -> None:
    summary = summarise(compare({"mine": lively()}, budget=2))
    summary["cells"][0]["options"] = {"command": "sh helper.sh"}
    assert "mine is the command line: sh helper.sh" in text(summary, width=160)
