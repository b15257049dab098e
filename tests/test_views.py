"""Views: gains by further rules, computed by hand on a study of quotes (viewed_studies.py)."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paged import data_of, page_of
from rich.console import Console
from viewed_studies import Tries, compared, lay, tries

from toolkit.cli.following import Follower
from toolkit.errors import StudyError, UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.exports.rows import tables
from toolkit.exports.rows import trials as exported
from toolkit.ledger.ledger import Ledger
from toolkit.report import tables as report_tables
from toolkit.report.details import details
from toolkit.report.summary import summarise
from toolkit.report.views import disagreements
from toolkit.runs.listing import row as listed
from toolkit.runs.run import load_run
from toolkit.study import study as study_files

SHORT, LONG, ALL = {"n": 2}, {"n": 5}, {"n": 9}
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def summary(tmp_path: Path, evaluator: LocalEvaluator) -> Callable[..., dict[str, Any]]:
    """summary(cell, …, default=…, after=…) -> summary.json of a comparison of the quotes."""

    def make(*cells: Any, default: int = 1, after: str = "light") -> dict[str, Any]:
        study = lay(tmp_path / "quotes", default=default)
        return summarise(compared(study, tmp_path / "run", evaluator, cells, after))

    return make


def gains(row: dict[str, Any], key: str = "gain") -> dict[str, float]:
    return {rule: pytest.approx(one[key]) for rule, one in row["judged_by"].items()}


def test_what_is_searched_for_and_what_it_is_judged_by_make_a_matrix(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("f1", [SHORT, LONG, ALL]), tries("wide", [SHORT, LONG, ALL], "recall"))
    views = found["views"]
    assert views["judged_by"] == ["F1", "recall", "begins"]
    levels = {rule: one["level"] for rule, one in views["baseline"].items()}
    assert levels == pytest.approx({"F1": 1 / 2, "recall": 1 / 3, "begins": 1})
    first, second = views["matrix"]
    assert (first["searcher"], first["searched_for"]) == ("f1", "F1")
    assert gains(first) == {"F1": 4 / 5 - 1 / 2, "recall": 1 / 3, "begins": 0}
    assert (second["searcher"], second["searched_for"]) == ("wide", "recall")
    assert gains(second) == {"F1": 3 / 4 - 1 / 2, "recall": 2 / 3, "begins": 0}
    assert views["floors"]["the"] == pytest.approx({"F1": 2 / 4, "recall": 1 / 3, "begins": 0})


def test_a_searcher_for_a_view_is_shown_the_scores_of_that_view(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("wide", [SHORT, LONG, ALL], "recall"))
    assert Tries.told == ["recall", pytest.approx(1 / 3), pytest.approx(2 / 3), 1, 1]
    (cell,) = found["cells"]
    assert cell["champion"] == 2  # the first that has a recall of 1
    assert cell["search"] == pytest.approx(3 / 4)  # by the study's objective, as everybody's
    assert cell["test"] == pytest.approx(3 / 4)
    assert cell["gap"] == pytest.approx(0)


def test_a_gain_that_another_rule_denies_is_a_finding_and_in_the_verdict(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("f1", [SHORT]), default=5)
    turned, vanished = found["findings"]["view_disagrees"]
    assert turned["gain"] == pytest.approx(4 / 5 - 3 / 4)
    assert (turned["by"], turned["how"]) == ("recall", "changes sign")
    assert turned["gain_by_view"] == pytest.approx(-1 / 3)
    assert (vanished["by"], vanished["how"]) == ("begins", "vanishes")
    assert "By the rule recall its gain is -0.333" in found["verdict"]
    assert "The gain of f1 changes sign by recall." in found["verdict"]
    assert "The gain of f1 vanishes by begins." in found["verdict"]


def test_few_clusters_give_no_smaller_p_by_a_view_than_by_the_score(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes")
    file = study / "study.toml"
    file.write_text(file.read_text().replace(', "t5", "t6", "t7"]', "]"))
    state = compared(study, tmp_path / "run", evaluator, [tries("f1", [SHORT])])
    (cell,) = state.cells.values()
    rows: Any = state.viewed[state.champion(cell).candidate.digest, "test"]["recall"]
    rows["t0:q"] += 0.05  # four clusters gain 1/3, one a little more: t(4) is 34
    found = summarise(state)["views"]
    floor = 2 ** (1 - 5)
    for row in (found["matrix"][0], found["cells"]["f1-0"]):
        said = [(one["p"], one["p_floor"], one["decided"]) for one in row["judged_by"].values()]
        assert said == [(floor, floor, False), (floor, floor, True), (1, floor, False)]
    told = " ".join(report_tables.text(summarise(state), 400).split())
    assert told.count("on test (* decided by the t interval, unadjusted") == 1


def test_a_gain_that_only_another_rule_sees_is_a_finding() -> None:
    nothing = {"gain": 0.01, "interval": [-0.02, 0.04], "p": 0.4, "decided": False}
    something = {"gain": 0.2, "interval": [0.1, 0.3], "p": 0.02, "decided": True}
    row = {"searcher": "tuner", "searched_for": "F1"}
    (found,) = disagreements({**row, "judged_by": {"F1": nothing, "recall": something}})
    assert (found["by"], found["how"], found["gain_by_view"]) == ("recall", "appears", 0.2)
    # three other rules: .02 is .06 after Holm's correction, and one of three would see luck
    several = {"F1": nothing, "recall": something, "begins": nothing, "ends": nothing}
    assert list(disagreements({**row, "judged_by": several})) == []


def test_a_loss_by_another_rule_is_a_change_of_sign_once_it_is_decided_after_correction() -> None:
    gain = {"gain": 0.2, "interval": [0.1, 0.3], "p": 0.001, "decided": True}
    loss = {"gain": -0.1, "interval": [-0.19, -0.01], "p": 0.03, "decided": True}
    row = {"searcher": "tuner", "searched_for": "F1"}
    told = [
        [one["how"] for one in disagreements({**row, "judged_by": {"F1": gain, **others}})]
        for others in ({"recall": loss}, {"recall": loss, "begins": {**loss, "p": 0.04}})
    ]
    assert told == [["changes sign"], ["vanishes", "vanishes"]]


@pytest.mark.slow
def test_a_gain_is_net_of_what_the_same_program_gains_in_wrong_contexts(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("wide", [LONG], "recall"), after="full")
    (row,) = found["views"]["matrix"]
    assert found["views"]["baseline"]["recall"]["wrong_context"] == 0
    assert found["views"]["cells"]["wide-0"]["judged_by"]["recall"]["wrong_context"] == (
        pytest.approx(1 / 3)
    )
    assert gains(row, "net_gain") == {"F1": 1 / 4 - 2 / 8, "recall": 2 / 3 - 1 / 3, "begins": 0}


@pytest.mark.slow
def test_every_part_is_valued_under_every_view_from_outputs_on_record(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("f1", [{"n": 4, "tail": True}]), after="full")
    account = found["attribution"]["cells"]["f1-0"]
    parts = {row["part"]: row for row in account["parts"]}
    # F1 of nothing, n, tail and both: 1/2, 4/7, 4/5, 3/4; recall: 1/3, 2/3, 2/3, 1
    assert parts["n"]["value"]["mean"] == pytest.approx((4 / 7 - 1 / 2 + 3 / 4 - 4 / 5) / 2)
    recalls = {name: row["views"]["recall"]["value"]["mean"] for name, row in parts.items()}
    assert recalls == pytest.approx({"n": 1 / 3, "tail": 1 / 3})
    gained = {view: one["mean"] for view, one in account["views"]["gain"].items()}
    assert gained == pytest.approx({"recall": 2 / 3, "begins": 0})
    labels = account["views"]["labels"]["read"]
    assert labels["hyperparameter"]["recall"]["value"]["mean"] == pytest.approx(2 / 3)


def test_the_view_that_is_quoted_is_the_first_that_the_study_names(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("f1", [SHORT]), after="full")
    assert found["attribution"]["cells"]["f1-0"]["views"]["quoted"] == "recall"
    told = " ".join(report_tables.text(found, 400).split())
    # the gain by F1 is 4/5 - 1/2, by recall 1/3; `begins`, the first by the alphabet, gains nothing
    assert "the gain by the score less the gain by recall is -0.033" in told


def test_views_are_judged_once_and_open_nothing(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    study, cells = lay(tmp_path / "quotes"), [tries("f1", [SHORT])]
    for _ in range(2):
        state = compared(study, tmp_path / "run", evaluator, cells)
        with Ledger(tmp_path / "run", writer=False) as ledger:
            facts = [event.data for event in ledger.events() if event.kind == "viewed"]
        judged = [(one["subject"], one["split"]) for one in facts]
        assert len(judged) == len(set(judged)) == 4  # baseline on both splits, champion, floor
        assert state.findings.get("unaccounted", {}) == {}
        assert len(state.openings) == 3  # baseline, floor, champion


def test_the_table_has_a_row_for_each_rule(summary: Callable[..., dict[str, Any]]) -> None:
    found = summary(tries("f1", [SHORT]), tries("wide", [LONG], "recall"))
    for width in (60, 120):
        text = report_tables.text(found, width)
        rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
        assert "+0.333*" in rows["recall"]
        assert "+0.667*" in rows["recall"]
    assert "wide (for recall)" in text


def test_a_view_that_raises_leaves_the_others(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    study = lay(
        tmp_path / "quotes", views='views={"recall": recall, "odd": lambda gold, output: 1 / 0}'
    )
    state = compared(study, tmp_path / "run", evaluator, [tries("f1", [SHORT])])
    found = summarise(state)
    assert found["views"]["judged_by"] == ["F1", "recall"]
    assert found["findings"]["view_failed"]["odd"]["programs"] == 3  # baseline, champion, floor
    assert (
        "the view odd could not judge 3 programs or floors: the study's view odd raised "
        in report_tables.text(found, 400)
    )
    with Ledger(tmp_path / "run", writer=False) as ledger:
        facts = [event.data for event in ledger.events() if event.kind == "viewed"]
    assert all("ZeroDivisionError" in one["problems"]["odd"] for one in facts)


WAVERING = """
def run(context, inputs, parameters, services):
    more = services["seed"] % 3 if parameters["tail"] else 0
    return [" ".join(context[: parameters["n"]] + ["more"] * more) for _ in inputs]
"""
"""up to two words more, as the seed will have it, where `tail` is set"""


def test_a_gain_by_a_view_has_no_interval_where_runs_waver_and_one_of_them_is_on_record(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes")
    file = study / "study.toml"
    file.write_text(f"{file.read_text()}[replicates]\nsearch = 1\nfinal = 8\n")
    (study / "program" / "main.py").write_text(WAVERING)
    found = summarise(
        compared(study, tmp_path / "run", evaluator, [tries("f1", [{"n": 2, "tail": True}])])
    )
    (cell,) = found["cells"]
    low, high = cell["interval"]
    rules = found["views"]["cells"]["f1-0"]["judged_by"]
    assert low < high  # the noise of eight runs is in it
    assert rules["F1"]["interval"] == pytest.approx([low, high])
    assert rules["recall"]["gain"] == pytest.approx(1 / 3)
    assert rules["recall"]["interval"] == [None, None]
    assert (rules["recall"]["p"], rules["recall"]["decided"]) == (None, None)
    assert "view_disagrees" not in found["findings"]
    assert "By the rule recall its gain is +0.333, which is not decided." in found["verdict"]


def test_nobody_searches_for_a_view_where_each_trial_runs_several_times(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes")
    file = study / "study.toml"
    file.write_text(f"{file.read_text()}[replicates]\nsearch = 2\nfinal = 2\n")
    with pytest.raises(UserError, match=r"-o wide.objective=recall: \[replicates\] search = 2"):
        compared(study, tmp_path / "run", evaluator, [tries("wide", [SHORT], "recall")])


def test_a_study_without_views_says_nothing_of_them(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes", views="best=1.0")
    found = summarise(compared(study, tmp_path / "run", evaluator, [tries("f1", [SHORT])]))
    assert "views" not in found
    with pytest.raises(UserError, match="declares no views"):
        compared(study, tmp_path / "other", evaluator, [tries("f1", [SHORT], "recall")])


def test_an_unknown_view_is_refused_with_the_ones_that_there_are(tmp_path: Path, cli: Cli) -> None:
    lay(tmp_path / "quotes")
    done = cli(
        "compare", "quotes", "--budget", "2", "--searchers", "random", "-o",
        "random.objective=recal",
    )  # fmt: skip
    assert done.returncode == 2
    assert "-o random.objective: unknown view 'recal'" in done.stderr
    assert "begins" in done.stderr


def test_an_option_names_the_view_of_one_searcher(tmp_path: Path, cli: Cli) -> None:
    lay(tmp_path / "quotes")
    done = cli(
        "compare", "quotes", "--budget", "2", "--searchers", "random,wide=random", "--seeds", "1",
        "--after", "light", "-o", "wide.objective=recall", "-o", "random.objective=F1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "wide (for recall)" in done.stdout
    (table,) = tmp_path.glob("runs/*/table.txt")
    assert "wide searched for recall, not for F1." in " ".join(table.read_text().split())
    assert "random searched" not in table.read_text()


@pytest.mark.parametrize(
    ("views", "problem"),
    [
        ('views={"F1": recall}', "rename the view 'F1': it is the name of the objective"),
        ('views={"recall": 0.5}', "views['recall'] must be a function of (gold, output)"),
        ("views={1: recall}", "the name of a view is a text"),
    ],
)
def test_a_view_that_cannot_be_one_is_told_when_the_study_is_checked(
    tmp_path: Path, views: str, problem: str, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes", views=views)
    with pytest.raises(StudyError) as refused:
        study_files.load(study).task()
    assert problem in str(refused.value)


def test_a_cell_that_searched_for_a_view_is_never_the_best_by_that_views_scores(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes", default=1)
    cells = tries("f1", [SHORT]), tries("wide", [ALL], "recall")
    state = compared(study, tmp_path / "run", evaluator, cells, "light")
    run = load_run(tmp_path / "run")
    assert run.champion().cell == "f1-0"  # F1 .8 against .5, though its recall is 1
    assert listed(run)["best"] == pytest.approx(4 / 5)
    (wide,) = (found for found in state.cells.values() if found.alias == "wide")
    (told,) = exported(state, wide, {})
    assert (told["score"], told["searched_for"]) == (1, "recall")
    assert set(run.trials["searched_for"]) == {"", "recall"}
    searched = [one for one in tables(state, {})["items"] if one["split"] == "search"]
    levels = {one["cell"]: one["score"] for one in searched}
    assert levels == pytest.approx({"baseline": 1 / 2, "f1-0": 4 / 5, "wide-0": 1 / 2})


def test_the_page_and_the_live_display_say_by_which_view_a_cells_scores_are(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = lay(tmp_path / "quotes", default=1)
    cells = tries("f1", [SHORT]), tries("wide", [ALL], "recall")
    state = compared(study, tmp_path / "run", evaluator, cells, "light")
    found = details(state)
    assert found["baselines"] == pytest.approx({"f1-0": 1 / 2, "wide-0": 1 / 3})
    root = page_of(state)
    told = [one.text for one in root.by_id("stairs").all("figcaption")]
    assert told == ["f1: 1 trial, 0 failed", "wide: 1 trial, 0 failed, scores by recall"] * 2
    assert "wide for recall" in root.by_id("searchers").text
    assert "search 0.333 → 1.000 by recall" in root.by_id("steps").text
    assert [one[4] for one in data_of(root)["trials"]["rows"]] == ["0.800", "1.000 by recall"]
    with Ledger(tmp_path / "run", writer=False) as ledger:
        follower = Follower(ledger, lambda: 0.0)
        follower.read()
    assert follower.board
    assert "best F1 0.800 (f1-0)" in follower.board.line()
    screen = Console(width=120, file=io.StringIO())
    screen.print(follower.board.table(120, 40))
    assert "recall 1.000" in screen.file.getvalue()  # type: ignore[attr-defined]
