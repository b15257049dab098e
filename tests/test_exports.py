"""A run in the forms that other tools open: CSV, Optuna, MLflow, Perfetto."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import optuna
import pytest
from made_runs import Made, Program, seeds_of
from noted_edits import FORMULA, noted

import toolkit
from toolkit.exports import sheets, studies, timeline
from toolkit.exports.moments import moments
from toolkit.exports.rows import COLUMNS, tables
from toolkit.ledger.ledger import Event, Ledger
from toolkit.ledger.state import State
from toolkit.records import Candidate
from toolkit.report.summary import summarise
from toolkit.study.objective import Objective

Compare = Callable[..., State]
Cli = Callable[..., subprocess.CompletedProcess[str]]
LOSS = Objective("RMSE", "K", "minimize")
MADE = Made(
    Program(9.0, {"a": 9.0, "b": 8.0}),
    {"tuner": [[Program(7.0, {"a": 7.0, "b": 6.0}), Program(8.0)]], "idle": [[Program(9.5)]]},
    LOSS, clusters={"a": "one", "b": "two"},
)  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'studies.db'}"


class Odd:
    """Fails, tries a share, and sets what is out of range."""

    def run(self, lab: toolkit.Lab) -> None:
        lab.evaluate(Candidate({"x": 0.5, "shape": "peaked"}))
        lab.evaluate(Candidate({"x": 99.0}))
        lab.evaluate(Candidate({"x": 0.6}), share=0.5)


@pytest.mark.slow
def test_tables_hold_the_numbers_of_the_summary(compare: Compare, tmp_path: Path) -> None:
    state = compare({"notes": noted(shape="peaked"), "odd": Odd}, budget=8)
    sheets.write(state, tmp_path / "csv", moments(tmp_path / "run"))
    found = {name: read(tmp_path / "csv" / f"{name}.csv") for name in COLUMNS}
    summary = summarise(state)
    cells = {f"{cell['alias']}-{cell['seed']}": cell for cell in summary["cells"]}
    for name, cell in cells.items():
        rows = [row for row in found["trials"] if row["cell"] == name]
        assert len(rows) == cell["evaluations"]
        (best,) = [row for row in rows if int(row["trial"]) == cell["champion"]]
        assert (float(best["score"]), best["kept"]) == (cell["search"], "true")
    (account,) = [summary["attribution"]["cells"]["notes-0"]]
    own = [row for row in found["parts"] if row["cell"] == "notes-0"]
    assert [float(row["value_low"]) for row in own] == [p["value"]["low"] for p in account["parts"]]
    on_test = [r for r in found["items"] if r["split"] == "test" and r["cell"] == "notes-0"]
    mean = sum(float(row["score"]) for row in on_test) / len(on_test)
    assert mean == pytest.approx(cells["notes-0"]["test"])
    leaders = {row["leader"] for row in found["standings"] if row["axis"] == "trials"}
    assert leaders == {row["leader"] for row in summary["standings"]["trials"]}
    assert all(row["began"] <= row["ended"] for row in found["trials"])


def test_no_text_of_others_is_a_formula_or_an_order(compare: Compare, tmp_path: Path) -> None:
    state = compare({"notes": noted(x=0.7)}, budget=8)
    sheets.write(state, tmp_path, moments(tmp_path / "run"))
    notes = [row["note"] for row in read(tmp_path / "trials.csv")]
    assert notes[1] == f"'{FORMULA}"
    assert notes[0].startswith(r"'--output=/etc/passwd \x1b[2J\x00 first")
    assert notes[3].endswith("… (300,000 characters in all)")
    assert notes[-2:] == ["'-1+1", "'@SUM(A1)"]
    for name in COLUMNS:
        text = (tmp_path / f"{name}.csv").read_text()
        assert not {"\x00", "\x1b", "\u202e"} & set(text)
    assert sheets.safe(" \t\uff1dcmd") == "' \t\uff1dcmd"
    assert sheets.safe("a = b") == "a = b"
    assert sheets.sheet(["low"], [{"low": -0.5}]) == "low\n-0.5\n"  # a number is no text


def test_a_loss_is_in_its_own_direction_everywhere(tmp_path: Path, storage: str) -> None:
    state = MADE.write(tmp_path / "run")
    times = moments(tmp_path / "run")
    found = tables(state, times)
    assert [row["score"] for row in found["trials"]] == [7.0, 8.0, 9.5]
    assert {row["level"] for row in found["standings"] if row["searcher"] == "tuner"} >= {6.5}
    names = studies.write(state, storage, "run", times)
    assert names == ["run: tuner-0", "run: idle-0"]
    study = optuna.load_study(study_name=names[0], storage=storage)
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert (study.best_value, study.best_trial.number) == (7.0, 1)
    assert [trial.value for trial in study.trials] == [9.0, 7.0, 8.0]  # the baseline is number 0
    assert study.user_attrs["champion where scores decide"] == 6.5


@pytest.mark.slow
def test_a_study_has_states_parameters_and_attributes(
    compare: Compare, tmp_path: Path, storage: str
) -> None:
    state = compare({"odd": Odd, "notes": noted()}, budget=8)
    times = moments(tmp_path / "run")
    studies.write(state, storage, "run", times)
    odd = optuna.load_study(study_name="run: odd-0", storage=storage).trials
    assert [trial.state.name for trial in odd] == ["COMPLETE", "COMPLETE", "FAIL", "PRUNED"]
    assert odd[1].params == {**state.study["defaults"], "x": 0.5, "shape": "peaked"}
    assert "x" not in odd[2].params  # no study of Optuna holds a value out of its range
    assert odd[2].user_attrs["overrides"] == {"x": 99.0}
    assert odd[2].user_attrs["status"] == "invalid"
    assert odd[3].intermediate_values.keys() == {0}
    key = next(cell.key for cell in state.cells.values() if cell.alias == "odd")
    began, ended = times[key, 1]
    assert odd[1].datetime_start.timestamp() == pytest.approx(began)
    assert odd[1].datetime_complete.timestamp() == pytest.approx(ended)
    notes = optuna.load_study(study_name="run: notes-0", storage=storage).trials
    assert notes[1].user_attrs["note"].startswith(r"--output=/etc/passwd \x1b[2J\x00")
    assert len(notes[4].user_attrs["note"]) < 17_000
    assert notes[2].user_attrs["parent"] == 1


def test_a_study_that_is_there_and_a_storage_that_is_none_are_refused(
    tmp_path: Path, storage: str
) -> None:
    state = MADE.write(tmp_path / "run")
    studies.write(state, storage, "run", {})
    with pytest.raises(toolkit.UserError, match="optuna delete-study --study-name 'run: tuner-0'"):
        studies.write(state, storage, "run", {})
    studies.write(state, storage, "other", {})
    for url, told in (
        ("x.db", "type `--optuna sqlite:///x.db`"),
        ("nothing://x", "cannot be opened"),
        (f"sqlite:///{tmp_path}/no/x.db", "unable to open database file"),
    ):
        with pytest.raises(toolkit.UserError, match=told):
            studies.write(state, url, "run", {})


def test_an_unfinished_trial_is_running_only_while_its_cell_is(
    tmp_path: Path, storage: str
) -> None:
    MADE.write(tmp_path / "run")
    with Ledger(tmp_path / "run", writer=True) as ledger:
        start = {"number": 3, "candidate": ledger.put(Candidate({"x": 1.0}).to_json()),
                 "share": 1.0, "items": 1, "smoke": False}  # fmt: skip
        ledger.append("started", start, cell="tuner-0")
    from toolkit.ledger.state import load

    with Ledger(tmp_path / "run", writer=False) as ledger:
        state = load(ledger)
    times = moments(tmp_path / "run")
    cell = state.cells["tuner-0"]
    assert list(studies.trials(state, cell, times))[-1].state.name == "FAIL"
    cell.ended = None
    assert list(studies.trials(state, cell, times))[-1].state.name == "RUNNING"
    assert tables(state, times)["trials"][2]["status"] is None


def spans(trace: list[dict[str, Any]]) -> Iterator[tuple[int, int, float, float]]:
    for one in trace:
        if one["ph"] == "X":
            yield one["pid"], one["tid"], one["ts"], one["ts"] + one["dur"]


def test_a_timeline_is_made_of_whole_spans_that_nest(compare: Compare, tmp_path: Path) -> None:
    state = compare({"notes": noted(), "odd": Odd}, budget=8, slots=2)
    timeline.write(state, tmp_path / "run", tmp_path / "trace.json")
    text = (tmp_path / "trace.json").read_text()
    assert not {"\x00", "\x1b", "\u202e"} & set(text)
    trace = json.loads(text)["traceEvents"]
    names = {one["args"]["name"] for one in trace if one["name"] == "process_name"}
    assert names == {"host: toy", "cell notes-0", "cell odd-0"}
    tracks = {one["args"]["name"] for one in trace if one["name"] == "thread_name"}
    assert {"storage: appends to the ledger", "checks"} <= tracks
    assert any(name.startswith("evaluations") for name in tracks)
    by_track: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for pid, tid, begin, end in spans(trace):
        assert 0 <= begin <= end
        by_track.setdefault((pid, tid), []).append((begin, end))
    for some in by_track.values():
        for (b1, e1), (b2, e2) in pairwise(some):
            assert b2 >= e1 or (b1 <= b2 and e2 <= e1)  # behind it, or the program inside it
    evaluated = [one for one in trace if one["ph"] == "X" and one["name"].startswith("trial ")]
    assert len(evaluated) == sum(len(cell.trials) for cell in state.cells.values())


def test_a_timeline_shows_model_calls_and_what_has_no_end() -> None:
    state = MADE.state()
    asked = {"key": "k", "stage": "propose"}
    reply = {
        **asked, "model": "m\x1b", "tokens_in": 1, "tokens_out": 2, "usd": None, "wall_s": 2.0,
    }  # fmt: skip
    events = [
        Event(1, "tuner-0", "requested", asked, 100.0),
        Event(2, "tuner-0", "completion", reply, 102.5),
        Event(3, "tuner-0", "started", {"number": 1, "share": 1.0}, 103.0),
        Event(4, "", "command", {}, 104.0),
    ]
    found = list(timeline.trace(state, events))
    (call,) = [one for one in found if one["name"] == r"propose: m\x1b"]
    assert (call["ts"], call["dur"]) == (0, 2_500_000)
    (open_,) = [one for one in found if one["name"] == "1 (no end on record)"]
    assert (open_["ts"], open_["dur"]) == (3_000_000, 1_000_000)
    assert [one["name"] for one in found if one.get("cat") == "storage"] == [
        "requested", "completion", "started", "command",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_command_writes_all_forms_from_a_copied_ledger(cli: Cli, tmp_path: Path) -> None:
    MADE.write(tmp_path / "run")
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "run" / "ledger.sqlite", tmp_path / "copy")
    shutil.rmtree(tmp_path / "run")
    forms = ("--csv", "tables", "--perfetto", "new/trace.json", "--optuna", "sqlite:///s.db")
    done = cli("export", "copy", *forms)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "tables/trials.csv", "tables/items.csv", "tables/parts.csv", "tables/standings.csv",
        "tables/looks.csv", "new/trace.json", "study copy: tuner-0", "study copy: idle-0",
    ]  # fmt: skip
    assert "Warning" not in done.stderr
    assert read(tmp_path / "tables" / "looks.csv") == []
    for wrong, told in (
        (["--csv", "tables", "--searcher", "tuner"], "as a command of its own"),
        (["--csv", "s.db"], "is a file"),
        (["--perfetto", "s.db/trace.json"], "or give another place with --perfetto"),
        (["--optuna", "s.db"], "sqlite:///s.db"),
    ):
        refused = cli("export", "copy", *wrong)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr
    champion = cli("export", "copy", "--searcher", "tuner")
    assert champion.stdout.splitlines()[0] == "champion-tuner-0.json"


def test_a_run_of_replicates_and_one_without_trials_are_tables(tmp_path: Path) -> None:
    found = Made(
        Program(9.0, seeds_of(9.0, 9.1)), {"one": [[]]}, LOSS, claim="replicates"
    ).write(tmp_path / "run")  # fmt: skip
    rows = tables(found, moments(tmp_path / "run"))
    assert rows["trials"] == []
    assert [r["item"] for r in rows["items"] if r["cell"] == "baseline" and r["split"] == "test"] == [
        "replicate 1", "replicate 2",
    ]  # fmt: skip


def mlflow() -> str | None:
    """MLflow's command, in the environment of the tests or where TOOLKIT_MLFLOW names it."""
    beside = Path(sys.executable).with_name("mlflow")
    named = os.environ.get("TOOLKIT_MLFLOW")
    return named or (str(beside) if beside.exists() else None)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A tracking server with a database in a folder, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(mlflow()), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        while process.poll() is None and not answers(f"{address}/health"):
            time.sleep(0.2)
        assert process.poll() is None, (folder / "server.log").read_text()
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        process.wait()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_run_is_in_a_real_mlflow_server(compare: Compare, cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    if mlflow() is None:
        pytest.skip("no MLflow beside this Python; TOOLKIT_MLFLOW can name its command")
    from mlflow.tracking import MlflowClient

    state = compare({"notes": noted(x=0.7), "odd": Odd}, budget=8)
    with server(tmp_path) as address:
        done = cli("export", "run", "--mlflow", address)
        assert (done.returncode, done.stdout) == (0, "experiment run\n"), done.stderr
        client = MlflowClient(tracking_uri=address)
        experiment = client.get_experiment_by_name("run")
        runs = client.search_runs([experiment.experiment_id], max_results=1000)
        by_name = {one.info.run_name: one for one in runs}
        cells = {cell.name: cell for cell in state.cells.values()}
        assert len(runs) == 2 + sum(len(cell.started) for cell in cells.values())
        champion = state.champion(cells["notes-0"])
        assert by_name["notes-0"].data.metrics["search"] == pytest.approx(champion.score)
        children = [
            one for one in runs
            if one.data.tags.get("mlflow.parentRunId") == by_name["odd-0"].info.run_id
        ]  # fmt: skip
        states = {one.info.run_name: one.info.status for one in children}
        assert states == {"trial 1": "FINISHED", "trial 2": "FAILED", "trial 3": "FINISHED"}
        again = cli("export", "run", "--mlflow", address)
        assert again.returncode == 2
        assert "holds an experiment 'run' already" in again.stderr


@pytest.mark.slow
def test_mlflow_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    MADE.write(tmp_path / "run")
    done = cli("export", "run", "--mlflow", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "pip install 'autoresearch-toolkit[mlflow]'" in done.stderr or (
        "`mlflow server --port 5000` starts one" in " ".join(done.stderr.split())
    )
