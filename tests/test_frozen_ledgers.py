"""Ledgers of every format that was ever written load, and report what they reported then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import UserError
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.report.summary import summarise

FROZEN = Path(__file__).parent / "ledgers"
OF_A_CELL = (
    "trials", "evaluations", "champion", "search", "test", "test_gain", "interval", "completions",
    "ended", "cached", "wrong_memory",
)  # fmt: skip
"""the names of figures in summary.json when the ledger was written"""
RENAMED: Mapping[str, str] = {"test_gain": "gain", "wrong_memory": "wrong_context"}
"""{name then: name now}"""
THEN = {"wrong context": "wrong memory"}
"""{floor's name now: its name then}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FROZEN / "format1", tmp_path / "format1"))


@pytest.fixture
def state(folder: Path) -> State:
    with Ledger(folder, writer=False) as ledger:
        return load(ledger)


def figures(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader takes from a report, by the names of the version that wrote the ledger."""
    accounts = summary["attribution"]["cells"]
    return {
        "baseline": {split: summary["baseline"][split] for split in ("search", "test")},
        "floors": {THEN.get(name, name): one["test"] for name, one in summary["floors"].items()},
        "cells": {
            f"{cell['alias']}-{cell['seed']}": {
                name: cell[RENAMED.get(name, name)] for name in OF_A_CELL
            }
            for cell in summary["cells"]
        },
        "pairs": [
            {name: pair[name] for name in ("better", "worse", "gap", "interval", "p", "decided")}
            for pair in summary["pairs"]
        ],
        "parts": {
            name: [[part["label"], part["value"]] for part in account["parts"]]
            for name, account in accounts.items()
        },
        "anytime": {name: one["anytime"] for name, one in summary["searchers"].items()},
        "test_openings": summary["test_openings"],
    }


def test_a_ledger_of_format_1_reports_the_figures_that_it_reported_then(state: State) -> None:
    then = json.loads((FROZEN / "format1" / "figures.json").read_text())
    now = json.loads(json.dumps(figures(summarise(state))))
    for was, row in zip(then["pairs"], summarise(state)["pairs"], strict=True):
        was["p"] = max(was["p"], row["p_floor"])  # so few clusters cannot say less
    assert now == approximately(then)


def test_what_its_programs_returned_is_still_at_hand(folder: Path) -> None:
    with Ledger(folder, writer=False) as ledger:
        state = load(ledger)
        kept = [blob for cell in state.cells.values() for blob in cell.outputs.values()]
        kept += state.outputs.values()
        assert state.baseline_outputs in kept
        items = set(state.clusters("search")) | set(state.clusters("test"))
        assert all(set(ledger.get(blob)) <= items for blob in kept)
        assert len(kept) > 50


def test_what_it_charged_is_read_under_its_old_name(state: State) -> None:
    assert {cell.charged for cell in state.cells.values()} == {6 * state.study["full"]}


def test_it_is_read_and_not_continued(folder: Path) -> None:
    before = (folder / "ledger.sqlite").read_bytes()
    with pytest.raises(UserError, match=r"format 1.*writes format 2 only.*--out"):
        Ledger(folder, writer=True)
    assert (folder / "ledger.sqlite").read_bytes() == before
    assert not list(folder.glob("ledger.sqlite-*"))


def approximately(value: Any) -> Any:
    """The same with its numbers equal up to the last bits, which sums in another order change."""
    if isinstance(value, dict):
        return {name: approximately(one) for name, one in value.items()}
    if isinstance(value, list):
        return [approximately(one) for one in value]
    return pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value


def test_the_memory_of_older_ledgers_is_read_by_todays_name(state: State) -> None:
    assert state.baseline.usage.peak_rss_mb > 1
    assert "rss_mb" not in state.baseline.usage.to_json()
