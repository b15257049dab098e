"""Programs whose outputs are numbers or lists, whose calls are not their clusters, run whole."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

import toolkit
from searchers.autoresearcher.greedy import Greedy
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.integrity.checks import Checks
from toolkit.integrity.section import section
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.records import Candidate
from toolkit.report.outcomes import outcomes
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.task import floors

STUDIES = Path(__file__).parent / "output_studies"


@pytest.fixture
def open_bench(evaluator: LocalEvaluator) -> Callable[[str], Bench]:
    return lambda name: Bench(study_files.load(STUDIES / name), evaluator)


def test_a_pooled_error_is_minimised_and_has_a_row_for_each_station(
    open_bench: Callable[[str], Bench],
) -> None:
    bench = open_bench("stations")
    base, better = bench.run(Candidate()), bench.run(Candidate({"slope": 1.0}))
    assert base.score is not None and better.score is not None
    assert base.score < better.score < 0  # of the host: higher is better
    assert set(base.items) == {"s1", "s2", "s3"}
    assert fmean(base.items.values()) == pytest.approx(base.score)
    assert all(isinstance(output, float) for output in base.outputs.values())
    worst = bench.failures(base.outputs, base.items, 2)
    assert [one.item for one in worst] == ["s2:3", "s2:2"]
    assert worst[0].score == pytest.approx(3.0)
    part = bench.run(Candidate(), share=1 / 3)
    assert part.status == "ok"
    assert len(part.items) == 1


def test_a_program_of_the_wrong_form_fails_in_the_words_of_the_study(
    open_bench: Callable[[str], Bench],
) -> None:
    bench = open_bench("stations")
    program = bench.study.sources["program/model.py"]
    few = program.replace("for one in inputs]", "for one in inputs[1:]]")
    odd = program.replace("return [", "return [str(1) for one in inputs] or [")
    found = [bench.run(edited(bench, text)) for text in (few, odd)]
    assert [one.status for one in found] == ["crashed", "crashed"]
    assert "call 1 must return a list of 4 forecasts, one per reading" in found[0].detail
    shown = r"a forecast is a number \(this is of item s\d:\d, whose output is '1'\)"
    assert re.fullmatch(shown, found[1].detail)


def edited(bench: Bench, text: str) -> Candidate:
    return Candidate(patch=bench.study.pristine.edited("", {"program/model.py": text}))


def test_floors_are_outputs_and_a_wrong_context_is_one_where_the_task_says_so(
    open_bench: Callable[[str], Bench],
) -> None:
    stations, corpus = open_bench("stations"), open_bench("corpus")
    assert floors(stations.task) == {"zero": 0, "three": 3.0}
    assert stations.constant(3.0, "search").score > stations.constant(0, "search").score  # type: ignore[operator]
    assert stations.has_wrong_context("search")
    assert not corpus.has_wrong_context("search")
    assert stations.run(Candidate(), wrong_context=True).score != stations.run(Candidate()).score


def test_many_clusters_in_one_call_are_asked_at_once_and_counted_apart(
    open_bench: Callable[[str], Bench],
) -> None:
    bench = open_bench("corpus")
    (call,) = bench.selection("search").calls
    context, inputs = json.loads(call)
    assert len(context) == 80
    assert len(inputs) == 20  # of this split only: the other is asked in a call of its own
    found = bench.run(Candidate())
    assert len(found.items) == 20
    assert found.score == pytest.approx(fmean(found.items.values()))
    described = bench.description()
    assert len(set(described["items"]["search"].values())) == 20
    assert set(described["calls"]["search"].values()) == {"corpus"}
    some = bench.run(Candidate(), only=frozenset({"q00", "q02"}))
    assert some.items == {item: found.items[item] for item in ("q00", "q02")}
    assert [len(items) for items in bench.selection("search", 0.5).batches] == [10]
    assert [len(items) for items in bench.selection("test", halves=True).batches] == [10, 10]


def test_a_cluster_of_several_calls_is_asked_in_each(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = study_files.load(STUDIES / "corpus")
    items = [
        toolkit.Item("q00:a", "q00", "word0", call="one"),
        toolkit.Item("q00:b", "q00", "word0", call="two"),
        toolkit.Item("q02:a", "q02", "word2", call="one"),
    ]

    class Several:
        def __init__(self, data: Path) -> None:
            self.data = data

        def items(self) -> list[toolkit.Item]:
            return [*items, toolkit.Item("q01:a", "q01", "word1", call="one")]

        def vault(self) -> toolkit.Vault:
            gold = {item.id: toolkit.Gold(None) for item in self.items()}
            return toolkit.Vault(gold, lambda gold, output: float(output is None))

    vars(study)["_task"] = Several(tmp_path)
    splits = {"search": ("q00", "q02"), "test": ("q01",)}
    bench = Bench(replaced(study, splits), evaluator)
    calls = [[item.id for item in batch] for batch in bench.items["search"]]
    assert sorted(map(sorted, calls)) == [["q00:a", "q02:a"], ["q00:b"]]
    assert bench.selection("test").calls == (b'[null,["word1"]]',)  # without contexts: null


def replaced(study: Any, splits: dict[str, tuple[str, ...]]) -> Any:
    import dataclasses

    other = dataclasses.replace(study, splits=splits)
    vars(other)["_task"] = vars(study)["_task"]
    return other


class Looks:
    """Writes the prompt once, then tries two values."""

    prompts: list[str] = []  # noqa: RUF012 - a fresh one in each test

    def run(self, lab: toolkit.Lab) -> None:
        greedy = Greedy(lab)
        self.prompts.append(greedy.prompt(greedy.seen()))
        for slope in (0.0, 1.0):
            trial = lab.evaluate(toolkit.Candidate({"slope": slope}))
            assert lab.objective.shown(trial.score or 0) > 0


@pytest.fixture
def stations_run(open_bench: Callable[[str], Bench], tmp_path: Path) -> tuple[Bench, State, Ledger]:
    Looks.prompts = []
    bench = open_bench("stations")
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan([CellSpec("looks", "looks", Looks, {}, 0)], Budget(2), search_only=True)
        yield bench, Comparison(bench, ledger, plan).run(), ledger  # type: ignore[misc]


def test_a_prompt_speaks_of_the_study_and_shows_levels_in_their_own_direction(
    stations_run: tuple[Bench, State, Ledger],
) -> None:
    _, state, _ = stations_run
    (cell,) = state.cells.values()
    assert (cell.ended or {})["status"] == "finished", cell.ended
    assert state.champion(cell).candidate.overrides == {"slope": 1.0}
    (prompt,) = Looks.prompts
    level = -(state.baseline.score or 0)
    for text in (
        "it is kept if the RMSE falls, else taken back",
        "# Scores now, on the stations that you may learn from",
        f"- **objective, RMSE in K (lower is better): {level:.6g}** (at the beginning {level:.6g})",
        "# Some readings and their forecasts now",
        "format (the form of the forecast only)",
        "  its forecast: ",
        "  station: s",
        "  hours\n  - 0\n  - 1\n  day\n  - year: 2020\n",
        "architecture (another way of doing it)",
    ):
        assert text in prompt
    assert "question" not in prompt and "conversation" not in prompt
    assert "[]" not in prompt  # a study without kinds names none


def test_checks_of_texts_do_not_apply_to_numbers(
    stations_run: tuple[Bench, State, Ledger], open_bench: Callable[[str], Bench]
) -> None:
    bench, state, ledger = stations_run
    for split in ("search", "test"):
        found = bench.run(Candidate(), split)  # type: ignore[arg-type]
        state.outputs["baseline", split] = ledger.put(found.outputs)  # type: ignore[index]
    checks = {row["check"]: row["value"] for row in Checks(bench, state, ledger, []).readings()}
    assert checks["reach"]["texts"] == 0
    assert checks["more parts than gold"]["answers"] == 0


def test_a_minimised_mean_of_numbers_runs_whole_and_text_checks_say_why_they_do_not_apply(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = Path(shutil.copytree(STUDIES / "stations", tmp_path / "study"))
    for name, old in (("study.toml", 'aggregate = "pooled"\n'), ("task.py", " pool=rmse,")):
        file = folder / name
        assert file.read_text().count(old) == 1
        file.write_text(file.read_text().replace(old, ""))
    bench = Bench(study_files.load(folder), evaluator)
    Looks.prompts = []
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan([CellSpec("looks", "looks", Looks, {}, 0)], Budget(2))
        state = Comparison(bench, ledger, plan).run()
    (cell,) = state.cells.values()
    assert (cell.ended or {})["status"] == "finished", cell.ended
    floors = {
        name: one.detail for (name, split), one in state.assessments.items() if split == "test"
    }
    assert floors["floor:three"] == "3.0"
    assert "floor:wrong context" in floors
    found = {
        row["check"]: row
        for row in outcomes(section(state, [cell]))
        if row["subject"] != "baseline"
    }
    for check in ("more parts than gold", "repeated outputs"):
        assert (found[check]["outcome"], found[check]["why"]) == (
            "not applicable",
            "no output is a text",
        )
    assert found["half batches"]["outcome"] == "nothing found by this check"
