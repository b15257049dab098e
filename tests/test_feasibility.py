"""Constraints that a program must keep, and objectives that the host's meter reads."""

from pathlib import Path
from typing import Any

import pytest
import sums

import toolkit
from toolkit.bench import feasibility
from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.compare import Comparison
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.records import Scored, Usage
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.objective import JUDGED, Objective

BURNS = """
import time

def run(context, inputs, parameters, services):
    until = time.process_time() + parameters["x"] / 50
    while time.process_time() < until:
        pass
    return [{"answer": str(n)} for n in inputs]
"""
SPEED = '[objective]\nevidence = "measured"\nmetric = "cpu_s"\n'
EXACT = '[objective]\nconstraint = "exact == 1"'


class Tries:
    """Values of x, one after the other."""

    def run(self, lab: toolkit.Lab) -> None:
        for x in (2, 3, 1):
            lab.evaluate(toolkit.Candidate({"x": x}))


def opened(folder: Path, evaluator: Any, program: str = sums.RIGHT, **options: str) -> Bench:
    return Bench(study_files.load(sums.write(folder / "study", program, **options)), evaluator)


def compared(bench: Bench, folder: Path, searcher: Any = Tries) -> State:
    plan = Plan([CellSpec("tries", "tries", searcher, {}, 0)], Budget(3), search_only=True)
    with Ledger(folder, writer=True) as ledger:
        return Comparison(bench, ledger, plan).run()


def test_a_broken_constraint_makes_a_trial_invalid_and_it_is_charged(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = opened(tmp_path, evaluator, more=EXACT)
    (cell,) = compared(bench, tmp_path / "run").cells.values()
    assert [cell.trials[n].status for n in (1, 2, 3)] == ["invalid", "invalid", "ok"]
    told = "it breaks the constraint exact == 1: its exact is 0.3333333333"
    assert cell.trials[1].detail == told
    assert (cell.trials[1].score, cell.trials[1].items) == (None, {})
    assert cell.trials[1].usage.cpu_s > 0
    assert cell.charged == 3 * bench.full
    assert bench.tally.past == 0


def test_every_broken_constraint_is_told(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    more = '[objective]\nconstraint = ["exact > 0.5", "peak_rss_mb < 1", "cpu_s <= 1000"]'
    found = opened(tmp_path, evaluator, more=more).run(toolkit.Candidate({"x": 2}), by=HOST)
    first, second = found.detail.splitlines()
    assert first.startswith("it breaks the constraint exact > 0.5: ")
    assert second.startswith("it breaks the constraint peak_rss_mb < 1: its peak_rss_mb is ")


def test_a_part_of_a_split_is_not_held_to_a_constraint(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = opened(tmp_path, evaluator, more=EXACT)
    wrong = toolkit.Candidate({"x": 2})
    assert bench.run(wrong, share=0.5, by=HOST).ok
    assert bench.run(wrong, smoke=True, by=HOST).ok
    assert bench.run(wrong, by=HOST).status == "invalid"


UNKNOWN = (
    "[objective] constraint {}: unknown metric {!r}; did you mean {!r}? (known: cpu_s, exact, gpu_s, {}, "
    "peak_rss_mb, tokens, usd, wall_s); the task's metrics(rows) can give one of this name"
)


@pytest.mark.parametrize(
    ("constraint", "name", "meant"),
    [("exakt == 1", "exakt", "exact"), ("rss_mb <= 100", "rss_mb", "peak_rss_mb")],
)
def test_a_constraint_on_a_metric_that_nothing_gives_is_told_when_the_study_is_opened(
    tmp_path: Path, constraint: str, name: str, meant: str
) -> None:
    more = f'[objective]\nconstraint = "{constraint}"'
    study = study_files.load(sums.write(tmp_path / "study", more=more))
    with pytest.raises(toolkit.StudyError) as caught:
        study.task()
    assert UNKNOWN.format(constraint, name, meant, "overall") in str(caught.value)


MEASURES = """
    def metrics(self, rows):
        if len({row.output["answer"] for row in rows}) < 3:
            return {}
        return {"largest": max(float(row.output["answer"]) for row in rows)}
"""


def with_metrics(folder: Path, evaluator: Any, constraint: str) -> Bench:
    """A study whose task gives the metric `largest`, but not of outputs that are all the same."""
    program = sums.RIGHT.replace("* parameters", '* (parameters["x"] < 3) * parameters')
    sums.write(folder / "study", program, more=f'[objective]\nconstraint = "{constraint}"')
    task = folder / "study" / "task.py"
    task.write_text(task.read_text() + MEASURES)
    return Bench(study_files.load(folder / "study"), evaluator)


def test_one_that_the_task_alone_could_know_is_an_error_of_the_study_at_the_baseline(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = with_metrics(tmp_path, evaluator, "lagrest <= 9")
    with pytest.raises(toolkit.StudyError) as caught:
        compared(bench, tmp_path / "run")
    told = str(caught.value)
    assert told.startswith("study 'sums': [objective] constraint lagrest <= 9: unknown metric 'lag")
    assert (
        "did you mean 'largest'? (known: cpu_s, exact, gpu_s, largest, overall, peak_rss_mb, "
        in told
    )
    assert "mend the task, or [objective] constraint, in " in told


def test_a_metric_that_is_lacking_for_one_candidate_fails_that_trial(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = with_metrics(tmp_path, evaluator, "largest <= 3")
    (cell,) = compared(bench, tmp_path / "run").cells.values()
    assert [cell.trials[n].status for n in (1, 2, 3)] == ["invalid", "invalid", "ok"]
    assert cell.trials[1].detail == "it breaks the constraint largest <= 3: its largest is 4"
    assert "constraint largest <= 3: unknown metric 'largest'" in cell.trials[2].detail


def test_an_unchanged_program_that_breaks_a_constraint_stops_the_run_and_says_what_to_do(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = opened(tmp_path, evaluator, more='[objective]\nconstraint = "exact == 0"')
    with pytest.raises(toolkit.UserError) as caught:
        compared(bench, tmp_path / "run")
    told = "the unchanged program breaks a constraint on the search split (invalid): it breaks the"
    assert str(caught.value).startswith(f"{told} constraint exact == 0: its exact is 1\n")
    assert "loosen [objective] constraint, or mend the program" in str(caught.value)


def test_a_measured_objective_is_read_off_the_meter_and_less_is_better(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = opened(tmp_path, evaluator, BURNS, more=SPEED)
    found = bench.run(toolkit.Candidate({"x": 2}), by=HOST)
    assert found.ok, found.detail
    assert found.score == -found.usage.cpu_s < 0
    assert set(found.items.values()) == {found.score}
    assert found.metrics[JUDGED] == 1.0
    assert bench.description()["objective"]["metric"] == "cpu_s"


def test_the_fastest_right_program_is_the_champion(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    program = BURNS.replace("str(n)", 'str(n if parameters["x"] > 1 else 7)')
    more = SPEED + 'constraint = "judged == 1"'
    bench = opened(tmp_path, evaluator, program, more=more,
                   parameters="x = { int = [1, 3], default = 3 }")  # fmt: skip
    state = compared(bench, tmp_path / "run")
    (cell,) = state.cells.values()
    assert cell.trials[3].status == "invalid"  # the fastest, and wrong
    best = max((t for t in cell.trials.values() if t.ok), key=lambda t: t.score)
    assert best.candidate.overrides == {"x": 2}
    assert best.score > state.baseline.score


def test_what_is_measured_is_never_answered_from_the_cache(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    with CachedEvaluator(evaluator, tmp_path) as cached:
        bench = opened(tmp_path, cached, BURNS, more=SPEED)
        found = [bench.run(toolkit.Candidate(), by=HOST) for _ in range(2)]
    assert [one.cached for one in found] == [False, False]
    assert found[0].score != found[1].score


@pytest.mark.parametrize(
    ("metric", "value"),
    [("cpu_s", 2.0), ("wall_s", 3.0), ("peak_rss_mb", 40.0), ("tokens", 5.0), ("usd", 0.25)],
)
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_every_metric_in_either_direction(metric: str, value: float, direction: str) -> None:
    goal = Objective(evidence="measured", metric=metric, direction=direction)  # type: ignore[arg-type]
    usage = Usage(wall_s=3.0, cpu_s=2.0, peak_rss_mb=40.0, tokens=5, usd=0.25)
    judged = Scored(status="ok", score=0.5, items={"i": 0.5}, usage=usage)
    found = feasibility.measured(judged, goal)
    assert goal.shown(found.score) == value
    assert found.score == (value if direction == "maximize" else -value)
    crashed = Scored(status="crashed", usage=usage)
    assert feasibility.measured(crashed, goal) == crashed


def test_only_a_wrong_output_is_a_failure_of_a_measured_study(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(Path(__file__).parent / "shapes" / "speed"), evaluator)
    right = {item: one.answer for item, one in bench.vault.gold.items()}
    seconds = dict.fromkeys(right, -0.05)
    assert bench.failures(right, seconds, 9) == []
    (found,) = bench.failures({**right, "to-160000": 7}, seconds, 9)
    assert (found.item, found.output, found.score) == ("to-160000", 7, 0.0)
    unknown = opened(tmp_path, evaluator, more=SPEED)  # nobody says which outputs are right
    outputs = {"a0": 0, "a1": 9}
    assert unknown.failures(outputs, dict.fromkeys(outputs, -0.05), 9) == []
