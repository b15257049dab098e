"""Looks and comparisons of a lab: what they tell, and that they are on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import MAIN, run
from shape_runs import SHAPES

import toolkit
from toolkit.bench.bench import Bench
from toolkit.bench.looks import spread
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Looked
from toolkit.ledger.ledger import Ledger
from toolkit.report.summary import summarise
from toolkit.search.lab import Lab
from toolkit.study import study as study_files

Seen = tuple[CellState, list[Any]]
FINE = "    value = SCALE * height(parameters) - context"

HALF = "    context = {'offset': context['offset'] + 0.3 * (context['offset'] > 0.005)}\n"


def told(bench: Bench, folder: Path, ask: Callable[[Lab], Any]) -> Seen:
    """A cell, and what its searcher was told."""
    found: list[Any] = []

    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            found.append(ask(lab))

    cell = run(bench, folder, Asking)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    return cell, found


def shape(name: str, tmp_path: Path, evaluator: LocalEvaluator, **changed: str) -> Bench:
    """One of the studies of other objectives, with changes of its file."""
    folder = Path(shutil.copytree(SHAPES / name, tmp_path / name))
    file = folder / "study.toml"
    text = file.read_text()
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return Bench(study_files.load(folder), evaluator)


def test_a_look_tells_kinds_flips_and_failures(bench: Bench, tmp_path: Path) -> None:
    def ask(lab: Lab) -> Any:
        better = lab.evaluate(toolkit.Candidate({"x": 0.3}))
        mixed = lab.sources[MAIN].replace(FINE, HALF + FINE)
        other = lab.evaluate(lab.edit(toolkit.Candidate({"x": 0.3}), {MAIN: mixed}))
        return lab.look(better), lab.look(other, against=better, limit=3), lab.kinds(better)

    cell, [(better, other, kinds)] = told(bench, tmp_path / "run", ask)
    number = better.kinds["number"]
    assert (number.items, number.failed) == (9, 9)
    assert number.score == pytest.approx(0.452)
    assert number.baseline == pytest.approx(0.292)
    assert kinds == pytest.approx({"extra": 0.452, "number": 0.452})
    assert (better.flips["number"].better, better.flips["number"].worse) == (9, 0)
    assert (better.trial, better.against, len(better.failures)) == (1, 0, 9)
    assert (other.against, other.flips["number"].better, other.flips["number"].worse) == (1, 0, 6)
    assert [one.item[0] for one in other.failures] == ["c", "c", "c"]
    assert other.failures[0].gold == 1.0
    assert cell.looks == {
        Looked(1, 0, 16): {f"{cluster}:{n}" for cluster in "abc" for n in range(3)},
        Looked(2, 1, 3): {one.item for one in other.failures},
    }


def test_every_look_is_on_record_each_time_that_it_is_told(bench: Bench, tmp_path: Path) -> None:
    def ask(lab: Lab) -> None:
        trial = lab.evaluate(toolkit.Candidate({"x": 0.3}))
        for _ in range(3):
            lab.look(trial, limit=2)
            lab.failures(trial, limit=2)
            lab.failures(trial, limit=4)
        lab.look(trial, limit=0)

    cell, _ = told(bench, tmp_path / "run", ask)
    assert set(cell.looks) == {Looked(1, 0, 2), Looked(1, None, 2), Looked(1, None, 4)}
    assert cell.answers == 4
    assert sum(cell.times.values()) == 9
    assert cell.showings == cell.failures == 3 * (2 + 2 + 4)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        written = [event.data for event in ledger.events() if event.kind == "looked"]
        assert [sorted(ledger.get(row["ids"])) for row in written] == [
            sorted(cell.looks[Looked(row["trial"], row["against"], row["limit"])])
            for row in written
        ]
    assert [row["items"] for row in written] == [2, 2, 4] * 3


def test_the_summary_counts_looks_and_answers(compare: Callable[..., Any]) -> None:
    class Asking:
        def run(self, lab: Lab) -> None:
            trial = lab.evaluate(toolkit.Candidate({"x": 0.3}))
            lab.failures(trial, limit=4)
            lab.failures(lab.baseline, limit=2)
            lab.evaluate(toolkit.Candidate({"x": 0.4}))

    compare({"mine": Asking}, budget=2)
    state = compare({"mine": Asking}, budget=3)  # asks the same again
    (cell,) = summarise(state)["cells"]
    assert cell["looks"]["times"] == 2
    assert cell["looks"]["showings"] == cell["looks"]["failures"] == 4 + 2
    assert cell["looks"]["scores"] == 2
    assert 4 <= cell["looks"]["answers"] <= 6
    assert cell["looks"]["answers"] == state.cells[next(iter(state.cells))].answers


def test_a_live_searcher_that_goes_on_looks_anew(compare: Callable[..., Any]) -> None:
    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            lab.failures(lab.baseline, limit=2)
            lab.evaluate(toolkit.Candidate({"x": (len(lab.history) + 1) / 10}))

    compare({"mine": Asking}, budget=1, search_only=True)
    (cell,) = compare({"mine": Asking}, budget=2, search_only=True).cells.values()
    assert (sum(cell.times.values()), cell.showings, cell.answers) == (2, 4, 2)


def test_a_failed_trial_has_its_output_and_no_items(bench: Bench, tmp_path: Path) -> None:
    def ask(lab: Lab) -> Any:
        text = lab.sources[MAIN].replace(FINE, f'    print("so far so good")\n    1 / 0\n{FINE}')
        trial = lab.evaluate(lab.edit(toolkit.Candidate(), {MAIN: text}))
        return lab.look(trial), lab.compare(trial, lab.baseline)

    _, [(look, difference)] = told(bench, tmp_path / "run", ask)
    assert (look.kinds, look.flips, list(look.failures)) == ({}, {}, [])
    assert look.notes == "the trial has no score (crashed), so that there are no items to look at"
    assert difference.gain is None
    assert difference.notes == "a trial without a score is compared with nothing"


def test_failures_are_spread_over_kinds_and_the_worst_come_first() -> None:
    kinds = {"a1": "a", "a2": "a", "a3": "a", "b1": "b", "c1": "c"}
    worst = ["a1", "a2", "a3", "b1", "c1"]
    assert spread(worst, kinds, 3) == ["a1", "b1", "c1"]
    assert spread(worst, kinds, 4) == ["a1", "a2", "b1", "c1"]
    assert spread(worst, kinds, 9) == worst
    assert spread(worst, kinds, 0) == spread([], {}, 3) == []


def test_a_difference_is_paired_and_counted_by_cluster(bench: Bench, tmp_path: Path) -> None:
    def ask(lab: Lab) -> Any:
        one = lab.evaluate(toolkit.Candidate({"x": 0.3}))
        uneven = lab.sources[MAIN].replace(FINE, f"{FINE.replace('- context', '+ 7 * context')}")
        two = lab.evaluate(lab.edit(toolkit.Candidate({"x": 0.3}), {MAIN: uneven}))
        part = lab.evaluate(toolkit.Candidate({"x": 0.5}), share=1 / 3)
        return (
            lab.compare(one, lab.baseline), lab.compare(two, one), lab.compare(part, one),
            lab.compare(one, one),
        )  # fmt: skip

    _, [(gain, uneven, part, none)] = told(bench, tmp_path / "run", ask)
    assert gain.gain == pytest.approx(0.16)
    assert (gain.low, gain.high) == pytest.approx((0.16, 0.16))
    # three clusters that gain the same have no spread to judge by, and signs alone say little
    assert (gain.beyond_noise, gain.items, gain.noise) == (False, 9, None)
    assert uneven.gain == pytest.approx(0.08)  # 0, 0.08 and 0.16 in three conversations
    assert uneven.low == pytest.approx(0.08 - 4.3027 * 0.08 / 3**0.5, abs=1e-4)
    assert uneven.beyond_noise is False
    assert part.gain == pytest.approx(0.096)
    assert part.items in (3, 4)
    assert (none.gain, none.beyond_noise) == (0.0, False)


def test_less_is_better_and_the_objective_is_pooled(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = shape("rmse", tmp_path, evaluator)

    def ask(lab: Lab) -> Any:
        trial = lab.evaluate(toolkit.Candidate({"slope": 1.3}))
        part = lab.evaluate(toolkit.Candidate({"slope": 1.3}), share=1 / 2)
        return trial, lab.look(trial), lab.compare(trial, lab.baseline), lab.compare(part, trial)

    _, [(trial, look, gain, part)] = told(bench, tmp_path / "run", ask)
    (kind,) = look.kinds.values()
    assert list(look.kinds) == ["overall"]
    assert kind.score == pytest.approx(-trial.score)
    assert gain.gain == pytest.approx(kind.baseline - kind.score)
    assert gain.low < gain.gain < gain.high
    assert gain.items == 4
    assert part.gain is None
    assert part.notes == "they ran on different parts of the search split"


def test_noise_is_told_where_programs_run_under_several_seeds(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = shape("bits", tmp_path, evaluator, **{"final = 5": "final = 5\nsearch = 2"})

    def ask(lab: Lab) -> Any:
        return lab.compare(lab.evaluate(toolkit.Candidate({"depth": 8})), lab.baseline)

    _, [found] = told(bench, tmp_path / "run", ask)
    assert found.noise > 0
    assert found.high - found.gain == pytest.approx(found.noise)
    assert found.beyond_noise == (abs(found.gain) > found.noise)


def test_of_one_seed_nobody_knows_the_noise(evaluator: LocalEvaluator, tmp_path: Path) -> None:
    bench = shape("bits", tmp_path, evaluator)

    def ask(lab: Lab) -> Any:
        return lab.compare(lab.evaluate(toolkit.Candidate({"depth": 8})), lab.baseline)

    _, [found] = told(bench, tmp_path / "run", ask)
    assert (found.low, found.beyond_noise, found.noise) == (None, None, None)
    assert found.notes == "each program ran under one seed, so that nobody knows how noisy it is"


def test_what_was_validated_exactly_is_beyond_noise(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = shape("packing", tmp_path, evaluator)

    def ask(lab: Lab) -> Any:
        return lab.compare(lab.evaluate(toolkit.Candidate({"rows": 3})), lab.baseline)

    _, [found] = told(bench, tmp_path / "run", ask)
    assert found.low == found.high == pytest.approx(found.gain)
    assert found.gain != 0
    assert found.beyond_noise


def test_a_lab_has_the_whole_tree_but_what_is_hidden(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    (toy_folder / "toy_pipeline" / "table.bin").write_bytes(b"\xff\x00")
    (toy_folder / "toy_pipeline" / "answers.csv").write_text("1.0")
    file = toy_folder / "study.toml"
    hidden = '[task]\nhidden = ["toy_pipeline/answers.csv"]'
    file.write_text(file.read_text().replace("[task]", hidden))
    bench = Bench(study_files.load(file), evaluator)
    _, [(tree, editable)] = told(
        bench,
        tmp_path / "run",
        lambda lab: (lab.evaluate(toolkit.Candidate()), (lab.tree, lab.editable))[1],
    )
    assert tree["toy_pipeline/table.bin"] == b"\xff\x00"
    assert set(tree) == {
        "toy_pipeline/__init__.py", "toy_pipeline/curve.py", MAIN, "toy_pipeline/table.bin",
    }  # fmt: skip
    assert editable == ("toy_pipeline/*.py",)


def test_nothing_is_shown_once_the_lab_is_closed(bench: Bench, tmp_path: Path) -> None:
    def ask(lab: Lab) -> Any:
        lab.evaluate(toolkit.Candidate({"x": 0.3}))
        lab._scheduler.close("the run was stopped")
        with pytest.raises(BaseException, match="the run was stopped"):
            lab.failures(lab.baseline, limit=3)

    cell, _ = told(bench, tmp_path / "run", ask)
    assert cell.looks == {}


def test_of_a_measured_objective_a_look_says_whose_scores_it_shows(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = shape("speed", tmp_path, evaluator)

    def ask(lab: Lab) -> Any:
        trial = lab.evaluate(toolkit.Candidate({"chunk": 8}))
        return lab.look(trial), lab.compare(trial, lab.baseline)

    _, [(look, difference)] = told(bench, tmp_path / "run", ask)
    assert look.kinds["overall"].score == 1.0
    assert look.notes.startswith("scores of kinds and items are the scorer's")
    assert (difference.low, difference.beyond_noise) == (None, None)
