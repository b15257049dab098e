"""The code-editing searcher on a scripted server: what it is charged, told and shown."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY, environment
from llm_runs import CRASH, SERIES, compare, outcomes, quick
from llm_runs import search as search
from scripted import MODEL, Answer, ScriptedServer

from toolkit.ledger.cell import CellState

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_one_reply_feeds_several_trials_each_with_one_cause(
    serve: Callable[..., ScriptedServer], cli: Cli
) -> None:
    server = serve(Answer(SERIES))
    summary = compare(
        cli, "--budget", "4", "--llm", f"openai:{MODEL}",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    cell = summary["cells"][0]
    assert cell["trials"] == 4
    assert cell["completions"] == 2
    assert cell["models"] == [MODEL]
    assert not cell["recorded"]
    assert cell["usage"]["tokens"] == 2 * 1100
    # the longest name that fits is gpt-4o-mini: 0.15 and 0.60 dollars per million
    assert cell["usage"]["usd"] == pytest.approx(2 * (1000 * 0.15 + 100 * 0.60) / 1e6)
    parts = summary["attribution"]["cells"]["autoresearch-0"]["parts"]
    assert [(part["label"], part["sets"]) for part in parts] == [
        ("hyperparameter", {"x": 0.3}),
        ("bug_fix", {}),
    ]
    assert cell["search"] > summary["baseline"]["search"]
    assert "kept" in server.prompts[1]
    assert "taken back" in server.prompts[1]


REPLIES = {
    "prose": ("I would look at the retrieval first.", "section; it begins"),
    "empty": ("", "section; it begins"),
    "refusal": ("I cannot help with that.", "section; it begins"),
    "other language": ("请先检查检索部分。", "section; it begins"),
    "two megabytes": ("x" * 2_000_000, "section; it begins"),
    "truncated": (SERIES[: SERIES.index("=======")].split("# EDIT")[2].join(["# EDIT", ""]), "cut off"),
    "no label": ("# EDIT\nHYPOTHESIS: h\nSET: x = 0.4\n", "LABEL must be one of"),
    "no change": ("# EDIT\nLABEL: data\nHYPOTHESIS: h\n", "changes nothing"),
    "default again": ("# EDIT\nLABEL: data\nSET: x = 0.1\n", "leaves the program as it is"),
    "unknown parameter": ("# EDIT\nLABEL: data\nSET: z = 1\n", "z"),
    "out of range": ("# EDIT\nLABEL: data\nSET: x = 7\n", "x"),
    "unchanged code": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n<<<<<<< SEARCH\nSCALE = 0.8\n=======\n"
        "SCALE = 0.8\n>>>>>>> REPLACE\n",
        "leaves the program as it is",
    ),
    "block that fits nowhere": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n<<<<<<< SEARCH\nSCALE = 9\n=======\n"
        "SCALE = 1\n>>>>>>> REPLACE\n",
        "stands 0 times",
    ),
    "no such file": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/none.py\n<<<<<<< SEARCH\na\n=======\nb\n"
        ">>>>>>> REPLACE\n",
        "there is no file",
    ),
    "path out of the tree": (
        "# EDIT\nLABEL: data\nFILE: ../../evil.py\n```\nx = 1\n```\n", "evil.py",
    ),
    "absolute path": ("# EDIT\nLABEL: data\nFILE: /tmp/evil.py\n```\nx = 1\n```\n", "evil.py"),
    "protected file": ("# EDIT\nLABEL: data\nFILE: task.py\n```\nx = 1\n```\n", "task.py"),
    "entry point deleted": ("# EDIT\nLABEL: data\nDELETE: toy_pipeline/main.py\n", "main.py"),
    "syntax error": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n```python\ndef run(:\n```\n", "SyntaxError"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
def test_every_reply_is_charged_and_says_what_was_wrong(
    name: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    text, told = REPLIES[name]
    server = serve(Answer(text))
    cell = search(quick()[0], budget=2)
    assert len(cell.trials) == 2
    assert len(server.prompts) == 2
    for status, detail in outcomes(cell):
        assert status == ("crashed" if name == "syntax error" else "invalid"), detail
        assert told in detail
    assert told in server.prompts[1]


def test_the_control_may_only_set_parameters(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES))
    cell = search(quick()[0], scope="parameters")
    assert [status for status, _ in outcomes(cell)] == ["ok", "invalid", "ok"]
    assert "only SET is allowed" in outcomes(cell)[1][1]
    assert "You may only set its declared parameters" in server.prompts[0]
    assert "<<<<<<< SEARCH" not in server.prompts[0]


def test_the_control_that_sees_scores_only(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    server = serve(Answer(SERIES))
    search(quick()[0], sees="scores")
    assert "the truth of" not in server.prompts[0]
    assert "objective" in server.prompts[0]


def test_failures_are_of_the_search_split(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES))
    search(quick()[0])
    assert "the truth of a" in server.prompts[0]
    for sealed in "def":
        assert f"the truth of {sealed}" not in server.prompts[0]


def test_prompts_hold_nothing_of_the_machine(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    server = serve(Answer(CRASH))
    cell = search(quick()[0], budget=2)
    assert "<python>" in outcomes(cell)[0][1], "the report keeps the library's frames"
    told = server.prompts[1]
    assert 'File "toy_pipeline/main.py"' in told
    assert "JSONDecodeError" in told
    for word in ("<python>", "site-packages", sys.prefix, str(tmp_path), "/tmp", "json/decoder"):
        assert word not in told


@pytest.mark.slow
def test_kill_in_mid_call_asks_again_only_for_what_is_not_on_record(
    serve: Callable[..., ScriptedServer], tmp_path: Path, cli: Cli
) -> None:
    never = threading.Event()
    server = serve(Answer(SERIES), Answer(SERIES, wait=never), Answer(CRASH))
    command = ["compare", str(TOY), "--searchers", "autoresearch", "--budget", "5", "--out", "run"]
    variables = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
    host = subprocess.Popen(
        [sys.executable, "-m", "toolkit.cli", *command, "--llm", f"openai:{MODEL}"],
        cwd=tmp_path, env=environment(None, **variables),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(server.prompts) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    host.send_signal(signal.SIGKILL)
    host.wait()
    never.set()
    cell = compare(cli, "--budget", "5", "--llm", f"openai:{MODEL}", **variables)["cells"][0]
    first, second, third, *_ = server.prompts
    assert first not in server.prompts[1:]
    assert second == third, "the request that was cut off is the one that is made again"
    assert cell["trials"] == 5
    assert cell["unanswered"] == 1
