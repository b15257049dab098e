"""`toolkit serve`: one cell of a run, for whatever can call a URL."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY, environment
from processes import wait_for
from served import Client

from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load

Cli = Callable[..., subprocess.CompletedProcess[str]]


class Serving:
    """`toolkit serve` on the toy study, in a process of its own. told: what it has said so far."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self.told = folder, ""
        command = ["serve", str(TOY), "--out", str(folder), *more]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "toolkit.cli", *command],
            env={**environment(), "TOOLKIT_SERVE_PLOTS": "0"}, cwd=folder.parent, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._heard = threading.Event()
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.told += line
            if "GET /program" in line:
                self._heard.set()

    def client(self) -> Client:
        assert self._heard.wait(60), self.told
        ((url, token),) = re.findall(
            r"at (http://127\.0\.0\.1:\d+), budget .*\n  (\S+)\n", self.told
        )
        return Client(url, token)

    def end(self) -> tuple[int, str]:
        """Exit code, and what it has printed."""
        assert self.process.stdout
        with self.process.stdout as printed:
            return self.process.wait(60), printed.read()


@contextlib.contextmanager
def serving(folder: Path, *more: str) -> Iterator[Serving]:
    running = Serving(folder, *more)
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()


def state_of(folder: Path) -> State:
    with Ledger(folder, writer=False) as ledger:
        return load(ledger)


def only(folder: Path) -> CellState:
    (cell,) = state_of(folder).cells.values()
    return cell


@pytest.mark.slow
def test_a_whole_cell_is_reported_and_stands_beside_a_searcher(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "run"
    with serving(folder, "--budget", "3", "--json") as running:
        client = running.client()
        (shown,) = re.findall(r"^  (curl .*)$", running.told, re.M)
        assert json.loads(shlex.split(shown)[-1]) == {"overrides": {"x": 0.0}}
        for x in (0.3, 0.5, 0.7):
            reply = client.trial(overrides={"x": x}, hypothesis=f"x is {x}")
        assert reply["left"] == 0
        assert client.post("/trial")[0] == 429
        code, printed = running.end()
    (cell,) = json.loads(printed)["cells"]
    assert (code, cell["alias"], cell["searcher"], cell["trials"]) == (0, "outside", "serve", 3)
    assert cell["search"] == pytest.approx(0.58)
    assert cell["test"] is not None
    assert cell["usage"]["tokens"] is None
    assert client.token in running.told
    again = cli("report", "run", "--json")
    assert json.loads(again.stdout)["cells"] == json.loads(printed)["cells"]
    beside = cli(
        "compare",
        str(TOY),
        "--out",
        "run",
        "--budget",
        "3",
        "--searchers",
        "optuna",
        "--seeds",
        "1",
        "--json",
    )
    assert [one["alias"] for one in json.loads(beside.stdout)["cells"]] == ["outside", "optuna"]
    alone = cli(
        "compare",
        str(TOY),
        "--out",
        "run",
        "--budget",
        "4",
        "--searchers",
        "optuna",
        "--seeds",
        "1",
        "--json",
    )
    summary = json.loads(alone.stdout)
    assert [one["alias"] for one in summary["cells"]] == ["optuna"]
    assert summary["left_out"] == [only_key(folder, "outside")]


def only_key(folder: Path, alias: str) -> str:
    (key,) = (key for key, cell in state_of(folder).cells.items() if cell.alias == alias)
    return key


@pytest.mark.slow
def test_it_joins_the_cells_that_had_the_same_budget(tmp_path: Path, cli: Cli) -> None:
    cli(
        "compare",
        str(TOY),
        "--out",
        "run",
        "--budget",
        "2",
        "--searchers",
        "random",
        "--seeds",
        "1",
    )
    with serving(tmp_path / "run", "--budget", "2", "--json", "--alias", "me") as running:
        client = running.client()
        client.trial(overrides={"x": 0.3})
        client.trial(overrides={"x": 0.4})
        _, printed = running.end()
    assert [one["alias"] for one in json.loads(printed)["cells"]] == ["random", "me"]


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_with_the_same_command(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    more = ("--budget", "6", "--token-file", "token", "--after", "none")
    slow = (TOY / "toy_pipeline/main.py").read_text().replace(
        "    value =", "    import time; time.sleep(0.3)\n    value ="
    )  # fmt: skip
    seen: dict[int, Any] = {}
    for killed in range(3):
        with serving(folder, *more) as running:
            client = running.client()
            seen |= {n: t.score for n, t in only(folder).trials.items()}
            reply = client.trial(overrides={"x": killed / 10})
            assert reply["trial"] == 2 * killed + 1
            wait_for(lambda: len(only(folder).trials) > 2 * killed)  # noqa: B023 - at once
            body = {"files": {"toy_pipeline/main.py": slow}, "overrides": {"x": killed / 10}}
            asking = threading.Thread(target=ask_in_vain, args=(client, body))
            asking.start()
            wait_for(lambda: len(only(folder).started) > 2 * killed + 1)  # noqa: B023
            running.process.kill()
            asking.join()
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert client.token == (tmp_path / "token").read_text().strip()
    with serving(folder, *more) as running:
        code, _ = running.end()  # all of it is charged: nothing is left to ask for
    cell = only(folder)
    assert code == 0
    assert sorted(cell.trials) == [1, 2, 3, 4, 5, 6]
    assert {trial.status for trial in cell.trials.values()} == {"ok"}
    assert cell.charged == 6 * 12
    assert {n: cell.trials[n].score for n in seen} == seen
    assert cell.continued
    assert [one.continued for one in cell.sessions.values()] == [False, True, True]


def ask_in_vain(client: Client, body: Any) -> None:
    with pytest.raises(OSError):
        client.post("/trial", body)


@pytest.mark.slow
def test_ctrl_c_ends_it_and_the_same_command_goes_on_to_done(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with serving(folder, "--budget", "5", "--after", "none") as running:
        running.client().trial(overrides={"x": 0.3})
        running.process.send_signal(signal.SIGINT)
        code, _ = running.end()
        assert code == 130
        assert "the same command resumes" in running.told
        assert "Traceback" not in running.told
    assert only(folder).ended is None
    with serving(folder, "--budget", "5", "--after", "none") as running:
        client = running.client()
        assert client.get("/budget")[1]["spent"] == 1
        assert "budget 5 trials (4 left), for" in running.told
        client.trial(overrides={"x": 0.4})
        assert client.post("/done")[0] == 200
        assert client.get("/budget")[0] == 410
        code, _ = running.end()
    cell = only(folder)
    assert (code, sorted(cell.trials), cell.ended["status"]) == (0, [1, 2], "finished")
    assert [one.ending for one in cell.sessions.values()][1] == "the search is done"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", "0.5"), "--budget must be at least 1 trial"),
        (("--token", "short"), "a token has 16 ASCII characters or more"),
        (("--token", "x" * 20, "--token-file", "f"), "--token and --token-file say the same thing"),
        (("--alias", "a b"), "--alias takes letters, digits, - and _, got 'a b'"),
        (("--token-file", "no/such/folder/token"), "cannot be written: No such file"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_spent(
    tmp_path: Path, cli: Cli, options: tuple[str, ...], said: str
) -> None:
    done = cli("serve", str(TOY), "--out", "run", *options)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "run").exists()


def test_a_port_that_is_taken_is_refused_before_anything_is_spent(tmp_path: Path, cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = cli("serve", str(TOY), "--out", "run", "--port", port)
    assert (done.returncode, f"port {port} cannot be had" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "run").exists()
