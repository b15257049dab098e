"""The cost of a comparison is said before it is spent, and --after says what follows it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import drawn
import pytest
import sums

from searchers.random_search import RandomSearch
from toolkit.bench import cost, forecast, liveness
from toolkit.bench.bench import Bench
from toolkit.bench.cost import Course, Rate, Stage
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.records import Candidate, Scored, Usage
from toolkit.report import tables
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.study import study as study_files
from toolkit.study.space import Choice, Flag, Float, Int

TRAINING = Course(cells=1, trials=20, slots=1)
FIVE_MINUTES = Rate(300.0, usd=0.1)


def run(bench: Bench, folder: Path, after: Any = None, budget: float = 4) -> tuple[State, str]:
    """The state, and all that was told."""
    told: list[str] = []

    class Told(Observer):
        def note(self, text: str) -> None:
            told.append(text)

    plan = Plan([CellSpec("random", "random", RandomSearch, {}, 0)], Budget(budget), after=after)
    with Ledger(folder, writer=True) as ledger:
        drawn.keep(ledger)
        state = Comparison(bench, ledger, plan, Told()).run()
    return state, "\n".join(told)


@pytest.fixture
def small(tmp_path: Path, evaluator: LocalEvaluator) -> Bench:
    """A study whose baseline is wrong about two items of three, and takes milliseconds."""
    study = sums.write(tmp_path / "small", parameters="x = { int = [1, 3], default = 2 }")
    return Bench(study_files.load(study), evaluator)


def test_a_long_training_is_announced_whole() -> None:
    found = cost.estimate(TRAINING, FIVE_MINUTES, FIVE_MINUTES, "full")
    assert found.search == Stage("the search", 20, 6000.0, 2.0)
    assert [(part.name, part.evaluations) for part in found.parts[1:]] == [
        ("scores of the champions", 5),  # four records of twenty, and another context
        ("the attribution", 96),
        ("the integrity checks", 8),
    ]
    assert found.rest.evaluations == 109
    assert found.rest.seconds == 109 * 300


def test_replicates_multiply_what_follows() -> None:
    five = cost.estimate(replace(TRAINING, final=5), FIVE_MINUTES, FIVE_MINUTES, "full")
    assert five.rest.evaluations == 5 * 109
    assert five.search.evaluations == 20


def test_without_a_test_split_champions_are_not_scored_again() -> None:
    exact = replace(TRAINING, held_out=False)
    names = [part.name for part in cost.estimate(exact, FIVE_MINUTES, FIVE_MINUTES, "full").parts]
    assert names == ["the search", "the attribution", "the integrity checks"]
    assert len(cost.estimate(exact, FIVE_MINUTES, FIVE_MINUTES, "light").parts) == 1


@pytest.mark.parametrize(
    ("course", "seconds", "level"),
    [
        (TRAINING, 300.0, "light"),  # nine hours behind two
        (TRAINING, 30.0, "full"),  # an hour behind ten minutes
        (replace(TRAINING, trials=1000), 300.0, "full"),  # the search takes longer
        (replace(TRAINING, slots=16), 300.0, "full"),  # less than an hour by the clock
        (Course(9, 50, 2), 0.4, "full"),
    ],
)
def test_what_is_long_and_longer_than_the_search_is_left_out_by_itself(
    course: Course, seconds: float, level: str
) -> None:
    rate = Rate(seconds)
    assert cost.chosen(None, course, rate, rate) == level
    assert cost.chosen("full", course, rate, rate) == "full"
    assert cost.chosen("none", course, rate, rate) == "none"


def test_the_estimate_is_said_once_before_the_first_trial(small: Bench, tmp_path: Path) -> None:
    state, told = run(small, tmp_path / "run")
    assert "the search takes 4 evaluations, " in told
    assert "after the search, at most: scores of the champions 4 evaluations, " in told
    assert "the attribution 96 evaluations, " in told
    smallest = state.findings["after"]["smallest_gain"]
    assert smallest > 0
    assert f"the smallest gain that this can decide is about {smallest:.3g}, " in told
    assert state.findings["after"]["level"] == "full"
    assert state.findings["after"]["left_out"] == []
    assert state.findings["after"]["parts"][0]["evaluations"] == 4
    again, told = run(small, tmp_path / "run")
    assert "evaluations" not in told.replace("0 evaluations", "")
    assert again.findings["after"] == state.findings["after"]


def test_light_scores_the_champions_and_reads_what_costs_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    state, told = run(bench, tmp_path / "run", "light")
    scored = {subject for subject, split in state.assessments if split == "test"}
    champion = state.champion(next(iter(state.cells.values()))).candidate.digest
    assert scored == {"baseline", "floor:no number", "floor:half", champion}
    assert not state.accounts
    assert ("reach", "study") in state.checks
    assert "left out, since --after light: the attribution, " in told
    text = tables.text(summarise(state), 200)
    assert "left out, since --after light was asked for: the attribution" in text


def test_none_leaves_the_search_and_its_verdict(bench: Bench, tmp_path: Path) -> None:
    state, _ = run(bench, tmp_path / "run", "none")
    assert len({subject for subject, _ in state.assessments}) == 2
    assert not (state.accounts or state.checks)
    assert "dead_parameters" not in state.findings
    summary = summarise(state)
    assert summary["cells"][0]["gain"] is not None
    assert "the search for dead parameters" in tables.text(summary, 200)


def test_a_later_command_goes_on_to_what_was_left_out(small: Bench, tmp_path: Path) -> None:
    first, _ = run(small, tmp_path / "run", "none")
    state, _ = run(small, tmp_path / "run", "full")
    assert state.accounts
    assert state.findings["after"]["left_out"] == []
    assert [t.score for c in state.cells.values() for t in c.trials.values()] == [
        t.score for c in first.cells.values() for t in c.trials.values()
    ]


def told(state: State) -> str:
    return " ".join(tables.text(summarise(state), 200).split())


def not_run(state: State) -> set[str]:
    """Reasons of the integrity checks that were not run, but for the floors."""
    rows = summarise(state)["integrity"]["checks"]
    return {row["why"] for row in rows if row["outcome"] == "not run" and row["check"] != "floors"}


def test_checks_that_were_left_out_on_purpose_are_not_called_unfinished(
    small: Bench, tmp_path: Path
) -> None:
    none, _ = run(small, tmp_path / "none", "none")
    assert "integrity: left out (--after none)" in told(none)
    assert "type the same command again" not in told(none)
    assert not_run(none) == {"left out (--after none); --after full runs it"}
    light, _ = run(small, tmp_path / "light", "light")
    assert not_run(light) == {"left out (--after light); --after full runs it"}
    assert "type the same command again" not in told(light)


def test_checks_that_were_left_out_for_their_time_say_so(small: Bench, tmp_path: Path) -> None:
    state, _ = run(small, tmp_path / "run", "light")
    state.findings["after"] = {**state.findings["after"], "asked": False}
    why = "left out, since it would take longer than the search"
    assert not_run(state) == {f"{why}; --after full runs it"}


def test_checks_that_a_stopped_run_still_owes_are_not_called_left_out(
    small: Bench, tmp_path: Path
) -> None:
    state, _ = run(small, tmp_path / "run", "none")
    for level in ("full", "light"):
        left_out = cost.LEFT_OUT[level]
        state.findings["after"] = {
            **state.findings["after"], "level": level, "left_out": list(left_out)
        }  # fmt: skip
        assert "integrity: not run yet; type the same command again" in told(state)


def test_what_a_run_left_out_by_itself_stays_left_out(small: Bench, tmp_path: Path) -> None:
    """The clock of another day must not change what a run is."""
    state, _ = run(small, tmp_path / "run", "none")
    with Ledger(tmp_path / "run", writer=True) as ledger:
        value = {**state.findings["after"], "level": "light", "asked": False}
        ledger.append("finding", {"name": "after", "value": value})
    again, _ = run(small, tmp_path / "run")
    assert again.findings["after"]["level"] == "light"
    assert not again.accounts


def test_after_is_an_option_of_compare(tmp_path: Path, cli: Callable[..., Any]) -> None:
    sums.write(tmp_path / "study")
    done = cli("compare", "study", "--budget", "2", "--searchers", "random", "--after", "none")
    assert done.returncode == 0, done.stderr
    assert "the search takes 2 evaluations" in done.stderr
    assert "left out, since --after none was asked for" in done.stdout
    wrong = cli("compare", "study", "--after", "some")
    assert wrong.returncode == 2
    assert "'full', 'light', 'none'" in wrong.stderr


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.31, "0.31 s"), (61, "61 s"), (720, "12 min"), (20_880, "5.8 h")]
)
def test_times_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert forecast.lasting(seconds) == text


@pytest.mark.parametrize(
    ("param", "value"),
    [
        (Int(16, 256, 100, log=True), [16, 256]),  # on the scale that it is drawn on
        (Int(16, 256, 100), [256, 16]),
        (Float(0.0, 2.0, 0.2), [2.0, 0.0]),
        (Float(0.0, 1.0, 1.0), [0.0]),
        (Choice(("a", "b", "c"), "c"), ["b", "a"]),
        (Choice(("a", "b", "c"), "a"), ["c", "b"]),
        (Flag(True), [False]),
        (Int(3, 3, 3), []),
        (Choice(tuple(range(99)), 0), [98, 97, 96, 95, 94, 93, 92, 91]),
    ],
)
def test_a_parameter_is_tried_at_the_value_farthest_from_its_default_first(
    param: Any, value: Any
) -> None:
    assert liveness.far(param) == value


def test_a_weight_that_matters_with_one_sign_only_is_not_dead() -> None:
    def outputs(candidate: Candidate) -> str:
        return "late" if candidate.overrides.get("late", 0.0) > 0 else "first"

    space = {"late": Float(-1.0, 1.0, 0.0), "idle": Float(-1.0, 1.0, 0.0)}
    assert liveness.dead(space, outputs) == ["idle"]


def test_a_choice_that_matters_at_a_middle_value_only_is_not_dead() -> None:
    def outputs(candidate: Candidate) -> str:
        return "short" if candidate.overrides.get("prompt") == "terse" else "long"

    space = {name: Choice(("plain", "terse", "polite"), "plain") for name in ("prompt", "idle")}
    assert liveness.dead(space, outputs) == ["idle"]


def test_one_evaluation_tells_whether_a_parameter_is_dead_and_two_of_one_that_seems_so(
    bench: Bench,
) -> None:
    assert bench.dead_parameters() == ["unused"]
    ends = len(liveness.far(bench.study.space["unused"]))
    on_the_first_call = 1 + len(bench.study.space) + ends - 1
    on_all_calls = 1 + ends
    assert bench.tally.evaluations == on_the_first_call + on_all_calls


def test_a_slow_or_noisy_program_is_not_tried(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    slow = Scored(status="ok", usage=Usage(wall_s=61.0))
    assert liveness.skipped(slow) == "one evaluation takes 61 s"
    thrice = replace(slow, replicates=(1.0, 1.0, 1.0))
    assert liveness.skipped(thrice) == ""
    study = sums.write(tmp_path / "study", sums.NOISY, more="[replicates]\nfinal = 5",
                       parameters="fails = { choices = [[], [3]], default = [] }")  # fmt: skip
    bench = Bench(study_files.load(study), evaluator)
    state, told = run(bench, tmp_path / "run", "light")
    assert "nobody looked for dead parameters: the unchanged program is noisy" in told
    assert "dead_parameters" not in state.findings
    shown = " ".join(tables.text(summarise(state), 200).split())
    assert "the unchanged program is noisy" in shown
