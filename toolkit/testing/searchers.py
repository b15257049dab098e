"""The contract that every searcher keeps, on a toy study on a table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..ledger.cell import CellState
from ..ledger.ledger import Ledger
from ..ledger.state import load
from .runs import BOUNDED, STORMY, expect_finished, forget, path, search

CHANCE = "draw chance from lab.rng or lab.seed only, and walk over no set"


class PublicLab:
    """Passes on what a lab offers to searchers, and nothing else."""

    def __init__(self, lab: Any) -> None:
        object.__setattr__(self, "_lab", lab)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AssertionError(f"the searcher reached for lab.{name}, which is not public")
        return getattr(object.__getattribute__(self, "_lab"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AssertionError(f"the searcher set lab.{name}; a lab is read-only")


class SearcherContract:
    """Inherit, set `factory` (and `options` where it needs some), and pytest does the rest."""

    factory: ClassVar[Callable[..., Any]]
    options: ClassVar[Mapping[str, Any]] = {}
    budget: ClassVar[int] = 12

    def _search(self, folder: Path, **given: Any) -> CellState:
        settings: dict[str, Any] = {"budget": self.budget, "options": self.options, **given}
        return search(type(self).factory, folder, **settings)

    def test_spends_exactly_its_budget(self, tmp_path: Path) -> None:
        cell = self._search(tmp_path / "run")
        expect_finished(cell)
        with Ledger(tmp_path / "run", writer=False) as ledger:
            full = load(ledger).study["full"]
        assert cell.charged == self.budget * full, (
            f"the searcher ended after {cell.charged / full:g} of {self.budget} trials: let it "
            "propose until lab.evaluate or lab.submit raises toolkit.BudgetSpent"
        )
        assert any(trial.ok for trial in cell.trials.values()), (
            f"every trial failed, the first as {cell.trials[1].status}: {cell.trials[1].detail}"
        )

    def test_survives_failed_trials(self, tmp_path: Path) -> None:
        cell = self._search(tmp_path / "run", study=STORMY)
        expect_finished(cell)
        assert len(cell.trials) >= self.budget, (
            f"the searcher ended after {len(cell.trials)} of {self.budget} trials, some of which "
            "crashed: a failed trial has trial.ok False and trial.score None"
        )

    def test_keeps_to_the_requirements_between_parameters(self, tmp_path: Path) -> None:
        cell = self._search(tmp_path / "run", study=BOUNDED)
        expect_finished(cell)
        broken = [t for t in cell.trials.values() if "it breaks the requirement" in t.detail]
        assert not broken, (
            f"{len(broken)} of {len(cell.trials)} trials broke a requirement between parameters: "
            "ask lab.infeasible(overrides) before you submit, and propose something else"
        )

    def test_same_seed_same_path_in_two_processes(self, tmp_path: Path) -> None:
        if self._is_live():
            return  # a live searcher has no path that a seed could repeat
        one, two = (self._elsewhere(tmp_path / str(n), str(n)) for n in (1, 2))
        assert one == two, "the same seed asked for other candidates: " + CHANCE

    def test_another_seed_is_accepted(self, tmp_path: Path) -> None:
        expect_finished(self._search(tmp_path / "run", seed=1))

    def test_replays_after_a_kill(self, tmp_path: Path) -> None:
        cell = self._search(tmp_path / "run")
        expect_finished(cell)
        whole, late = path(cell), 2 * self.budget - 3
        assert len(cell.log) > late, (
            f"the searcher ended after {len(whole)} of {self.budget} trials: too few to be cut off"
        )
        for keep in (3, late):
            forget(tmp_path / "run", keep)
            again = self._search(tmp_path / "run")
            expect_finished(again)
            if self._is_live():
                self._expect_gone_on(again, cell)
                continue
            assert path(again) == whole, "resumed, it asked for other candidates: " + CHANCE
            assert not (again.ended or {})["diverged"], "resumed, it asked anew: " + CHANCE

    def test_touches_only_its_lab(self, tmp_path: Path, monkeypatch: Any) -> None:
        inner = type(self).factory
        (tmp_path / "cwd").mkdir()
        monkeypatch.chdir(tmp_path / "cwd")
        before = dict(os.environ)

        class Narrowed:
            def __init__(self, **options: Any) -> None:
                self.searcher = inner(**options)

            def run(self, lab: Any) -> None:
                self.searcher.run(PublicLab(lab))

        cell = search(Narrowed, tmp_path / "run", budget=self.budget, options=self.options)
        expect_finished(cell)
        assert list(Path().iterdir()) == [], "the searcher wrote into the working directory"
        assert dict(os.environ) == before, "the searcher changed the environment"

    def _is_live(self) -> bool:
        return bool(getattr(type(self).factory(**self.options), "live", False))

    def _expect_gone_on(self, again: CellState, whole: CellState) -> None:
        """A live searcher is told of all that is on record, and spends what is left."""
        assert again.charged == whole.charged, (
            f"resumed, the searcher spent {again.charged} items of {whole.charged}: propose as "
            "long as lab.budget.left, and begin with what lab.history holds"
        )

    def _elsewhere(self, folder: Path, hash_seed: str) -> str:
        """The path of the same search in a process of its own, with another hash seed."""
        factory = type(self).factory
        code = (
            "import sys, importlib, pathlib\n"
            "from toolkit import testing\n"
            f"owner = importlib.import_module({factory.__module__!r})\n"
            f"for part in {factory.__qualname__!r}.split('.'): owner = getattr(owner, part)\n"
            f"cell = testing.search(owner, pathlib.Path({str(folder)!r}), budget={self.budget}, "
            f"options={dict(self.options)!r})\n"
            "print(testing.path(cell))\n"
        )
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
