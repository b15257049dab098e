"""Recordings of language models: replayed, continued, and refused where they do not fit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY
from llm_runs import CRASH, SERIES, compare
from scripted import MODEL, Answer, ScriptedServer

from toolkit.llm.provider import LlmError
from toolkit.llm.recorded import RecordedProvider

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def recording(serve: Callable[..., ScriptedServer], cli: Cli, tmp_path: Path) -> Path:
    """An exported journal of a run of five trials, whose server is gone by then."""
    server = serve(Answer(SERIES), Answer(CRASH))
    compare(
        cli, "--budget", "5", "--llm", f"openai:{MODEL}", out="first",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    server.close()
    done = cli(
        "export", "first", "--searcher", "autoresearch", "--recording", "mine.jsonl",
        "--model", "scripted, 2026",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "mine.jsonl"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("budget", "slots", "columns"), [("5", "1", "80"), ("5", "2", "200"), ("9", "2", "40")]
)
def test_a_recording_replays_to_the_same_champion(
    recording: Path, cli: Cli, tmp_path: Path, budget: str, slots: str, columns: str
) -> None:
    first = json.loads((tmp_path / "first" / "summary.json").read_text())["cells"][0]
    summary = compare(
        cli, "--budget", budget, "--slots", slots, "--llm", f"recorded:{recording}",
        out="elsewhere/again", COLUMNS=columns,
    )  # fmt: skip
    cell = summary["cells"][0]
    same = ("search", "test", "champion", "trials", "status", "interval", "completions")
    assert {name: cell[name] for name in same} == {name: first[name] for name in same}
    assert cell["usage"]["tokens"] == first["usage"]["tokens"]
    assert cell["usage"]["usd"] == first["usage"]["usd"]
    assert (cell["recorded"], cell["mismatches"]) == (True, 0)
    assert cell["models"] == ["scripted, 2026"]
    assert ("it ends here" in cell["detail"]) == (budget == "9")


@pytest.mark.slow
def test_a_recording_of_other_code_is_noticed(recording: Path, cli: Cli, toy_folder: Path) -> None:
    pipeline = toy_folder / "toy_pipeline" / "curve.py"
    pipeline.write_text(pipeline.read_text() + "\n# another version\n")
    done = cli(
        "compare", str(toy_folder), "--searchers", "autoresearch", "--budget", "5", "--json",
        "--llm", f"recorded:{recording}",
    )  # fmt: skip
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["mismatches"] == cell["completions"] > 0


@pytest.mark.slow
def test_a_recording_holds_no_prompt(recording: Path) -> None:
    text = recording.read_text()
    assert "the truth of" not in text
    header = json.loads(text.split("\n")[0])
    assert header["model"] == "scripted, 2026"
    assert header["cell"] == {"searcher": "autoresearch", "options": {}, "seed": 0}


@pytest.mark.slow
def test_an_unfinished_recording_is_continued(
    recording: Path, serve: Callable[..., ScriptedServer], cli: Cli
) -> None:
    server = serve(Answer(SERIES))
    cell = compare(
        cli, "--budget", "8", "--llm", f"openai:{MODEL}", "--recording", str(recording),
        out="longer", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )["cells"][0]  # fmt: skip
    assert cell["trials"] == 8
    assert cell["completions"] > 3
    assert len(server.prompts) == cell["completions"] - 3


@pytest.mark.slow
def test_a_recording_answers_its_own_seed_only(recording: Path, cli: Cli) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch,random", "--seeds", "3", "--budget", "5",
        "--llm", f"recorded:{recording}", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "answers seed 0 only" in done.stderr
    cells = [(cell["alias"], cell["seed"]) for cell in json.loads(done.stdout)["cells"]]
    assert cells == [("autoresearch", 0), ("random", 0), ("random", 1), ("random", 2)]


@pytest.mark.slow
def test_a_recording_of_another_cell_says_what_to_do(recording: Path, cli: Cli) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch,random", "--budget", "5", "--json",
        "--llm", f"recorded:{recording}", "-o", "autoresearch.sees=scores",
    )  # fmt: skip
    assert done.returncode == 1
    failed, other = json.loads(done.stdout)["cells"]
    assert "Let a model answer (--llm openai:MODEL or --llm inbox:DIR)" in failed["detail"]
    assert other["trials"] == 5


@pytest.mark.parametrize(
    "content", ["", "no JSON", '{"format": 9}', '{"format": 1}', "[1]", "\x00"]
)
def test_a_file_that_is_no_recording(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(LlmError, match=r"r\.jsonl is not a recording"):
        RecordedProvider(str(path))
