"""What a gain came from, whatever a study claims: pooled, exact, noisy, many clusters in a call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import drawn
import pytest
import sums
from stepwise import steps

from toolkit.attribution import groups
from toolkit.attribution.champions import attribute
from toolkit.attribution.measure import Measurements
from toolkit.attribution.values import Effort
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.ledger.subjects import BASELINE
from toolkit.records import Scored
from toolkit.report import tables
from toolkit.report.gaps import gain
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

SHAPES = Path(__file__).parent / "shapes"
Run = Callable[..., State]


@pytest.fixture
def run(tmp_path: Path, evaluator: LocalEvaluator) -> Run:
    """run(folder of a study, edit, edit, …) -> State, all parts attributed."""

    def compare(folder: Path, *edits: Any) -> State:
        bench = Bench(study_files.load(folder), evaluator)
        plan = Plan([CellSpec("steps", "steps", steps(*edits), {}, 0)], Budget(len(edits)))
        with Ledger(tmp_path / "run", writer=True) as ledger:
            drawn.keep(ledger)
            return Comparison(bench, ledger, plan).run()

    return compare


def account(state: State) -> dict[str, Any]:
    (found,) = state.accounts.values()
    return dict(found)


def values(state: State) -> list[float]:
    return [part["value"]["mean"] for part in account(state)["parts"]]


def measured(tmp_path: Path) -> list[dict[str, Any]]:
    with Ledger(tmp_path / "run", writer=False) as ledger:
        return [event.data for event in ledger.events() if event.kind == "measured"]


def outcomes_of(state: State) -> dict[str, tuple[str, str]]:
    rows = summarise(state)["integrity"]["checks"]
    return {row["check"]: (row["outcome"], row["why"]) for row in rows if row["subject"] != "study"}


def test_a_pooled_gain_is_taken_apart_on_the_whole_split(run: Run, tmp_path: Path) -> None:
    warmer = ("bug_fix", [("program/model.py", "LAPSE = 0.0", "LAPSE = 0.0065")])
    state = run(stations(tmp_path / "study"), warmer, ("", [("slope", 2.0)]))
    found = account(state)
    assert found["method"] == "exact"
    (alone,) = measured(tmp_path)  # the slope alone: all else had been scored
    assert (len(alone["clusters"]), alone["status"]) == (12, "ok")
    level = sum(alone["items"].values()) / 12  # no item of its own, but rows that mean the RMSE
    scores = {one.subject: one.score for one in state.assessments.values() if one.split == "test"}
    (cell,) = state.cells.values()
    first, both = (scores[cell.trials[n].candidate.digest] for n in (1, 2))
    nothing = scores[BASELINE]
    lapse = ((first - nothing) + (both - level)) / 2
    assert values(state) == pytest.approx([lapse, both - nothing - lapse])
    whole = summarise(state)["cells"][0]
    assert sum(values(state)) == pytest.approx(whole["gain"])
    assert [found["gain"]["low"], found["gain"]["high"]] == pytest.approx(whole["interval"])
    assert found["decided"]


def test_rows_of_a_claim_about_noise_are_replicates(run: Run, tmp_path: Path) -> None:
    warm = ("bug_fix", [("program/train.py", "WARM_UP = False", "WARM_UP = True")])
    state = run(SHAPES / "bits", warm, ("", [("depth", 16)]))
    found = account(state)
    assert values(state) == pytest.approx([0.4, 0.6], abs=0.01)  # its noise has a deviation of .004
    assert found["by_item"]["items"] == [f"replicate {n}" for n in range(1, 6)]
    assert 0.35 < found["parts"][0]["value"]["low"] < 0.4
    assert found["cost"]["evaluations"] == 1
    (row,) = measured(tmp_path)
    assert len(row["items"]) == 5
    checks = outcomes_of(state)
    assert checks["A/A run"] == ("not applicable", "the noise of 5 replicates was measured")
    assert "not run" not in {outcome for outcome, _ in checks.values()}


PACK = "program/pack.py"
TIGHT = ("bug_fix", [(PACK, "SLACK = 0.8", "SLACK = 1.0")])


def test_an_exact_gain_of_one_part_takes_no_evaluation(run: Run, tmp_path: Path) -> None:
    state = run(SHAPES / "packing", TIGHT)
    found = account(state)
    value = found["parts"][0]["value"]
    assert (value["mean"], value["low"], value["high"]) == (pytest.approx(0.2), None, None)
    assert found["decided"]
    assert found["cost"]["evaluations"] == 0
    assert measured(tmp_path) == []
    assert state.openings == []
    shown = tables.text(summarise(state))
    assert "+0.2000 = 100% (1 part" in shown
    assert "not decided" not in shown
    checks = outcomes_of(state)
    assert checks["rare words in edits"] == ("not applicable", "no data was held out")
    assert checks["another order"] == ("not applicable", "the study has one packing")
    assert checks["A/A run"][0] == "nothing found by this check"
    assert "not run" not in {outcome for outcome, _ in checks.values()}
    assert "test" not in shown.partition("integrity")[2]


def test_exact_values_are_numbers_without_intervals(run: Run, tmp_path: Path) -> None:
    state = run(SHAPES / "packing", TIGHT, ("", [("rows", 3)]))
    # .8, tight 1.0, three rows 1.2, both 1.5
    assert values(state) == pytest.approx([0.25, 0.45])
    assert len(measured(tmp_path)) == 1
    (pair,) = account(state)["interactions"]
    assert (pair["mean"], pair["low"]) == (pytest.approx(0.1), None)


def test_a_reported_gain_without_replicates_is_not_decided(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    text = (SHAPES / "bits" / "study.toml").read_text()
    copied(SHAPES / "bits", folder, text.replace('"replicates"', '"none"').replace("final = 5", ""))
    warm = ("bug_fix", [("program/train.py", "WARM_UP = False", "WARM_UP = True")])
    found = account(state := run(folder, warm))
    assert found["gain"] == {"mean": pytest.approx(0.4, abs=0.02), "low": None, "high": None}
    assert not found["decided"]
    assert "how much the number varies from run to run was not measured" in " ".join(
        tables.text(summarise(state)).partition("its gain is not decided")[2].split()
    )


def stations(folder: Path) -> Path:
    """The study of a pooled error, all calls in one process: it takes a tenth of the time."""
    text = (SHAPES / "rmse" / "study.toml").read_text()
    copied(SHAPES / "rmse", folder, text.replace('fresh = "call"', ""))
    return folder


def copied(source: Path, folder: Path, text: str) -> None:
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (folder / "study.toml").write_text(text)


def one_call(folder: Path, program: str, parameters: str) -> Path:
    """A study of 40 clusters, all of them in one call."""
    names = [f"q{n:02}" for n in range(40)]
    quoted = [", ".join(f'"{name}"' for name in half) for half in (names[:20], names[20:])]
    splits = f"search = [{quoted[0]}]\ntest = [{quoted[1]}]"
    sums.write(folder, program, splits=splits, parameters=parameters)
    task = sums.TASK.replace('CLUSTERS = ["a", "b", "c", "d"]', f"CLUSTERS = {names}")
    task = task.replace("{cluster: {} for cluster in CLUSTERS}", '{"corpus": {}}')
    task = task.replace('toolkit.Item(f"{c}{n}", c, n)', 'toolkit.Item(c, c, n, call="corpus")')
    task = task.replace("for c in CLUSTERS for n in range(3)", "for n, c in enumerate(CLUSTERS)")
    (folder / "task.py").write_text(task)
    return folder


GATED = """
def run(context, inputs, parameters, services):
    a, b, c, d, e = (parameters.get(name, 0) for name in "abcde")
    right = a + b * c + d * e
    return [n if n % 4 < right or (c and n % 5 == 0) else -1 for n in inputs]
"""


def test_clusters_of_one_call_are_run_together_and_each_subset_once(
    run: Run, tmp_path: Path
) -> None:
    dials = "\n".join(f"{name} = {{ int = [0, 1], default = 0 }}" for name in "abc")
    folder = one_call(tmp_path / "study", GATED, dials)
    state = run(folder, *(("", [(name, 1)]) for name in "abc"))
    rows = measured(tmp_path)
    assert groups.of(state) == [tuple(f"q{n}" for n in range(20, 40))]
    assert all(len(row["clusters"]) == 20 for row in rows)
    programs = [row["program"] for row in rows]
    assert len(programs) == len(set(programs)) <= 5  # of eight, the chain had been scored
    opened = [one for one in state.openings if one["purpose"] == "attribution"]
    assert len(opened) == len(programs)
    assert sum(values(state)) == pytest.approx(summarise(state)["cells"][0]["gain"])
    assert account(state)["gain"]["low"] > 0  # over twenty clusters


@pytest.mark.slow
def test_orders_that_all_clusters_share_are_in_the_interval(
    run: Run, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    dials = "\n".join(f"{name} = {{ int = [0, 1], default = 0 }}" for name in "abcde")
    folder = one_call(tmp_path / "study", GATED, dials)
    state = run(folder, *(("", [(name, 1)]) for name in "abcde"))
    exact, cells = account(state), list(state.cells.values())
    bench = Bench(study_files.load(folder), evaluator)
    found = {}
    with Ledger(tmp_path / "run", writer=True) as ledger:
        for budget in (2, 6):
            attribute(Measurements(bench, Journal(ledger, state)), cells, Effort(budget, "chains"))
            found[budget] = account(state)
    assert found[2]["rounds"] == 1 < found[6]["rounds"]
    for one in found.values():
        assert one["gain"] == pytest.approx(exact["gain"])  # no order changes the whole
        total = sum(part["value"]["mean"] for part in one["parts"])
        assert total == pytest.approx(exact["gain"]["mean"])
    assert {part["value"]["low"] for part in found[2]["parts"]} == {None}
    wide, narrow = (
        sum(part["value"]["high"] - part["value"]["low"] for part in one["parts"])
        for one in (found[6], exact)
    )
    assert wide > narrow


def test_a_part_that_fails_alone_is_no_better_than_the_baseline_of_a_loss(
    run: Run, tmp_path: Path
) -> None:
    """The slope alone leaves nothing on warm stations: an error of 0 would be a perfect score."""
    folder = stations(tmp_path / "study")
    model = folder / "program" / "model.py"
    model.write_text(
        model.read_text().replace(
            "    base =", '    assert LAPSE or parameters["slope"] < 2 or context["height"] < 800\n'
            "    base =",
        )
    )  # fmt: skip
    warmer = ("bug_fix", [("program/model.py", "LAPSE = 0.0", "LAPSE = 0.0065")])
    state = run(folder, warmer, ("", [("slope", 2.0)]))
    (failed,) = [row for row in measured(tmp_path) if row["status"] != "ok"]
    base = state.assessments[BASELINE, "test"]
    assert failed["items"] == base.items
    slope = account(state)["parts"][1]
    assert slope["first_in"]["mean"] == 0
    assert sum(values(state)) == pytest.approx(summarise(state)["cells"][0]["gain"])


DRIFTS = """
import random

def run(context, inputs, parameters, services):
    luck = random.Random(repr((services["seed"], parameters))).random()
    right = parameters["a"] + parameters["b"] + (luck < 0.5)
    return [n if n < right else -1 for n in inputs]
"""


def test_no_part_has_a_narrower_interval_than_the_noise_of_its_programs(
    run: Run, tmp_path: Path
) -> None:
    folder = sums.write(
        tmp_path / "study", DRIFTS, more="[replicates]\nfinal = 4",
        parameters="a = { int = [0, 1], default = 0 }\nb = { int = [0, 1], default = 0 }",
    )  # fmt: skip
    state = run(folder, ("", [("a", 1)]), ("", [("b", 1)]))
    found, (cell,) = account(state), state.cells.values()
    whole = gain(state, cell)
    assert found["gain"] == pytest.approx(
        {"mean": whole.mean, "low": whole.low, "high": whole.high}
    )
    assert whole.high - whole.low > 0.1
    for part in found["parts"]:  # every cluster says the same: the noise is all that there is
        assert part["value"]["high"] - part["value"]["low"] > 0.05
    assert {len(one.replicates) for one in state.measured.values()} == {4}


def test_clusters_are_joined_by_the_calls_that_they_share() -> None:
    pairs = [("a", "1"), ("b", "2"), ("c", "1"), ("c", "3"), ("d", "4"), ("b", "3"), ("e", "4")]
    assert groups.joined(pairs) == [("a", "b", "c"), ("d", "e")]
    assert groups.joined([("x", "x"), ("y", "y")]) == [("x",), ("y",)]


def test_no_score_is_below_every_score() -> None:
    low, none = Scored(status="ok", score=-1e9), Scored(status="crashed")
    assert max((none, low), key=lambda one: one.rank) is low
