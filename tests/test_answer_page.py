"""The study on the page about programs that ask a language model, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import ROOT
from llm_runs import Cli

PAGE = (ROOT / "docs" / "answer-model.md").read_text()


def lay(folder: Path) -> Path:
    """The page's files in a folder."""
    for name, text in re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.M | re.S):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_study_of_the_page_runs_and_its_short_prompt_is_better(
    cli: Cli, tmp_path: Path
) -> None:
    folder = str(lay(tmp_path / "notes"))
    plain = cli("run", folder, "--answer-llm", "reader")
    assert "notes (search): ok, score 0." in plain.stdout, plain.stderr
    assert "answers            8: " in plain.stdout
    short = cli("run", folder, "--answer-llm", "reader", "--set", "prompt=short")
    assert "notes (search): ok, score 1.0" in short.stdout
