"""A run from Python: DataFrames, champions and outputs, from the ledger alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import Made, Program, seeds_of
from pictures import Fails
from stepwise import steps

import toolkit
from searchers.random_search import RandomSearch
from toolkit.ledger.ledger import FILENAME, Ledger
from toolkit.ledger.state import State, fold
from toolkit.report.summary import summarise
from toolkit.runs import frames
from toolkit.study.objective import Objective

Compare = Callable[..., State]
MAIN = "toy_pipeline/main.py"
LOUDER = (MAIN, "SCALE = 0.8", "SCALE = 0.9")
FRAMES = ("trials", "items", "parts", "looks", "cells", "standings", "pairs")
CLUSTERS = {"t1": "c1", "t2": "c2", "t3": "c3"}


def made(direction: str = "minimize") -> Made:
    """A run by hand of a searcher with two seeds, on RMSE by default."""
    base = Program(812.4, {"t1": 820.0, "t2": 830.0, "t3": 840.0})
    better = Program(780.0, {"t1": 800.0, "t2": 810.0, "t3": 835.0})
    worse = Program(900.0, {"t1": 900.0, "t2": 900.0, "t3": 900.0})
    goal = Objective("RMSE", "K", direction)  # type: ignore[arg-type]
    return Made(base, {"climb": [[worse, better], [better]]}, goal, clusters=CLUSTERS)


def test_importing_the_toolkit_imports_no_pandas_and_loading_a_run_none_either(
    tmp_path: Path,
) -> None:
    made().write(tmp_path / "run")
    code = (
        "import sys, toolkit; run = toolkit.load_run(sys.argv[1]); run.verdict; "
        "print([m for m in ('pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_run_is_found_by_folder_by_file_of_any_name_and_by_its_name_below_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made().write(tmp_path / "runs" / "made-1")
    copy = tmp_path / "mailed.db"
    shutil.copy(tmp_path / "runs" / "made-1" / FILENAME, copy)
    monkeypatch.chdir(tmp_path)
    verdicts = {
        toolkit.load_run(path).verdict
        for path in ("made-1", "runs/made-1", f"runs/made-1/{FILENAME}", copy)
    }
    assert len(verdicts) == 1
    with pytest.raises(toolkit.UserError, match="did you mean 'made-1'"):
        toolkit.load_run("made1")


def test_the_ledger_is_only_read(tmp_path: Path) -> None:
    made().write(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    run = toolkit.load_run(tmp_path / "run")
    assert all(getattr(run, name) is not None for name in FRAMES)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_a_run_is_read_while_it_is_being_written(tmp_path: Path) -> None:
    made().write(tmp_path / "run")
    with Ledger(tmp_path / "run", writer=True):
        assert len(toolkit.load_run(tmp_path / "run").trials) == 3


def test_trials_are_in_the_objectives_own_direction(tmp_path: Path) -> None:
    made().write(tmp_path / "run")
    table = toolkit.load_run(tmp_path / "run").trials
    assert list(table["cell"]) == ["climb-0", "climb-0", "climb-1"]
    assert list(table["score"]) == [900.0, 780.0, 780.0]
    assert list(table["best"]) == [812.4, 780.0, 780.0]
    assert list(table["kept"]) == [False, True, True]
    assert list(table["in_champion"]) == [False, True, True]
    assert list(table["charged"]) == [1.0, 2.0, 1.0]
    assert list(table["spent_s"]) == [1.0, 2.0, 1.0]
    assert table["test"].iloc[1] == pytest.approx(815.0)
    assert table["params_x"].iloc[1] == table["overrides"].iloc[1]["x"]


def test_a_gain_of_an_item_is_positive_where_it_is_better(tmp_path: Path) -> None:
    made().write(tmp_path / "run")
    table = toolkit.load_run(tmp_path / "run").items
    rows = table[(table["program"] == "climb-0") & (table["split"] == "test")]
    assert list(rows["score"]) == [800.0, 810.0, 835.0]
    assert list(rows["baseline"]) == [820.0, 830.0, 840.0]
    assert list(rows["gain"]) == pytest.approx([20.0, 20.0, 5.0])
    assert set(table["program"]) == {"baseline", "climb-0", "climb-1"}


@pytest.mark.slow
def test_figures_are_those_of_the_summary(compare: Compare, tmp_path: Path) -> None:
    chain = steps(("bug_fix", [LOUDER]), ("hyperparameter", [("shape", "peaked")]))
    state = compare({"random": RandomSearch, "chain": chain}, budget=4, seeds=2)
    run, summary = toolkit.load_run(tmp_path / "run"), summarise(state)
    assert run.summary == json.loads(json.dumps(summary))
    for row, cell in zip(run.cells.to_dict("records"), summary["cells"], strict=True):
        assert row["cell"] == f"{cell['alias']}-{cell['seed']}"
        assert (row["gain"], row["test"]) == (cell["gain"], cell["test"])
        assert [row["low"], row["high"]] == cell["interval"]
        assert row["cpu_s"] == cell["usage"]["cpu_s"]
    accounts = summary["attribution"]["cells"]
    assert list(run.parts["value"]) == [
        part["value"]["mean"] for account in accounts.values() for part in account["parts"]
    ]
    scores = [score for rows in summary["standings"].values() for one in rows
              for score in one["scores"].values()]  # fmt: skip
    assert list(run.standings["score"]) == scores
    assert list(run.pairs["gap"]) == [pair["gap"] for pair in summary["pairs"]]
    items = run.items[(run.items["split"] == "test") & run.items["counts"]]
    means = items.groupby("program")["score"].mean()
    for cell in summary["cells"]:
        assert means[f"{cell['alias']}-{cell['seed']}"] == pytest.approx(cell["test"])


def test_a_champion_has_its_patch_and_what_it_returned(compare: Compare, tmp_path: Path) -> None:
    compare({"chain": steps(("bug_fix", [LOUDER])), "random": RandomSearch}, budget=2)
    run = toolkit.load_run(tmp_path / "run")
    found = run.champion("chain-0")
    assert "+SCALE = 0.9" in found.patch
    assert run.champions["chain-0"] == found
    assert run.champion().search == max(one.search for one in run.champions.values())
    returned = run.outputs("chain-0")
    items = run.items[(run.items["program"] == "chain-0") & (run.items["split"] == "test")]
    assert set(returned) == set(items["item"])
    assert set(run.outputs("chain-0", "search")).isdisjoint(returned)
    with pytest.raises(toolkit.UserError, match="did you mean 'chain-0'"):
        run.champion("chain-1")


class Looks:
    def run(self, lab: toolkit.Lab) -> None:
        trial = lab.evaluate(lab.baseline.candidate.with_override("x", 0.7))
        lab.failures(trial, limit=5)


def test_looks_count_the_answers_that_were_shown(compare: Compare, tmp_path: Path) -> None:
    compare({"looks": Looks}, budget=1, search_only=True)
    row = toolkit.load_run(tmp_path / "run").looks.iloc[0]
    assert (row["cell"], row["trial"], row["times"]) == ("looks-0", 1, 1)
    assert row["answers"] == 5


def test_an_interrupted_run_is_read_wherever_it_stopped(compare: Compare, tmp_path: Path) -> None:
    compare({"fails": Fails, "random": RandomSearch}, budget=2)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        events = list(ledger.events())
        for stop in range(len(events) + 1):
            state = fold(events[:stop], ledger)
            run = toolkit.Run(tmp_path / "run" / FILENAME, state)
            begun = sum(event.kind == "started" for event in events[:stop])
            cells = {cell.name for cell in frames.cells_of(state)}
            assert len(run.trials) == begun
            assert set(run.items["program"]) <= {"baseline", *cells}
            assert len(run.parts) == sum(len(one["parts"]) for one in state.accounts.values())
            assert run.headline and repr(run).startswith("<Run 'run'")
    assert "unfinished" not in toolkit.load_run(tmp_path / "run").cells["ended"].to_list()


def test_a_run_without_a_comparison_says_what_to_type(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True):
        pass
    run = toolkit.load_run(tmp_path / "run")
    assert run.headline == "no comparison yet"
    assert [len(getattr(run, name)) for name in ("trials", "items", "parts", "looks")] == [0] * 4
    assert "score" in run.trials.columns
    with pytest.raises(toolkit.UserError, match="toolkit compare"):
        _ = run.verdict


@pytest.mark.parametrize(
    ("claim", "final"), [("replicates", seeds_of(3.0, 3.1)), ("exact", {}), ("reported", {})]
)
def test_every_claim_gives_the_same_tables(
    claim: str, final: dict[str, float], tmp_path: Path
) -> None:
    better = {row: level + 1 for row, level in final.items()}
    one = Made(Program(3.0, final), {"climb": [[Program(4.0, better)]]}, claim=claim)  # type: ignore[arg-type]
    one.write(tmp_path / "run")
    run = toolkit.load_run(tmp_path / "run")
    assert [list(getattr(run, name).columns) for name in ("items", "parts", "looks")] == [
        list(frames.ITEMS), list(frames.PARTS), list(frames.LOOKS)
    ]  # fmt: skip
    gains = run.items[run.items["program"] == "climb-0"]["gain"]
    assert list(gains) == pytest.approx([1.0] * len(gains))
    assert run.cells["gain"].iloc[0] == pytest.approx(1.0)


def test_a_ledger_of_an_earlier_format_is_read(tmp_path: Path) -> None:
    folder = shutil.copytree(Path(__file__).parent / "ledgers" / "format1", tmp_path / "old")
    run = toolkit.load_run(folder)
    assert len(run.trials) == sum(len(cell.started) for cell in run.state.cells.values())
    assert len(run.parts) > 0 and run.parts["value"].notna().all()


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        (
            {"t1": 0.9, "t2": 0.91, "t3": 0.92},
            "climb leads: +0.510 [+0.485, +0.535] on test (1 seed)",
        ),
        ({"t1": 0.9, "t2": 0.41, "t3": 0.2}, "not decided"),
        ({"t1": 0.1, "t2": 0.1, "t3": 0.1}, "nobody beat the baseline; climb comes nearest: -0.3"),
    ],
)
def test_the_headline_says_who_leads_and_whether_it_is_decided(
    levels: dict[str, float], told: str, tmp_path: Path
) -> None:
    base = Program(0.4, {"t1": 0.4, "t2": 0.4, "t3": 0.4})
    run = Made(base, {"climb": [[Program(0.5, levels)]]}, clusters=CLUSTERS)
    run.write(tmp_path / "run")
    assert told in toolkit.load_run(tmp_path / "run").headline
