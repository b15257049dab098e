"""A study of each shape, run whole: objectives, splits and outputs of every sort."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted import Answer

SHAPES = Path(__file__).parent / "shapes"
BUDGET = "6"


@pytest.fixture
def summary(tmp_path: Path, cli: Callable[..., Any], serve: Callable[..., Any]) -> Any:
    def run(shape: str, *more: str) -> dict[str, Any]:
        folder = SHAPES / shape
        server = serve(Answer((folder / "reply.txt").read_text()))
        searchers = "random,optuna,autoresearch"
        done = cli(
            "compare", str(folder), "--budget", BUDGET, "--searchers", searchers, "--seeds", "1",
            "--llm", "openai:scripted", "--out", "run", *more,
            OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads((tmp_path / "run" / "summary.json").read_text())
        return found | {"shown": done.stdout}

    return run
