"""Runs of the studies in tests/shapes: whole, by the command line, with a scripted model."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import drawn
from scripted import Answer, ScriptedServer

from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.records import Trial

SHAPES = Path(__file__).parent / "shapes"
SEARCHERS = ("random", "optuna", "autoresearch")
Cli = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Run:
    """One run. shown: what the command printed, on one line."""

    shape: str
    folder: Path
    compare: Callable[..., subprocess.CompletedProcess[str]]
    server: ScriptedServer
    summary: Mapping[str, Any]
    shown: str
    notes: str

    @property
    def study(self) -> str:
        return str(SHAPES / self.shape)

    def cell(self, alias: str) -> Mapping[str, Any]:
        (found,) = (cell for cell in self.summary["cells"] if cell["alias"] == alias)
        return found

    def trial(self, alias: str, number: int) -> Trial:
        with Ledger(self.folder, writer=False) as ledger:
            (cell,) = (one for one in load(ledger).cells.values() if one.alias == alias)
        return cell.trials[number]

    def events(self) -> list[str]:
        with Ledger(self.folder, writer=False) as ledger:
            return [one.kind for one in ledger.events()]

    def heads(self) -> str:
        """The heads of the table's columns."""
        lines = (self.folder / "table.txt").read_text().splitlines()
        return flat(next(line for line in lines if line.split()[:2] == ["searcher", "seed"]))

    def parts(self, alias: str) -> dict[str, Any]:
        """{part: (its label as claimed, its value)} of the cell's champion."""
        account = self.summary["attribution"]["cells"][f"{alias}-0"]
        return {one["part"]: (one["label"], one["value"]["mean"]) for one in account["parts"]}


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def begun(shape: str, tmp_path: Path, cli: Cli, serve: Callable[..., Any], *more: str) -> Run:
    server = serve(Answer((SHAPES / shape / "reply.txt").read_text()))
    arguments = (
        "compare", str(SHAPES / shape), "--budget", "6", "--searchers", ",".join(SEARCHERS),
        "--seeds", "1", "--llm", "openai:scripted", "--out", "run", *more,
    )  # fmt: skip

    def compare(started: bool = False) -> subprocess.CompletedProcess[str]:
        server_of_it = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
        return cli(*arguments, started=started, **server_of_it)

    with Ledger(tmp_path / "run", writer=True) as ledger:
        drawn.keep(ledger)
    done = compare()
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    shown = flat(done.stdout + (tmp_path / "run" / "table.txt").read_text())
    return Run(shape, tmp_path / "run", compare, server, summary, shown, flat(done.stderr))
