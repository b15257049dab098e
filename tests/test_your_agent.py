"""The page about agents of one's own: its example runs as it stands there, and its brief is short."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from agents import places
from conftest import ROOT

from searchers.agent import Agent
from toolkit.search.options import build

PAGE = (ROOT / "docs" / "your-agent.md").read_text()
SCREEN_LINES = 40


def test_the_page_lists_every_option_with_its_default() -> None:
    table = PAGE.partition("## Options")[2].partition("\n## ")[0]
    named = re.findall(r"`(\w+)(?:=\w+)?`", table.partition("\n\n`--max")[0])
    wanted = set(Agent.__init__.__kwdefaults__) | {"command"}
    assert wanted <= set(named)
    for option, default in Agent.__init__.__kwdefaults__.items():
        if default is not None:
            shown = f"{default:g}" if isinstance(default, float) else str(default)
            assert f"`{option}={shown}`" in table
            build(Agent, "agent", {"command": "x", option: shown})


@pytest.mark.slow
def test_the_example_runs_offline_and_is_reported_like_any_other(
    cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    helper = re.search(r"`helper.sh`:\n\n```sh\n(.*?)^```", PAGE, re.M | re.S)
    assert helper
    (tmp_path / "helper.sh").write_text(helper[1])
    shown = 'toolkit compare digits --budget 20 --searchers agent,optuna -o agent.command="sh $PWD/helper.sh"'
    assert shown in PAGE
    done = cli(
        "compare", "digits", "--budget", "20", "--searchers", "agent,optuna",
        "-o", f"agent.command=sh {tmp_path / 'helper.sh'}",
        "--seeds", "1", "--after", "light", "--out", "run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "a budget of 20 trials" in done.stdout
    cells = {
        cell["alias"]: cell
        for cell in json.loads((tmp_path / "run/summary.json").read_text())["cells"]
    }
    assert cells["agent"]["trials"] == 20
    (place,) = places(tmp_path / "run")
    table = (place / "workspace" / "results.tsv").read_text().split("\n")[1:-1]
    assert len(table) == 20
    assert {row.split("\t")[3] for row in table} == {"ok"}
    assert max(float(row.split("\t")[2]) for row in table) > 0
    brief = (place / "workspace" / "PROGRAM.md").read_text()
    assert len(brief.split("\n")) <= SCREEN_LINES
    assert max(map(len, brief.split("\n"))) <= 105
    for word in ("accuracy", "higher is better", "20 trials", "network/*.py", "./trial", "./done"):
        assert word in brief
