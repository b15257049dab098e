"""One candidate under several seeds: what it scores, what it costs, what it says of noise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import drawn
import pytest
import sums

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench import cost, replicates
from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.compare import Comparison
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

SAME = 'search = ["a", "b"]\ntest = "replicates"'


def parameters(*choices: list[int]) -> str:
    """A parameter that names the seeds under which the program fails."""
    written = ", ".join(map(str, [[], *choices]))
    return f"fails = {{ choices = [{written}], default = [] }}"


def noisy(folder: Path, evaluator: Any, **options: str) -> Bench:
    options.setdefault("parameters", parameters([3]))
    bench = Bench(study_files.load(sums.write(folder / "study", sums.NOISY, **options)), evaluator)
    bench.follow(drawn.SECRET)
    return bench


def compared(bench: Bench, folder: Path, budget: float = 6, **options: Any) -> State:
    cells = [CellSpec("random", "random", RandomSearch, {}, 0)]
    with Ledger(folder, writer=True) as ledger:
        drawn.keep(ledger)
        return Comparison(bench, ledger, Plan(cells, Budget(budget), **options)).run()


def test_a_score_is_the_mean_over_replicates(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    bench = noisy(tmp_path, evaluator, more="[replicates]\nsearch = 6")
    found = bench.run(toolkit.Candidate(), by=HOST)
    assert found.ok, found.detail
    assert {round(score, 3) for score in found.replicates} == {1.0, 0.667}
    assert found.score == pytest.approx(sum(found.replicates) / 6)
    assert found.score == pytest.approx(sum(found.items.values()) / len(found.items))
    assert found.metrics["exact"] == pytest.approx(found.score)
    alone = bench.run(toolkit.Candidate(), by=HOST, once=True)
    assert alone.score == found.replicates[0]
    assert alone.replicates == ()
    assert found.usage.cpu_s > alone.usage.cpu_s
    assert bench.tally.evaluations == 7
    assert bench.tally.past == 0


def test_a_replicate_that_fails_fails_its_trial(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    second = replicates.drawn(drawn.SECRET, "search", 1)
    more = "[replicates]\nsearch = 3"
    bench = noisy(tmp_path, evaluator, more=more, parameters=parameters([second]))
    found = bench.run(toolkit.Candidate({"fails": [second]}), by=HOST)
    assert (found.status, found.score) == ("crashed", None)
    assert found.detail.startswith("replicate 2 of 3: ")
    assert "cannot stand this seed" in found.detail
    assert bench.tally.evaluations == 2  # the third would not help it
    assert bench.tally.past == 0


def test_an_identical_program_runs_again_as_a_replicate(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    with CachedEvaluator(evaluator, tmp_path) as cached:
        more = "[replicates]\nsearch = 2"
        bench = noisy(tmp_path, cached, more=more)
        found = [bench.run(toolkit.Candidate(), by=HOST) for _ in range(2)]
        assert not any(one.cached for one in found)
        assert found[0].replicates == found[1].replicates  # the same seeds, for every program
        single = Bench(study_files.load(sums.write(tmp_path / "single")), cached)
        assert [single.run(toolkit.Candidate(), by=HOST).cached for _ in range(2)] == [False, True]


def test_every_replicate_is_charged_like_a_trial(tmp_path: Path, evaluator: LocalEvaluator) -> None:
    bench = noisy(tmp_path, evaluator, more="[replicates]\nsearch = 3")
    assert bench.prices.of(1.0) == 3 * bench.full
    assert bench.prices.smoke == bench.selection("search", smoke=True).size
    (cell,) = compared(bench, tmp_path / "run", 7, search_only=True).cells.values()
    assert [len(trial.replicates) for trial in cell.trials.values()] == [3, 3]
    assert cell.charged == 6 * bench.full  # a third trial does not fit into what is left
    assert cell.ended["status"] == "finished"


class Smokes:
    """Runs the few items that there are, under one seed."""

    def run(self, lab: toolkit.Lab) -> None:
        lab.smoke(toolkit.Candidate({"fails": []}))


def test_a_smoke_run_of_a_small_split_is_no_whole_trial_where_those_have_replicates(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    splits, more = 'search = ["a"]\ntest = ["c", "d"]', "[replicates]\nsearch = 3"
    bench = noisy(tmp_path, evaluator, splits=splits, more=more)
    cells = [CellSpec("smokes", "smokes", Smokes, {}, 0)]
    with Ledger(tmp_path / "run", writer=True) as ledger:
        drawn.keep(ledger)
        state = Comparison(bench, ledger, Plan(cells, Budget(3), search_only=True)).run()
    (cell,) = state.cells.values()
    assert cell.trials[1].score > state.baseline.score  # the lucky one of three seeds
    assert (cell.trials[1].share, cell.charged) == (1 / 3, bench.full)
    assert state.champion(cell).number == 0


def test_final_replicates_are_on_the_sealed_split_only(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = noisy(tmp_path, evaluator, more="[replicates]\nfinal = 5")
    assert bench.run(toolkit.Candidate(), by=HOST).replicates == ()
    found = bench.run(toolkit.Candidate(), "test", by=HOST)
    assert len(found.replicates) == 5
    assert set(found.items) == {f"{cluster}{n}" for cluster in "cd" for n in range(3)}
    wavering = {item: value for item, value in found.items.items() if value < 1}
    assert set(wavering) == {"c0", "d0"}
    assert found.items["c0"] == found.replicates.count(1.0) / 5
    assert bench.tally.openings == 1  # of one program


def test_a_claim_about_noise_has_replicates_for_rows(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = noisy(tmp_path, evaluator, splits=SAME)
    described = bench.description()
    assert described["claim"] == "replicates"
    assert described["replicates"] == {"search": 1, "final": 5}
    assert described["items"]["test"] == described["items"]["search"]
    found = bench.run(toolkit.Candidate(), "test", by=HOST)
    names = [f"replicate {n}" for n in range(1, 6)]
    assert list(found.items) == names
    assert list(found.items.values()) == list(found.replicates)
    assert found.score == pytest.approx(sum(found.replicates) / 5)
    part = bench.run(toolkit.Candidate(), "test", only=frozenset(names[1:3]), by=HOST)
    assert part.items == {name: found.items[name] for name in names[1:3]}
    assert bench.constant("0", "test").items == dict.fromkeys(names, pytest.approx(1 / 3))
    assert bench.tally.openings == 0  # there is nothing sealed


def test_a_study_of_noise_is_searched_and_its_champion_measured_anew(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = noisy(tmp_path, evaluator, splits=SAME, parameters="n = { int = [0, 9], default = 0 }\n"
                  + parameters([3]))  # fmt: skip
    state = compared(bench, tmp_path / "run", after="none")
    base = state.assessments["baseline", "test"]
    assert list(base.items) == list(state.rows("test"))
    assert cost.noise(state).df == 4
    finding = state.findings["after"]
    assert finding["noise"] == pytest.approx(cost.noise(state).sd)
    assert "unaccounted" not in state.findings


@pytest.mark.parametrize("evidence", ["judged", "reported"])
def test_a_study_without_a_test_split_never_touches_one(
    tmp_path: Path, evaluator: LocalEvaluator, evidence: str
) -> None:
    more = f'[objective]\nevidence = "{evidence}"'
    study = sums.write(tmp_path / "study", splits='test = "none"', more=more)
    bench = Bench(study_files.load(study), evaluator)
    described = bench.description()
    assert described["items"]["test"] == {}
    assert len(described["items"]["search"]) == 12
    assert described["claim"] == ("reported" if evidence == "reported" else "exact")
    assert bench.splits == ("search",)
    with pytest.raises(toolkit.UserError, match="study 'sums' has no test split"):
        bench.run(toolkit.Candidate(), "test", by=HOST)
    state = compared(bench, tmp_path / "run", after="none")
    assert {split for _, split in state.assessments} == {"search"}
    assert state.openings == []


def test_a_test_split_that_is_not_there_is_not_opened(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    sums.write(tmp_path / "study", splits='test = "none"')
    done = cli("run", "study", "--split", "test")
    assert done.returncode == 2
    assert "study 'sums' has no test split: its [splits] say test = \"none\"" in done.stderr
    assert not (tmp_path / "runs").exists()
    shown = cli("studies", "study").stdout
    assert "search: all clusters" in shown
    assert "claim: exact" in shown


def test_the_same_command_goes_on_and_keeps_its_replicates(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = noisy(tmp_path, evaluator, more="[replicates]\nsearch = 2")
    compared(bench, tmp_path / "run", 4, search_only=True)
    (cell,) = compared(bench, tmp_path / "run", 8, search_only=True).cells.values()
    assert [len(trial.replicates) for trial in cell.trials.values()] == [2, 2, 2, 2]


def test_a_run_goes_on_in_the_words_that_its_study_has_now(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    told = '[objective]\nname = "error"\nunit = "m"\n'
    bench = noisy(tmp_path / "one", evaluator, more=told)
    first = compared(bench, tmp_path / "run", 2, search_only=True)
    compared(bench, tmp_path / "run", 2, search_only=True)
    told = told.replace('"m"', '"km"') + '[names]\nitem = "row"\n'
    state = compared(noisy(tmp_path / "two", evaluator, more=told), tmp_path / "run", 3,
                     search_only=True)  # fmt: skip
    assert (state.objective.unit, state.nouns.items) == ("km", "rows")
    assert {**state.study, **{word: first.study[word] for word in ("objective", "nouns")}} == (
        first.study
    )
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert [event.kind for event in ledger.events()].count("study") == 2
        assert load(ledger) == state


def test_a_budget_below_one_trial_is_refused(tmp_path: Path, cli: Callable[..., Any]) -> None:
    sums.write(tmp_path / "study", more="[replicates]\nsearch = 3")
    done = cli("compare", "study", "--budget", "2", "--searchers", "random")
    assert done.returncode == 2
    assert "--budget 2 does not cover one trial: [replicates] search = 3" in done.stderr
    assert not (tmp_path / "runs").exists()
