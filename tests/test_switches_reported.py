"""Switches in an account and a report: what each adds, which edits one holds, what tuning found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from switched import TWO, ZERO, patch, proposing, repaired, write
from toy_edits import run

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.records import Candidate
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

BUDGET = 3


@pytest.fixture
def bench(tmp_path: Path, evaluator: LocalEvaluator) -> Bench:
    return Bench(study_files.load(write(tmp_path / "study")), evaluator)


def rows(state: State) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    (cell,) = state.cells.values()
    return state.accounts[cell.key], state.accounts[cell.key]["parts"]


def test_a_switch_is_a_part_with_the_label_of_its_patch(bench: Bench, tmp_path: Path) -> None:
    state = run(bench, tmp_path / "run", proposing(Candidate({**ZERO, **TWO})), 1)
    account, parts = rows(state)
    assert [(row["part"], row["form"], row["read"]) for row in parts] == [
        ("fix_zero", "switch", "architecture"), ("form", "switch", "architecture"),
    ]  # fmt: skip
    assert [row["value"]["mean"] for row in parts] == pytest.approx([1 / 3, 1 / 3])
    assert [row["reach"] for row in parts] == ["R0", "R0"]
    assert account["switches"]["on"] == {**ZERO, **TWO}
    off = {row["value"]: row for row in account["switches"]["off"]}
    assert off["faults/one.patch"]["adds"]["mean"] == pytest.approx(1 / 3)
    assert off["forms/other.patch"]["adds"]["mean"] == pytest.approx(-1 / 3)  # in two's stead


def test_the_report_tells_what_tuning_could_express_and_what_it_found(
    compare_wide: Callable[..., State],
) -> None:
    first = patch(repaired("zero", 0))  # the switch in its own place
    both = patch(repaired("two", 2, repaired("zero", 0)))
    editor = chained(Candidate(patch=first), Candidate(patch=both))
    summary = summarise(compare_wide({"editor": editor, "tuner": proposing(Candidate(ZERO))}))
    row = summary["switches"]["expressible"]["editor-0"]
    assert [(one["part"], one["switch"], one["found_by"]) for one in row["held"]] == [
        ("edit 1", "fix_zero", ["tuner-0"]), ("edit 2", "form", []),
    ]  # fmt: skip
    assert row["fraction"]["mean"] == pytest.approx(1)
    assert [one["in_place"] for one in row["held"]] == [True, True]
    assert row["held"][0]["costs"]["mean"] == pytest.approx(1 / 3)
    assert row["held"][0]["left"]["mean"] == pytest.approx(0)
    told = (
        "Tuning could express 100% of editor-0's gain (2 edits, which switches hold); it found "
        "fix_zero (tuner-0), and not form."
    )
    assert summary["verdict"].count(told) == 1
    assert "switches on: fix_zero; off, with what each would add: fix_one +0.333" in " ".join(
        text(summary).split()
    )


def test_an_edit_that_no_switch_holds_is_not_expressible(
    compare_wide: Callable[..., State],
) -> None:
    wide = repaired("zero", 0).replace("known = [zero(), one(), two()]", "known = [zero(), 1, 2]")
    editor = chained(Candidate(patch=patch(repaired("zero", 0))), Candidate(patch=patch(wide)))
    summary = summarise(compare_wide({"editor": editor, "tuner": proposing(Candidate(TWO))}))
    row = summary["switches"]["expressible"]["editor-0"]
    assert [(one["part"], one["switch"]) for one in row["held"]] == [("edit 1", "fix_zero")]
    assert row["range"] == pytest.approx([1 / 3, 1 / 3])
    assert (
        "Tuning could express 33% of editor-0's gain (1 of its edits, which switches hold); it "
        "found none of them: fix_zero."
    ) in summary["verdict"]


def chained(*candidates: Candidate) -> Callable[[], object]:
    """Each is built on the one before it."""

    class Chained:
        def run(self, lab: toolkit.Lab) -> None:
            parent = None
            for candidate in candidates:
                parent = lab.evaluate(replace(candidate, parent=parent)).number

    return Chained


@pytest.fixture
def compare_wide(bench: Bench, tmp_path: Path) -> Callable[..., State]:
    def compare(factories: Mapping[str, Callable[[], object]]) -> State:
        cells = [CellSpec(name, name, one, {}, 0) for name, one in factories.items()]
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, Plan(cells, Budget(BUDGET))).run()

    return compare


def test_a_switch_that_is_a_planted_repair_repairs_what_was_planted(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = write(tmp_path / "study")
    file = folder / "study.toml"
    file.write_text(f'{file.read_text()}[planted]\n"faults/zero.patch" = "zero is wrong"\n')
    bench = Bench(study_files.load(folder), evaluator)
    state = run(bench, tmp_path / "run", proposing(Candidate({**ZERO, **TWO})), 1)
    found = rows(state)[0]["planted"]
    assert found["parts"] == ["fix_zero"]
    tried = {row["part"]: row for row in found["tried"]}
    assert tried["fix_zero"]["in_place_of"] == ["zero"]
    assert tried["fix_zero"]["on_repaired"]["mean"] == pytest.approx(0)
    assert tried["form"]["on_repaired"]["mean"] == pytest.approx(1 / 3)
    gains = [found[name]["mean"] for name in ("without", "alone", "faults_alone", "on_repaired")]
    assert gains == pytest.approx([1 / 3] * 4)
    assert found["range"] == pytest.approx([1 / 2, 1 / 2])
    # who tunes may repair it as well
    assert "1 fault was planted in the start on purpose. " in summarise(state)["verdict"]
