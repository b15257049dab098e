"""A whole comparison on the toy study, real processes and a real ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.report import files, tables
from toolkit.report.summary import summarise
from toolkit.study import study as study_files

Compare = Callable[..., State]


class Rubbish:
    def run(self, lab: toolkit.Lab) -> None:
        lab.evaluate({"x": 1})  # type: ignore[arg-type]


class Nothing:
    def run(self, lab: toolkit.Lab) -> None:
        pass


class Raises:
    def run(self, lab: toolkit.Lab) -> None:
        lab.evaluate(toolkit.Candidate({"x": 0.7}))
        raise RuntimeError("out of ideas")


class Stubborn:
    """Swallows BudgetSpent and asks on for ever."""

    def run(self, lab: toolkit.Lab) -> None:
        while True:
            try:
                lab.evaluate(toolkit.Candidate({"x": lab.rng.random()}))
            except toolkit.BudgetSpent:
                continue


class Failing:
    """Every kind of failed trial, then a good one."""

    def run(self, lab: toolkit.Lab) -> None:
        edit = lab.sources["toy_pipeline/main.py"]
        texts = [
            "def run(*a):\n    raise ValueError('boom')\n",
            "def run(*a):\n    while True: pass\n",
            "def run(*a):\n    return [bytearray(1 << 30)]\n",
            "def run(c, q, p, s):\n    return [{'answer': 1}]\n",
        ]
        for text in texts:
            lab.evaluate(lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": text}))
        lab.evaluate(toolkit.Candidate({"x": 7}))
        lab.evaluate(toolkit.Candidate({"x": float("nan")}))
        lab.evaluate(toolkit.Candidate(patch="nonsense"))
        fixed = edit.replace("SCALE = 0.8", "SCALE = 1.0")
        lab.evaluate(lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": fixed}))
        lab.smoke(toolkit.Candidate())
        lab.evaluate(toolkit.Candidate(), share=0.5)


def only(state: State) -> object:
    (cell,) = state.cells.values()
    return cell


@pytest.mark.slow
def test_every_searcher_spends_exactly_its_budget(compare: Compare) -> None:
    state = compare({"random": RandomSearch, "optuna": OptunaSearch}, budget=12, seeds=2, slots=2)
    assert len(state.cells) == 4
    for cell in state.cells.values():
        assert sorted(cell.trials) == list(range(1, 13))
        assert cell.charged == 12 * state.study["full"]
        assert cell.ended["status"] == "finished"
    summary = summarise(state)
    for row in summary["cells"]:
        assert row["search"] >= summary["baseline"]["search"]
        assert row["interval"][0] <= row["gain"] <= row["interval"][1]


def test_statuses_are_told_apart_and_all_are_charged(search: Compare) -> None:
    cell = only(search({"failing": Failing}, budget=20))
    found = [cell.trials[n].status for n in sorted(cell.trials)]
    assert found == ["crashed", "timeout", "oom", "crashed", "invalid", "invalid", "invalid",
                     "ok", "ok", "ok"]  # fmt: skip
    assert "ValueError: boom" in cell.trials[1].detail
    assert all(t.score is None for t in cell.trials.values() if not t.ok)
    assert cell.trials[8].score > cell.trials[10].score
    # 8 full trials, 5/12 smoke (4 of the first conversation), half of each conversation
    assert cell.charged == 8 * 12 + 4 + 6
    assert cell.trials[8].candidate.patch.startswith("diff --git a/toy_pipeline/main.py")


def test_a_searcher_with_nothing_to_do_ran_no_trial(compare: Compare) -> None:
    """It is not said of it that it did not finish, which would be another cause."""

    class Refuses:
        def run(self, lab: toolkit.Lab) -> None:
            raise toolkit.UserError("this study has no parameters")

    alone = summarise(compare({"nothing": Nothing}, budget=2))["verdict"]
    assert alone == (
        "nothing is not compared: its only seed ran no trial (searcher 'nothing' proposed "
        "nothing). No verdict: no searcher ran a trial."
    )
    beside = compare({"nothing": Refuses, "raises": Raises, "random": RandomSearch}, budget=2)
    verdict = summarise(beside)["verdict"]
    assert "(searcher 'nothing': this study has no parameters)" in verdict
    assert "raises is not compared: its only seed did not finish" in verdict


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (Rubbish, "proposed a dict"),
        (Nothing, "proposed nothing"),
        (Raises, "out of ideas"),
        (Stubborn, "asked for more after its budget was spent"),
    ],
)
def test_a_broken_searcher_ends_its_cell_and_the_others_finish(
    search: Compare, factory: type, reason: str
) -> None:
    state = search({"broken": factory, "random": RandomSearch}, budget=5)
    cells = {cell.alias: cell for cell in state.cells.values()}
    assert cells["broken"].ended["status"] == "failed"
    assert reason in cells["broken"].ended["detail"]
    assert cells["random"].ended["status"] == "finished"
    assert len(cells["random"].trials) == 5


def test_the_same_again_runs_nothing_and_more_budget_extends(
    compare: Compare, tmp_path: Path
) -> None:
    first = compare({"optuna": OptunaSearch}, budget=8)
    path = tmp_path / "run" / "ledger.sqlite"
    size = path.stat().st_size
    again = compare({"optuna": OptunaSearch}, budget=8)
    assert path.stat().st_size == size
    assert only(again).trials == only(first).trials
    more = compare({"optuna": OptunaSearch}, budget=14)
    assert len(only(more).trials) == 14
    whole = compare({"optuna": OptunaSearch}, budget=14, folder=tmp_path / "other")
    extended = [only(more).trials[n].candidate.digest for n in range(1, 15)]
    assert extended == [only(whole).trials[n].candidate.digest for n in range(1, 15)]


def test_a_champion_is_never_below_the_baseline(compare: Compare) -> None:
    class Worse:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.0}))

    state = compare({"worse": Worse}, budget=3)
    summary = summarise(state)
    assert summary["cells"][0]["champion"] == 0
    assert summary["cells"][0]["gain"] == 0


def test_dead_parameter_is_reported(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=1)
    assert state.findings["dead_parameters"] == ["unused"]


def test_a_parameter_whose_two_ends_agree_with_each_other_but_not_with_its_default_is_live(
    toy_folder: Path, evaluator: LocalEvaluator
) -> None:
    study = toy_folder / "study.toml"
    text = study.read_text()
    row = "x = { float = [0, 1], default = 0.1 }"
    assert row in text
    study.write_text(text.replace(row, "x = { float = [0.4, 1], default = 0.7 }"))  # 0.7 is best
    bench = Bench(study_files.load(toy_folder), evaluator)
    low, high = (bench.run(toolkit.Candidate({"x": x})).outputs for x in (0.4, 1.0))
    assert low == high
    assert bench.dead_parameters() == ["unused"]


def test_a_search_alone_scores_nothing_but_the_baseline_and_its_trials(search: Compare) -> None:
    state = search({"random": RandomSearch}, budget=3)
    assert set(state.assessments) == {("baseline", "search"), ("baseline", "test")}
    assert not (state.findings or state.accounts or state.checks)
    assert len(only(state).trials) == 3


@pytest.mark.slow
def test_every_opening_of_the_test_split_is_logged(compare: Compare) -> None:
    state = compare({"random": RandomSearch}, budget=4)
    subjects = [one["subject"] for one in state.openings if one["purpose"] != "attribution"]
    assert subjects[:4] == [
        "baseline", "floor:no number", "floor:half", "floor:wrong context",
    ]  # fmt: skip
    on_test = {subject for subject, split in state.assessments if split == "test"}
    assert sorted(subjects) == sorted(on_test)


def test_report_files_from_the_ledger_alone(compare: Compare, tmp_path: Path) -> None:
    compare({"random": RandomSearch}, budget=6)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        state = load(ledger)
    summary = files.write(state, tmp_path / "report")
    written = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert written == json.loads(json.dumps(summary))
    champion = json.loads((tmp_path / "report" / "champion-random-0.json").read_text())
    assert set(champion) == {"overrides", "patch"}
    for width in (60, 80, 200):
        shown = tables.text(summary, width)
        assert "baseline" in shown
        assert "random" in shown


def test_max_seconds_ends_a_cell(search: Compare) -> None:
    state = search({"random": RandomSearch}, budget=10_000, max_seconds=0.2)
    cell = only(state)
    assert 0 < len(cell.trials) < 1000
    assert cell.ended["status"] == "finished"


def test_a_changed_study_is_never_mixed_in(search: Compare, bench: object, tmp_path: Path) -> None:
    search({"random": RandomSearch}, budget=2)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        ledger.append("study", {**load(ledger).study, "digest": "0" * 64})
    with pytest.raises(toolkit.UserError, match="another study"):
        search({"random": RandomSearch}, budget=2)


def test_a_smaller_budget_than_was_spent_is_refused(search: Compare) -> None:
    search({"random": RandomSearch}, budget=6)
    with pytest.raises(toolkit.UserError, match=r"at least --budget 6"):
        search({"random": RandomSearch}, budget=3)


def test_a_report_shows_the_last_commands_cells(compare: Compare) -> None:
    compare({"random": RandomSearch}, budget=3)
    summary = summarise(compare({"optuna": OptunaSearch}, budget=5))
    assert [row["alias"] for row in summary["cells"]] == ["optuna"]
    assert len(summary["left_out"]) == 1
    assert summary["budget"] == 5


def test_more_seconds_extend_a_cell_that_ran_out_of_them(search: Compare) -> None:
    first = search({"random": RandomSearch}, budget=500, max_seconds=0.1)
    more = search({"random": RandomSearch}, budget=500, max_seconds=0.3)
    assert len(only(more).trials) > len(only(first).trials)
    kept = {n: t.score for n, t in only(first).trials.items()}
    assert kept.items() <= {n: t.score for n, t in only(more).trials.items()}.items()


def test_a_searcher_with_a_failed_seed_is_not_compared(compare: Compare) -> None:
    class Half:
        def run(self, lab: toolkit.Lab) -> None:
            if lab.seed:
                raise RuntimeError("no key")
            lab.evaluate(toolkit.Candidate({"x": 0.7}))

    summary = summarise(compare({"half": Half, "random": RandomSearch}, budget=3, seeds=2))
    assert "half is not compared: 1 of its 2 seeds did not finish" in summary["verdict"]
    assert "random leads at a budget of 3 trials (2 seeds)" in summary["verdict"]
    assert "which is not decided" in summary["verdict"]  # two seeds decide nothing


def test_a_program_worse_than_the_baseline_does_not_lead(compare: Compare) -> None:
    class Overfits:
        """Good on the search conversations, bad on the others."""

        def run(self, lab: toolkit.Lab) -> None:
            text = lab.sources["toy_pipeline/main.py"].replace(
                "    value = SCALE",
                "    SCALE = 1 if context['offset'] < 0.03 else 0\n    value = SCALE",
            )
            lab.evaluate(lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": text}))

    verdict = summarise(compare({"overfits": Overfits}, budget=1))["verdict"]
    assert "Nobody beat the baseline; overfits comes nearest" in verdict


def test_a_patch_that_is_no_utf8_costs_one_invalid_trial(search: Compare) -> None:
    class Half:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate(patch="diff --git a/x b/x\n\ud800"))
            lab.evaluate(toolkit.Candidate({"x": 0.7}))

    cell = only(search({"half": Half}, budget=2))
    assert [cell.trials[n].status for n in (1, 2)] == ["invalid", "ok"]
