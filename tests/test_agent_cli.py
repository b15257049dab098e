"""A real agent from the package registry runs a whole cell, against a model whose replies are written here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from agents import places
from conftest import TOY
from scripted import Answer, ScriptedServer

VERSION = "mini-swe-agent==2.4.*"
STEPS = [
    "cat PROGRAM.md && ls",
    "sed -i 's/SCALE = 0.8/SCALE = 1.0/' toy_pipeline/main.py\n"
    './trial -m "the scale is too low" --label bug_fix',
    "./look 1 --limit 3",
    "echo nonsense > toy_pipeline/main.py && ./trial -m nonsense",
    "git checkout -q -f trial-1 && ./trial -m 'the peak is at six steps' --label hyperparameter "
    "--set steps=6 --set shape=peaked",
    "./budget",
    "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT",
]


def step(number: int, prompt: str) -> Answer:
    """The reply to the number-th request: one command."""
    command = STEPS[min(number, len(STEPS) - 1)]
    call = {
        "id": f"call_{number}", "type": "function",
        "function": {"name": "bash", "arguments": json.dumps({"command": command})},
    }  # fmt: skip
    plain = json.loads(
        Answer("I go on.", finish="tool_calls", message={"tool_calls": [call]}).payload()
    )
    return Answer(body=json.dumps({**plain, "model": "gpt-4"}).encode())


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program `mini`, installed into an environment of its own."""
    folder = tmp_path_factory.mktemp("mini")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    done = subprocess.run(
        [str(folder / "bin/python"), "-m", "pip", "install", "-q", VERSION],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"{VERSION} cannot be installed here: {done.stderr.strip()[-300:]}")
    return folder / "bin/mini"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mini_swe_agent_runs_a_whole_cell(
    mini: Path, cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    server = ScriptedServer(step)
    command = f"""{mini} -y --exit-immediately -c mini.yaml -c environment.timeout=600 -l 0
        -m openai/gpt-4 -o "$TMPDIR/steps.json" -t "$(cat PROGRAM.md)" """.replace("\n", " ")
    try:
        done = cli(
            "compare", str(TOY), "--budget", "3", "--searchers", "mini=agent,random",
            "-o", f"mini.command={command}", "-o", "mini.home=workspace", "--out", "run",
            OPENAI_API_BASE=server.url, OPENAI_API_KEY="none", MSWEA_CONFIGURED="true",
            LITELLM_LOCAL_MODEL_COST_MAP="True",
        )  # fmt: skip
    finally:
        server.close()
    assert done.returncode == 0, done.stderr
    assert "at a budget of 3 trials" in done.stdout
    cells = {
        cell["alias"]: cell
        for cell in json.loads((tmp_path / "run/summary.json").read_text())["cells"]
    }
    mini_cell = cells["mini"]
    assert mini_cell["trials"] == 3
    assert (mini_cell["status"]["ok"], mini_cell["status"]["crashed"]) == (2, 1)
    assert mini_cell["usage"]["usd"] == pytest.approx(7 * 0.036, abs=0.02)
    assert mini_cell["usage"]["tokens"] is None
    assert mini_cell["sessions"]["endings"] == ["exit status 0"]
    assert mini_cell["sessions"]["reach"] == "data hidden"
    (place,) = places(tmp_path / "run")
    table = [line.split("\t") for line in (place / "workspace/results.tsv").read_text().split("\n")]
    assert [row[3:5] for row in table[1:4]] == [
        ["ok", "bug_fix"],
        ["crashed", ""],
        ["ok", "hyperparameter"],
    ]
    heard = "\n".join(map(str, server.prompts))
    assert "trial 1: score 0.3675 (pristine 0.292" in heard
    assert "below full score" in heard  # of its look
    assert "0 of 3 trials left: the budget is spent" in heard
