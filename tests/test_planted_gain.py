"""The part of a gain that repairs what was planted, on a toy small enough to compute by hand.

Every answer is SCALE x height less an offset, and scores 1 less its distance from 1, so that the
score of a program is SCALE x height less a constant. SCALE is .8, and a planted repair makes it 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from planted_toys import MAIN, plant, repair
from stepwise import steps
from toy_edits import only, run, toolkit_study

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.state import State
from toolkit.report.shares import divided
from toolkit.report.summary import summarise
from toolkit.report.tables import text

FIX = ("bug_fix", [(MAIN, "SCALE = 0.8", "SCALE = 1.0")])
AROUND = ("bug_fix", [(MAIN, "value = SCALE *", "value = 1.0 *")])
TUNED = ("", [("x", 0.7)])
LOW = 1 - 0.36 - 0.0625 - 0.1 - 0.1
"""height at the defaults: x is .6 away, y .25, steps four, and the shape is flat"""
RISE = 0.36
"""more height where x is right"""


Compared = Callable[..., State]


@pytest.fixture
def compared(toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator) -> Compared:
    """compared(edits…) -> state of a run whose champion they are, scale planted in its start."""

    def made(*edits: Any, loud: str = "SCALE = 1.0") -> State:
        repair(toy_folder, "scale", "SCALE = 0.8", loud)
        plant(toy_folder, scale="answers are too low")
        bench = Bench(toolkit_study(toy_folder), evaluator)
        return run(bench, tmp_path / "run", steps(*edits), len(edits))

    return made


def entry(state: State) -> Mapping[str, Any]:
    found: Mapping[str, Any] = only(state)[1]["planted"]
    return found


def means(found: Mapping[str, Any], *names: str) -> list[float]:
    return [found[name]["mean"] for name in names]


def test_the_part_that_a_planted_repair_makes_worthless_is_told_with_the_gain_without_it(
    compared: Compared,
) -> None:
    state = compared(FIX, TUNED)
    found = entry(state)
    assert found["faults"] == ["scale"]
    assert found["parts"] == ["edit 1"]
    gain = (LOW + RISE) - 0.8 * LOW
    assert means(found, "alone", "faults_alone") == pytest.approx([0.2 * LOW, 0.2 * LOW])
    assert means(found, "without", "on_repaired") == pytest.approx([0.8 * RISE, RISE])
    assert found["instead"]["mean"] == pytest.approx(0)
    worth = 0.2 * LOW + 0.1 * RISE  # the mean of both orders
    assert found["sum"]["mean"] == pytest.approx(worth)
    assert found["range"] == pytest.approx([worth / gain] * 2)
    rows = {row["part"]: row for row in found["tried"]}
    assert means(rows["edit 1"], "worth", "on_repaired") == pytest.approx([0.2 * LOW, 0])
    assert means(rows["x"], "worth", "on_repaired") == pytest.approx([0.8 * RISE, RISE])
    assert (rows["edit 1"]["in_place_of"], rows["x"]["in_place_of"]) == (["scale"], [])


def test_a_part_that_works_around_a_fault_in_other_lines_repairs_it(compared: Compared) -> None:
    found = entry(compared(AROUND, TUNED))
    assert found["parts"] == ["edit 1"]
    rows = {row["part"]: row for row in found["tried"]}
    assert rows["edit 1"]["in_place_of"] == []  # the repair applies with it, too
    assert means(rows["edit 1"], "worth", "on_repaired") == pytest.approx([0.2 * LOW, 0])


def test_a_repair_that_gains_only_with_another_part_is_tried_on_the_champion(
    compared: Compared, toy_folder: Path
) -> None:
    main = toy_folder / MAIN
    quiet = main.read_text().replace("SCALE *", "(SCALE if LOUD else 0.8) *")
    main.write_text(quiet.replace("\n\n\ndef run", "\n\nLOUD = False\n\n\ndef run"))
    loud = ("architecture", [(MAIN, "LOUD = False", "LOUD = True")])
    found = entry(compared(FIX, loud))
    rows = {row["part"]: row for row in found["tried"]}
    assert {row["on"] for row in rows.values()} == {"champion"}
    assert means(rows["edit 1"], "worth", "on_repaired") == pytest.approx([0.2 * LOW, 0])
    assert means(rows["edit 2"], "worth", "on_repaired") == pytest.approx([0.2 * LOW] * 2)
    assert found["parts"] == ["edit 1"]
    assert means(found, "alone", "faults_alone", "without") == pytest.approx([0, 0, 0])
    assert found["on_repaired"]["mean"] == pytest.approx(0.2 * LOW)
    assert found["instead"]["mean"] == pytest.approx(0)


def test_a_part_that_gains_more_than_the_repair_is_none(compared: Compared) -> None:
    found = entry(compared(FIX, loud="SCALE = 0.82"))
    rows = {row["part"]: row for row in found["tried"]}
    assert means(rows["edit 1"], "worth", "on_repaired") == pytest.approx([0.2 * LOW, 0.18 * LOW])
    assert found["parts"] == []
    assert means(found, "without", "alone") == pytest.approx([0.2 * LOW, 0])


def test_a_repair_that_another_part_does_not_take_is_named_and_left_out_on_both_sides(
    compared: Compared,
) -> None:
    noted = ("", [(MAIN, "SCALE = 0.8\n", "SCALE = 0.8  # loud\n"), ("x", 0.7)])
    found = entry(compared(noted, AROUND))
    assert found["parts"] == ["edit 2"]
    assert found["refused"] == ["scale"]
    assert found["faults_alone"]["mean"] == 0
    assert found["on_repaired"]["mean"] == pytest.approx(0.8 * RISE)  # no repair is left to take
    assert found["without"]["mean"] == pytest.approx(0.8 * RISE)


def test_its_evaluations_are_in_the_account(compared: Compared) -> None:
    state = compared(FIX, TUNED)
    _, account = only(state)
    assert account["cost"]["evaluations"] > 0
    assert {one["purpose"] for one in state.openings} >= {"attribution"}


def test_planted_faults_stand_in_table_verdict_and_summary(compared: Compared) -> None:
    state = compared(FIX, TUNED)
    summary = summarise(state)
    row = {"repair": "scale", "what": "answers are too low", "left": True}
    assert summary["planted"] == [row]
    share = f"{entry(state)['range'][0]:.0%}"
    assert "1 fault was planted in the start on purpose" in summary["verdict"]
    assert (
        f"steps-0 owes {share} of its gain to 1 part that repairs such faults; without it the "
        f"gain is +{0.8 * RISE:.3f}"
    ) in summary["verdict"]
    told = " ".join(text(summary, 400).split())
    assert "planted on purpose in the start: scale (answers are too low)" in told
    assert "parts that a planted repair makes worthless: edit 1; gains: " in told
    assert told.count("answers are too low") == 1


def test_a_share_by_two_concepts_says_what_its_range_is() -> None:
    one = {"mean": 0.37, "low": 0.24, "high": 0.5}
    two = {"mean": 0.39, "low": 0.22, "high": 0.56}
    row = {"fraction": one, "enabling_fraction": two, "range": [0.37, 0.39]}
    told = "37-39% of its gain (by two ways of dividing it; 22-56% with their intervals)"
    assert divided(row, "its gain") == told
    assert divided({**row, "range": [0.371, 0.374]}, "its gain") == "37% of its gain"
    bare = {
        key: {**row[key], "low": None, "high": None} for key in ("fraction", "enabling_fraction")
    }  # type: ignore[dict-item]
    assert divided({**row, **bare}, "its gain") == "37-39% of its gain (by two ways of dividing it)"


def test_the_gain_without_repairs_says_that_what_needs_them_is_gone_too(compared: Compared) -> None:
    named = ("bug_fix", [(MAIN, "SCALE = 0.8", "SCALE = 1.0\nLIFT = 0.1")])
    lifted = ("architecture", [(MAIN, "value = SCALE *", "value = (SCALE + LIFT) *")])
    state = compared(named, lifted)
    found = entry(state)
    assert (found["parts"], found["brings"]) == (["edit 1"], ["edit 2"])
    assert found["without"]["mean"] == 0  # nothing is left
    told = summarise(state)["verdict"]
    left = "+0.000 [+0.000, +0.000]"
    assert "; a share is an average over orders: taken out with the 1 part that needs it, " in told
    assert f"needs it, {left} is left." in told


def test_words_that_change_are_those_of_the_report(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator, compared: Compared
) -> None:
    compared(FIX)
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("answers are too low", "all answers are low"))
    again = run(Bench(toolkit_study(toy_folder), evaluator), tmp_path / "run", steps(FIX), 1)
    assert [one["what"] for one in again.study["planted"]] == ["all answers are low"]
