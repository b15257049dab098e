"""The real OpenEvolve with the judge by HTTP as its evaluator, by the file that the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from scripted import MODEL, Answer, ScriptedServer
from served import MAIN, served

from toolkit.bench.bench import Bench

EVALUATOR = re.compile(r"^```python\n# (evaluator\.py)\n(.*?)^```", re.M | re.S)
CONFIG = """
log_level: WARNING
checkpoint_interval: 100
llm:
  api_base: {url}
  api_key: none
  retries: 0
  models: [{{name: {model}, weight: 1.0}}]
evaluator: {{cascade_evaluation: false, parallel_evaluations: 1, timeout: 60}}
"""
TRIALS = 10


@pytest.fixture(scope="module")
def openevolve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an OpenEvolve in an environment of its own."""
    folder = tmp_path_factory.mktemp("openevolve") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(folder / "bin" / "pip"), "install", "-q", "openevolve==0.4.1"]
    done = subprocess.run(install, capture_output=True, text=True, timeout=400, check=False)
    if done.returncode:
        pytest.skip(f"openevolve cannot be installed from the registry: {done.stderr[-300:]}")
    return folder / "bin" / "openevolve-run"


def improved(number: int, prompt: str) -> Answer:
    """A change of one line of the program that stands in the prompt, a better one each time."""
    scale = re.findall(r"^SCALE = .*$", prompt, re.M)[-1]
    better = f"SCALE = {0.8 + (number + 1) / 100}"
    return Answer(
        f"It loses a fifth.\n\n<<<<<<< SEARCH\n{scale}\n=======\n{better}\n>>>>>>> REPLACE\n"
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_openevolve_searches_by_the_evaluator_that_the_page_shows(
    openevolve: Path, bench: Bench, tmp_path: Path
) -> None:
    ((name, code),) = EVALUATOR.findall((ROOT / "docs" / "your-agent.md").read_text())
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    (tmp_path / name).write_text(code.replace("network/training.py", MAIN))
    model = ScriptedServer(improved)
    (tmp_path / "config.yaml").write_text(CONFIG.format(url=model.url, model=MODEL))
    with served(bench, tmp_path / "run", budget=TRIALS) as client:
        (tmp_path / "program.py").write_text(client.lab.sources[MAIN])
        done = subprocess.run(
            [openevolve, "program.py", name, "-c", "config.yaml", "-i", str(TRIALS - 1), "-o", "out"],
            env={**os.environ, "TOOLKIT_URL": client.server.url, "TOOLKIT_TOKEN": client.token},
            cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    model.close()
    assert done.returncode == 0, done.stderr
    trials = client.cell.trials
    assert sorted(trials) == list(range(1, TRIALS + 1))
    assert trials[1].status == "invalid"
    assert "nothing differs from the pristine program" in trials[1].detail
    assert {trials[number].status for number in range(2, TRIALS + 1)} == {"ok"}
    best = max(trials.values(), key=lambda trial: trial.rank)
    assert best.score == pytest.approx(0.302 * (0.8 + (TRIALS - 1) / 100) / 0.8 - 0.01)
    kept = (tmp_path / "out" / "best" / "best_program.py").read_text()
    assert f"SCALE = {0.8 + (TRIALS - 1) / 100}" in kept
    assert client.cell.ended["status"] == "finished"
