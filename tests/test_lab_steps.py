"""Steps of a searcher that a lab serves: notes, second runs, withdrawals, faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import MAIN, run
from shape_runs import SHAPES

import toolkit
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.cell import CellState
from toolkit.ledger.entries import Stage
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.lab import Lab
from toolkit.study import study as study_files


def played(bench: Bench, folder: Path, play: Callable[[Lab], Any], budget: float = 5) -> CellState:
    """The cell of a searcher that does what `play` does."""

    class Player:
        def run(self, lab: Lab) -> Any:
            return play(lab)

    from toolkit.compare import Comparison

    spec = CellSpec("mine", "mine", Player, {}, 0)
    with Ledger(folder, writer=True) as ledger:
        plan = Plan([spec], Budget(budget), search_only=True)
        cell = Comparison(bench, ledger, plan).run().cells[spec.key]
    assert cell.ended is not None
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    return cell


def state_of(folder: Path) -> State:
    with Ledger(folder, writer=False) as ledger:
        return load(ledger)


def test_a_step_is_on_record_once_however_often_it_is_replayed(
    bench: Bench, tmp_path: Path
) -> None:
    def play(lab: Lab) -> None:
        lab.note("look", "two items", request="k")
        trial = lab.evaluate(toolkit.Candidate({"x": 0.3}))
        for _ in range(2):
            lab.note("decide", "kept", trials=[trial.number])

    played(bench, tmp_path / "run", play, 1)
    cell = played(bench, tmp_path / "run", play, 2)
    decided = Stage("decide", "kept", "", (1,))
    assert cell.stages == [Stage("look", "two items", "k"), decided, decided]
    assert state_of(tmp_path / "run").cells[cell.key].stages == cell.stages


def test_a_trial_that_was_withdrawn_is_no_champion_and_the_next_best_is(
    bench: Bench, tmp_path: Path
) -> None:
    def play(lab: Lab) -> None:
        lab.evaluate(toolkit.Candidate({"x": 0.3}))
        best = lab.evaluate(toolkit.Candidate({"x": 0.6}))
        lab.withdraw(best, "luck")
        lab.withdraw(best, "another reason")
        lab.withdraw(lab.baseline, "nobody can")

    cell = played(bench, tmp_path / "run", play, 2)
    assert cell.withdrawn == {2: "luck"}
    state = state_of(tmp_path / "run")
    assert state.champion(state.cells[cell.key]).number == 1


def test_the_champion_is_another_as_soon_as_one_is_withdrawn(bench: Bench, tmp_path: Path) -> None:
    cell = played(bench, tmp_path / "run", lambda lab: lab.evaluate(toolkit.Candidate({"x": 0.3})))
    state = state_of(tmp_path / "run")
    mine = state.cells[cell.key]
    assert state.champion(mine).number == 1
    mine.withdrawn[1] = "luck"
    assert state.champion(mine).number == 0


SEEDED = 'value = SCALE * height(parameters) - context["offset"]'
BY_SEED = 'value = (services["seed"] % 1000) / 1000'


def test_a_second_run_has_a_seed_of_its_own_is_charged_and_never_the_champion(
    bench: Bench, tmp_path: Path
) -> None:
    found: list[toolkit.Trial] = []

    def play(lab: Lab) -> None:
        text = lab.sources[MAIN].replace(SEEDED, BY_SEED)
        first = lab.evaluate(lab.edit(toolkit.Candidate(), {MAIN: text}))
        found.clear()
        found.extend([first, lab.replicate(first), lab.replicate(first)])

    cell = played(bench, tmp_path / "run", play, 3)
    assert len({one.score for one in found}) == 3
    assert [start.again for start in cell.started.values()] == [0, 1, 2]
    assert cell.charged == 3 * bench.full
    state = state_of(tmp_path / "run")
    assert state.champion(state.cells[cell.key]).number in (0, 1)
    scores = [one.score for one in found]
    again = played(bench, tmp_path / "run", play, 4)
    assert [one.score for one in found] == scores, "a replay is told the same"
    assert len(again.trials) == 3
    assert not (again.ended or {})["diverged"]


def test_faults_are_told_without_a_run_and_not_those_of_the_unchanged_program(
    bench: Bench, tmp_path: Path
) -> None:
    told: list[Any] = []

    def play(lab: Lab) -> None:
        for line in (
            "SCALE = nowhere\n",
            "SCALE = (\n",
            "from toy_pipeline.curve import depth\n",
            "",
        ):
            text = lab.sources[MAIN] + line
            told.append(lab.faults(lab.edit(toolkit.Candidate(), {MAIN: text})))
        lab.evaluate(toolkit.Candidate())

    played(bench, tmp_path / "run", play, 1)
    undefined, torn, missing, sound = told
    assert undefined == [f"{MAIN}: undefined name 'nowhere'"]
    assert "does not compile: SyntaxError" in torn[0]
    assert missing == [f"{MAIN}: imports 'depth' from toy_pipeline.curve, which does not define it"]
    assert sound == []


def test_a_sentence_that_run_returns_says_why_the_cell_ended_early(
    bench: Bench, tmp_path: Path
) -> None:
    def play(lab: Lab) -> str:
        lab.evaluate(toolkit.Candidate())
        return "nothing is left"

    cell = played(bench, tmp_path / "run", play)
    assert cell.ended is not None
    assert (cell.ended["status"], cell.ended["detail"]) == ("finished", "nothing is left")
    assert cell.ended["stopped"], "by choice"


def test_clusters_inputs_prices_and_noise_are_told(bench: Bench, tmp_path: Path) -> None:
    found: list[Lab] = []

    def play(lab: Lab) -> None:
        found.append(lab)
        lab.evaluate(toolkit.Candidate())

    played(bench, tmp_path / "run", play, 1)
    (lab,) = found
    assert sorted(set(lab.clusters.values())) == ["a", "b", "c"]
    assert lab.inputs["a:0"] == {"text": "question 0"}
    assert not any(item[0] in "def" for item in lab.inputs), "none of the sealed split"
    assert (lab.price, lab.noisy) == (1.0, False)
    assert 0 < lab.smoke_share < 1


def test_a_trial_costs_as_many_as_it_has_replicates_and_runs_are_known_to_differ(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    from shutil import copytree

    folder = Path(copytree(SHAPES / "bits", tmp_path / "bits"))
    file = folder / "study.toml"
    file.write_text(file.read_text().replace("final = 5", "final = 5\nsearch = 2"))
    found: list[tuple[float, bool]] = []

    def play(lab: Lab) -> None:
        found.append((lab.price, lab.noisy))
        lab.evaluate(toolkit.Candidate())

    played(Bench(study_files.load(folder), evaluator), tmp_path / "run", play, 2)
    assert found == [(2.0, True)]


class Counting(Provider):
    name, price_free = "counting", True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def complete(self, request: Request) -> Reply:
        self.asked.append(request.messages[0]["content"])
        return Reply("yes", "m", 1, 1)


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_left_of_the_budget_is_read_by_the_model_and_no_part_of_the_record(
    bench: Bench, tmp_path: Path, more: int
) -> None:
    model = Counting()

    class Asks:
        def run(self, lab: Lab) -> None:
            told = f"{toolkit.varying(f'{lab.budget.left:g} trials are')} left"
            answer = lab.complete([{"role": "user", "content": told}])
            lab.note("ask", "asked", request=answer.key)
            lab.evaluate(toolkit.Candidate())

    from toolkit.compare import Comparison

    spec = CellSpec("mine", "mine", Asks, {}, 0, model.name, True)
    for budget in (2, 2 + more):
        with Ledger(tmp_path / "run", writer=True) as ledger:
            plan = Plan([spec], Budget(budget), channel=Channel(model), search_only=True)
            cell = Comparison(bench, ledger, plan).run().cells[spec.key]
            (known,) = cell.completions.values()
            assert ledger.get(known.prompt) == [{"role": "user", "content": "… left"}]
    assert model.asked == ["2 trials are left"]
    assert (cell.ended or {})["mismatches"] == 0
    assert cell.stages == [Stage("ask", "asked", known.key)]


def test_what_a_lab_of_another_searcher_notes_is_its_own(bench: Bench, tmp_path: Path) -> None:
    class Notes:
        live = True

        def run(self, lab: Lab) -> None:
            lab.note("step", "taken")
            lab.evaluate(toolkit.Candidate())

    cell = run(bench, tmp_path / "run", Notes)
    assert cell.stages == [Stage("step", "taken")]
