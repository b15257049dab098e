"""A searcher whose model writes anything at all: it ends in order, stays inside, and is charged."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzzed import MARKER, careful, huge, sensible, wild

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan


class Writer(Provider):
    """A model that writes whatever its seed draws. stops: it may say that nothing is left."""

    name, price_free = "writer", True

    def __init__(self, seed: str, *, stops: bool) -> None:
        self.rng, self.stops = random.Random(seed), stops
        self.longest, self.replies = 0, 0

    def complete(self, request: Request) -> Reply:
        draw = self.rng.random()
        kind: Callable[[random.Random], str] = huge if draw < 0.02 else wild
        if draw > 0.7:
            kind = sensible if draw > 0.8 else lambda rng: careful(rng).text
        text = kind(self.rng)
        if not self.stops:
            text = text.replace("STOP", "NOTES")
        self.replies += 1
        self.longest = max(self.longest, *(len(one["content"]) for one in request.messages))
        ending = "length" if self.rng.random() < 0.05 else ""
        return Reply(text, "writer", 1, 1, ending=ending)


def searched(
    bench: Bench, folder: Path, writer: Writer, budget: float, **options: Any
) -> CellState:
    spec = CellSpec("a", "autoresearch", Autoresearch, options, 0, writer.name, True)
    plan = Plan([spec], Budget(budget), 1, 60, Channel(writer), search_only=True)
    with Ledger(folder, writer=True) as ledger:
        return Comparison(bench, ledger, plan).run().cells[spec.key]


def contents(folder: Path) -> dict[str, str]:
    """{path: digest} of what a study's folder holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def expect_inside(bench: Bench, cell: CellState) -> None:
    """Expect no program that ran to differ from the study's but in files that may be edited."""
    pristine = bench.study.pristine
    for number, trial in cell.trials.items():
        patch = cell.started[number].candidate.patch
        if trial.status != "invalid":
            assert all(pristine.may_edit(path) for path in pristine.patched(patch))
        assert trial.status != "lost"


def expect_in_order(cell: CellState, budget: float, items: int) -> None:
    assert cell.ended is not None
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    assert cell.charged == sum(start.items for start in cell.started.values())
    assert cell.charged <= budget * items
    assert set(cell.started) == set(cell.trials)


@pytest.mark.parametrize("options", [{"loop": "stages"}, {"loop": "greedy"}])
def test_a_model_that_writes_anything_harms_nothing(
    bench: Bench, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
) -> None:  # fmt: skip
    expect_harmless(bench, toy_folder, tmp_path, monkeypatch, "0", 12, options)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "options",
    [
        {}, {"sees": "scores"}, {"scope": "parameters"}, {"guard": False, "prune": False},
        {"repairs": 0}, {"loop": "greedy"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", ["1", "2"])
def test_hundreds_of_replies_of_such_a_model_harm_nothing(
    bench: Bench, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    seed: str, options: dict[str, Any],
) -> None:  # fmt: skip
    options = {"loop": "stages", **options}
    replies = expect_harmless(bench, toy_folder, tmp_path, monkeypatch, seed, 150, options)
    assert replies >= 50


def expect_harmless(
    bench: Bench, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    seed: str, budget: float, options: dict[str, Any],
) -> int:  # fmt: skip
    """Number of replies of a search that did no harm."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    before, items = contents(toy_folder), bench.full
    writer = Writer(seed, stops=False)
    cell = searched(bench, tmp_path / "run", writer, budget, **options)
    expect_in_order(cell, budget, items)
    expect_inside(bench, cell)
    assert cell.charged > (budget - 1) * items  # nothing that it wrote ended the search
    assert writer.replies == len(cell.completions)
    assert contents(toy_folder) == before
    assert not list(tmp_path.rglob(MARKER))
    assert not list((tmp_path / "here").iterdir())
    return writer.replies


@pytest.mark.slow
def test_a_model_that_may_stop_ends_its_search_in_order(bench: Bench, tmp_path: Path) -> None:
    for seed in range(10):
        cell = searched(
            bench, tmp_path / str(seed), Writer(str(seed), stops=True), 30, loop="stages"
        )
        expect_in_order(cell, 30, bench.full)
        expect_inside(bench, cell)
