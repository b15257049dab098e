"""Champions on another study that runs the same code: scored once, as they are.

The program's score on a cluster is SCALE x height less the cluster's offset (a: 0, b: .01, ... f:
.05), so that every level can be computed by hand. The first study searches on a, b and c; the other
one's test split is a and b.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
from planted_toys import MAIN
from stepwise import steps

from toolkit.bench.bench import Bench
from toolkit.cli import lookup
from toolkit.compare import Comparison
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.plugins import installed
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.study.study import Study

LOW = 1 - 0.36 - 0.0625 - 0.1 - 0.1
FIX = ("bug_fix", [(MAIN, "SCALE = 0.8", "SCALE = 1.0")])
LOUDER = ("", [(MAIN, "SCALE = 0.8", "SCALE = 0.9")])
TUNED = ("", [("x", 0.7)])
OTHER = """extends = "study.toml"
name = "elsewhere"
title = "The toy elsewhere"
transfer = []
[splits]
search = ["d", "e", "f"]
test = ["a", "b"]
"""


def pair(folder: Path, other: str = OTHER) -> Study:
    """A toy study whose champions are transferred to another one beside it."""
    (folder / "elsewhere.toml").write_text(other)
    file = folder / "study.toml"
    file.write_text('transfer = ["elsewhere.toml"]\n' + file.read_text())
    return lookup.study(str(folder), installed())


Cells = dict[str, Callable[..., object]]


def run(
    study: Study, evaluator: LocalEvaluator, folder: Path, cells: Cells, after: Any = "light",
    notes: list[str] | None = None, seeds: int = 1,
) -> State:  # fmt: skip
    observer = Observer()
    if notes is not None:
        observer.note = notes.append  # type: ignore[method-assign]
    specs = [
        CellSpec(name, name, made, {}, seed)
        for name, made in cells.items()
        for seed in range(seeds)
    ]
    plan = Plan(specs, Budget(3), after=after)
    with Ledger(folder, writer=True) as ledger:
        return Comparison(Bench(study, evaluator), ledger, plan, observer).run()


def events(folder: Path, kind: str) -> list[Any]:
    with Ledger(folder, writer=False) as ledger:
        return [event.data for event in ledger.events() if event.kind == kind]


def test_a_champion_is_scored_elsewhere_beside_the_baseline(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = pair(toy_folder)
    cells = {"fixed": steps(FIX), "tuned": steps(TUNED), "idle": steps(("", [("x", 0.0)]))}
    state = run(study, evaluator, tmp_path / "run", cells)
    found = summarise(state)["transfer"]["elsewhere"]
    assert found["baseline"] == pytest.approx(0.8 * LOW - 0.005)  # the mean offset of a and b
    rows = found["cells"]
    assert rows["fixed-0"]["level"] == pytest.approx(LOW - 0.005)
    assert rows["fixed-0"]["gain"] == pytest.approx(0.2 * LOW)
    assert rows["tuned-0"]["gain"] == pytest.approx(0.8 * 0.36)
    assert rows["idle-0"]["gain"] == 0  # the baseline is its champion
    assert (found["clusters"], found["items"]) == (2, 6)
    assert found["title"] == "The toy elsewhere"
    assert found["searchers"]["fixed"]["gain"] == pytest.approx(0.2 * LOW)


def test_each_opening_of_the_other_test_split_is_on_record_and_is_none_of_its_own(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = tmp_path / "run"
    state = run(pair(toy_folder), evaluator, folder, {"fixed": steps(FIX)})
    opened = [one for one in events(folder, "opened") if one.get("study")]
    champion = state.champion(next(iter(state.cells.values()))).candidate.digest
    assert [(one["subject"], one["study"], one["purpose"]) for one in opened] == [
        ("baseline", "elsewhere", "transfer"), (champion, "elsewhere", "transfer"),
    ]  # fmt: skip
    summary = summarise(state)
    assert summary["transfer"]["elsewhere"]["openings"] == 2
    assert summary["test_openings"] == len(events(folder, "opened")) - 2
    assert "transfer" not in summary["integrity"]["openings"]
    assert not state.findings.get("unaccounted")


def test_the_same_command_scores_nothing_twice(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study, folder = pair(toy_folder), tmp_path / "run"
    first = summarise(run(study, evaluator, folder, {"fixed": steps(FIX)}))
    count = len(events(folder, "transferred"))
    again = summarise(run(study, evaluator, folder, {"fixed": steps(FIX)}))
    assert len(events(folder, "transferred")) == count == 2
    assert again["transfer"] == first["transfer"]


def test_a_study_that_has_changed_since_is_scored_anew(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = tmp_path / "run"
    run(pair(toy_folder), evaluator, folder, {"fixed": steps(FIX)})
    (toy_folder / "elsewhere.toml").write_text(OTHER.replace('["a", "b"]', '["c"]'))
    state = run(
        lookup.study(str(toy_folder), installed()), evaluator, folder, {"fixed": steps(FIX)}
    )
    found = summarise(state)["transfer"]["elsewhere"]
    assert found["baseline"] == pytest.approx(0.8 * LOW - 0.02)
    assert (found["clusters"], found["cells"]["fixed-0"]["gain"]) == (1, pytest.approx(0.2 * LOW))
    assert found["cells"]["fixed-0"]["interval"] == [None, None]
    assert not found["cells"]["fixed-0"]["decided"]


def test_the_interval_is_over_the_clusters_of_the_other_study(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Without offsets a cluster gains 0, .01, .02 or .03 more: .015 +- t(3) .0129 / 2."""
    unlike = ("", [(MAIN, ' - context["offset"]', ' + context["offset"]')])
    other = OTHER.replace('["d", "e", "f"]', '["e", "f"]').replace(
        '["a", "b"]', '["a", "b", "c", "d"]'
    )
    state = run(pair(toy_folder, other), evaluator, tmp_path / "run", {"unlike": steps(unlike)})
    row = summarise(state)["transfer"]["elsewhere"]["cells"]["unlike-0"]
    assert row["gain"] == pytest.approx(0.03)
    assert row["interval"] == pytest.approx(
        [0.03 - 3.1824 * 0.0129099, 0.03 + 3.1824 * 0.0129099], abs=1e-5
    )
    assert not row["decided"]


def test_a_gain_elsewhere_is_decided_by_the_rule_of_the_verdict_on_few_clusters(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Four clusters that gain .2 LOW and 0, .01, .02 or .03 more: t(3) is 14, and signs say 1/8."""
    more = ("bug_fix", [*FIX[1], (MAIN, ' - context["offset"]', ' + context["offset"]')])
    other = OTHER.replace('["d", "e", "f"]', '["e", "f"]').replace(
        '["a", "b"]', '["a", "b", "c", "d"]'
    )
    cells = {"fixed": steps(more), "same": steps(more)}
    summary = summarise(run(pair(toy_folder, other), evaluator, tmp_path / "run", cells))
    found = summary["transfer"]["elsewhere"]
    for row in (found["cells"]["fixed-0"], found["searchers"]["fixed"]):
        assert (row["p"], row["p_floor"], row["decided"]) == (0.125, 0.125, True)
    assert summary["verdict"].count(" as it is, decided by the t interval.") == 1
    assert summary["verdict"].count(" as it is.") == 1  # of the other one
    assert "on its test, 4 conversations, of whose" in text(summary, 400)
    assert text(summary, 400).count("by the t interval): baseline") == 1


def test_items_of_another_study_that_the_search_has_seen_are_told(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    state = run(pair(toy_folder), evaluator, tmp_path / "run", {"fixed": steps(LOUDER)})
    summary = summarise(state)
    assert summary["transfer"]["elsewhere"]["searched"] == 6  # a and b are searched on
    seen = "On elsewhere, of whose 6 questions the search has seen 6, fixed's champion gains"
    assert seen in summary["verdict"]
    assert (
        "2 conversations, of whose 6 questions the search has seen 6, by the t interval): baseline"
        in " ".join(text(summary, 400).split())
    )


def test_it_stands_in_table_and_verdict(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    unseen = OTHER.replace('["a", "b"]', '["e", "f"]').replace('["d", "e", "f"]', '["a", "b", "c"]')
    state = run(
        pair(toy_folder, unseen), evaluator, tmp_path / "run", {"fixed": steps(LOUDER)}, seeds=2
    )
    summary = summarise(state)
    told = " ".join(text(summary, 400).split())
    assert (
        "transfer to elsewhere (champions as they are, scored once on its test, 2 conversations, by "
        f"the t interval): baseline {0.8 * LOW - 0.045:.3f}; fixed-0 {0.9 * LOW - 0.045:.3f}, +{0.1 * LOW:.3f} ["
    ) in told
    assert (
        f"On elsewhere, where nobody searched, fixed's 2 champions gain +{0.1 * LOW:.3f}"
        in (summary["verdict"])
    )
    assert json.loads(json.dumps(summary))["transfer"] == summary["transfer"]


def test_a_study_without_its_data_is_one_plain_sentence(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path / "data"))
    source = (
        '[data]\nfolder = "far"\n[[data.files]]\nname = "far.json"\nurl = "https://x.org/far"\n'
    )
    other = f'{OTHER}{source}sha256 = "{"0" * 64}"\n'
    notes: list[str] = []
    state = run(
        pair(toy_folder, other), evaluator, tmp_path / "run", {"fixed": steps(FIX)}, notes=notes
    )
    summary = summarise(state)
    assert "transfer" not in summary
    (why,) = summary["findings"]["not_transferred"].values()
    assert why.startswith("its data is not here: ")
    assert "far.json is missing" in why
    assert f"transfer to elsewhere: not scored, {why}" in notes
    assert f"transfer to elsewhere: not scored, {why}" in " ".join(text(summary, 900).split("\n"))
    assert not state.opened_elsewhere


def test_what_is_wrong_with_another_study_costs_nothing_of_what_follows_the_search(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    state = run(
        pair(toy_folder, OTHER.replace('["a", "b"]', '["a", "lost"]')), evaluator,
        tmp_path / "run", {"fixed": steps(FIX)},
    )  # fmt: skip
    summary = summarise(state)
    why = summary["findings"]["not_transferred"]["elsewhere"]
    assert why.startswith("it does not load: ")
    assert "names lost, which the data does not hold" in why
    assert "\n" not in why
    assert summary["integrity"]  # the steps behind it were done
    assert not state.opened_elsewhere


def test_a_baseline_that_has_no_score_elsewhere_is_said_to_have_none(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    task = (toy_folder / "task.py").read_text()
    (toy_folder / "strict.py").write_text(
        task.replace("distance = abs(", "distance = 1 / 0 * abs(")
    )
    other = f'{OTHER}[task]\nclass = "strict.py:Toy"\n'
    state = run(pair(toy_folder, other), evaluator, tmp_path / "run", {"fixed": steps(FIX)})
    told = " ".join(text(summarise(state), 400).split())
    assert "transfer to elsewhere: not scored, the unchanged program has no score there" in told


def test_noise_between_runs_is_in_the_interval_on_the_other_study(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    wavering = (
        "", [
            (MAIN, "SCALE = 0.8", "SCALE = 1.0"),
            (MAIN, ' - context["offset"]', ' - context["offset"] - services["seed"] % 8 / 200'),
        ],
    )  # fmt: skip
    other = f"{OTHER}[replicates]\nfinal = 4\n"
    state = run(pair(toy_folder, other), evaluator, tmp_path / "run", {"wavering": steps(wavering)})
    found = state.transferred["elsewhere"].assessments
    runs = [one.replicates for (subject, _), one in found.items() if subject != "baseline"]
    assert len(set(runs[0])) > 1
    row = summarise(state)["transfer"]["elsewhere"]["cells"]["wavering-0"]
    # all answers move together: the clusters agree, and only the noise is in the interval
    reach = 3.1824 * stdev(runs[0]) / 2
    assert row["interval"][1] - row["gain"] >= reach - 1e-6
    assert row["gain"] - row["interval"][0] >= reach - 1e-6


def test_none_of_it_follows_a_search_after_which_nothing_was_asked_for(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    state = run(pair(toy_folder), evaluator, tmp_path / "run", {"fixed": steps(FIX)}, "none")
    assert not state.transferred


def test_its_evaluations_are_said_before_they_are_spent(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    state = run(pair(toy_folder), evaluator, tmp_path / "run", {"fixed": steps(FIX)})
    parts = {one["name"]: one["evaluations"] for one in state.findings["after"]["parts"]}
    assert parts["the transfer"] == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('name = "toy"', "'elsewhere.toml' is this study itself"),
        ("[parameters]\nx = { default = 0.2 }", "declares other [parameters]: x differs"),
        ('[code]\nentry = "toy_pipeline.curve:height"', "[code] entry differ"),
        ('[code]\nstart = "stormy.patch"', "starts from another tree ([code] start): "),
        ('[splits]\nsearch = ["a"]\ntest = "none"', "holds no data out ([splits] test)"),
    ],
)
def test_a_study_that_does_not_run_the_same_code_is_refused(
    more: str, told: str, toy_folder: Path
) -> None:
    name = "" if more.startswith("name") else 'name = "elsewhere"\n'
    other = f'extends = "study.toml"\ntransfer = []\n{name}{more}\n'
    with pytest.raises(StudyError) as refused:
        pair(toy_folder, other)
    assert told in str(refused.value)


def test_an_unknown_study_is_refused_with_the_names_that_are_near(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text('transfer = ["locmo"]\n' + file.read_text())
    with pytest.raises(StudyError, match=r"transfer: unknown study 'locmo'; did you mean 'locomo'"):
        lookup.study(str(toy_folder), installed())


def test_daybook_is_transferred_to_locomo() -> None:
    registry = installed()
    for name, other in (("daybook", "locomo"), ("daybook-clean", "locomo-clean")):
        assert [one.name for one in lookup.study(name, registry).others] == [other]
