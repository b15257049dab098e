"""The instrument where there is nothing: its rates, and that a broken instrument is caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import toolkit
from searchers.autoresearcher import Autoresearch
from searchers.autoresearcher.greedy import Greedy
from searchers.random_search import RandomSearch
from toolkit.attribution.measure import Measurements
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.selfcheck import findings, instrument
from toolkit.selfcheck.edits import chain
from toolkit.selfcheck.findings import Finding, checked, lines, passed
from toolkit.selfcheck.instrument import Instrument
from toolkit.selfcheck.made import NULL, MadePrograms
from toolkit.selfcheck.pool import Pool, gathered, require
from toolkit.selfcheck.rounds import PARTS, PLAYS, Check, null_parts
from toolkit.statistics import clopper_pearson, rate
from toolkit.study import study as study_files
from toolkit.study.study import Study

TOY = Path(toolkit.__file__).parent / "toy"
REAL = Instrument(Autoresearch, RandomSearch)
EAGER = """
import toolkit
from dataclasses import replace

class Eager:
    def run(self, lab):
        parent = lab.baseline
        for number in range(11):
            sources = dict(lab.files(parent.candidate))
            sources["toy_pipeline/main.py"] += f"\\nNOTHING_{number} = 1\\n"
            grown = lab.edit(parent.candidate, sources)
            parent = lab.evaluate(replace(grown, parent=parent.number or None))

@toolkit.hookimpl
def register_searchers(register):
    register("eager", Eager, summary="keeps whatever it tries")
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return study_files.load(TOY)


@pytest.fixture(scope="module")
def pool(study: Study, evaluator: LocalEvaluator) -> Pool:
    return gathered(Bench(study, evaluator))


@pytest.fixture
def check(study: Study, pool: Pool) -> Check:
    return Check(study, pool, REAL)


def played(check: Check, play: str, rounds_: int) -> dict[str, Finding]:
    """Findings of some rounds of one kind of run."""
    found = [PLAYS[play](check, f"{check.seed}:{n}:{play}", n) for n in range(rounds_)]
    return {row: Finding(row, rate([one[row] for one in found])) for row in found[0]}


def test_one_program_under_two_names_is_never_told_apart(check: Check) -> None:
    (found,) = played(check, "copies", 4).values()
    assert (found.rate.hits, found.rate.of) == (0, 4)


def test_no_edit_that_changes_nothing_is_kept_of_a_steady_program(check: Check) -> None:
    """One of five leaves the code as it is to the byte, and is refused; the others are equal."""
    found = played(check, "null edits, steady", 2)["gate steady"]
    assert (found.rate.hits, found.rate.of) == (0, 20)


@pytest.mark.slow
def test_a_gate_that_looks_at_the_higher_number_alone_is_caught(check: Check) -> None:
    class Blind(Greedy):
        def is_luck(self, trial: toolkit.Trial, other: toolkit.Trial) -> bool:
            return False

    class Higher(Autoresearch):
        def run(self, lab: toolkit.Lab) -> None:
            Blind(lab).run()

    row, play = "gate runs, measured", "null edits, runs, measured"
    blind = replace(check, instrument=replace(REAL, gate=Higher))
    caught = played(blind, play, 8)[row]
    assert caught.exceeded
    assert not passed([caught])
    assert any("The instrument fails its own check" in line for line in lines([caught]))
    assert played(check, play, 3)[row].rate.hits == 0


def test_a_verdict_that_takes_every_difference_for_decided_is_caught(check: Check) -> None:
    def hasty(state: State) -> list[dict[str, Any]]:
        return [{**row, "decided": row["gap"] != 0} for row in instrument.pairs(state)]

    blind = replace(check, instrument=replace(REAL, pairs=hasty))
    assert played(blind, "arms", 5)["arms"].exceeded
    assert not played(blind, "copies", 3)["copies"].rate.hits  # they do not differ at all


def test_an_attribution_without_doubt_is_caught(check: Check) -> None:
    def certain(measured: Measurements) -> None:
        instrument.accounts(measured)
        for account in measured.state.accounts.values():
            for part in account["parts"]:
                for name in instrument.CONCEPTS:
                    part[name] |= dict.fromkeys(("low", "high"), part[name]["mean"])

    blind = replace(check, instrument=replace(REAL, accounts=certain))
    assert played(blind, "chain, items", 4)["parts items"].exceeded


def test_only_the_parts_that_change_nothing_are_counted_as_such(check: Check) -> None:
    """A part that gains is no null part, however decided it is."""
    steps = chain([f"{name} = 1" for name in PARTS])
    for seed in "123":
        cells = [CellSpec("chain", "chain", steps, {}, 0)]
        state = check.run("items", seed, cells, len(PARTS), accounts=True)
        (cell,) = state.cells.values()
        patch = state.champion(cell).candidate.patch
        assert null_parts(state)[1] == patch.count(f"+{NULL}")
        assert len(state.accounts[cell.key]["parts"]) == patch.count("+SELFCHECK")


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is(check: Check) -> None:
    """At a true rate of 5 % a row's lower bound is above it once in forty times."""
    found = checked(check, 30, lambda text: None)
    assert [one.row for one in found if one.exceeded] == []
    assert {one.row for one in found if not one.rate.of} == set()
    for one in found:
        assert not one.claimed or one.rate.mean <= 0.05 + 2 * (0.05 * 0.95 / 30) ** 0.5, one
    rows = {one.row: one.rate for one in found}
    assert rows["gate items"].mean > 0.1  # noise that nobody measured is kept, and is said to be


def test_the_same_seed_gives_the_same_counts(check: Check) -> None:
    play = PLAYS["null edits, items"]
    assert play(check, "7:0", 0) == play(check, "7:0", 0)


def job(study: Study, bench: Bench, text: str) -> Job:
    path = "toy_pipeline/main.py"
    files = {**study.files, path: study.files[path] + text.encode()}
    calls = bench.selection("test").calls
    return Job(files, study.entry, {"x": 1}, calls, Limits())


def test_made_programs_are_as_good_as_their_lines_say(
    study: Study, pool: Pool, bench: Bench
) -> None:
    made = MadePrograms(pool, "steady", "1")
    asked = bench.selection("test").batches

    def score(text: str) -> float:
        outcome = made.run(job(study, bench, text))
        return bench.judged(asked, outcome).score or 0.0

    nothing, null = score(""), score("SELFCHECK_NULL_1 = 1")
    one, two = score("SELFCHECK_BETTER_1 = 1"), score("SELFCHECK_BETTER_1 = SELFCHECK_BETTER_2 = 1")
    assert nothing == null < one < two


def test_wavering_programs_give_something_else_in_every_run(
    study: Study, pool: Pool, bench: Bench
) -> None:
    for luck, differs in (("steady", False), ("items", True), ("runs", True)):
        made = MadePrograms(pool, luck, "1")  # type: ignore[arg-type]
        one, two = (made.run(job(study, bench, "")).values for _ in range(2))
        assert (one != two) is differs, luck


def test_a_study_without_a_sealed_split_is_refused(study: Study) -> None:
    with pytest.raises(UserError, match="no sealed split"):
        require(replace(study, claim="exact"))
    with pytest.raises(UserError, match="declares no parameters"):
        require(replace(study, space={}))
    with pytest.raises(UserError, match="call by call"):
        require(replace(study, script=True))


def test_settings_that_all_score_the_same_are_no_pool(toy_folder: Path, evaluator: Any) -> None:
    main = toy_folder / "toy_pipeline" / "main.py"
    main.write_text(main.read_text().replace("SCALE * height(parameters)", "SCALE"))
    with pytest.raises(UserError, match="all score the same"):
        gathered(Bench(study_files.load(toy_folder), evaluator))


def test_intervals_of_rates_by_hand() -> None:
    assert clopper_pearson(0, 20) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    assert clopper_pearson(20, 20) == (pytest.approx(0.025 ** (1 / 20)), 1.0)
    assert clopper_pearson(1, 10) == (pytest.approx(0.002529, abs=1e-6),
                                      pytest.approx(0.445016, abs=1e-6))  # fmt: skip


def test_events_of_one_round_are_not_taken_for_independent() -> None:
    """Ten that happen together, or not at all, are one."""
    together = rate([(10, 10), (0, 10), (10, 10), (0, 10)])
    assert (together.low, together.high) != clopper_pearson(20, 40)
    low, high = clopper_pearson(1.5, 3)  # the variance of four rounds is estimated: 3 of them
    assert (together.low, together.high) == (pytest.approx(low), pytest.approx(high))
    apart = rate([(5, 10), (5, 10), (4, 10), (6, 10)])
    assert (apart.low, apart.high) == clopper_pearson(20, 40)
    assert rate([(0, 10)] * 4).high == clopper_pearson(0, 4)[1]
    assert rate([(0, 0)]).of == 0


def test_a_row_of_which_nothing_is_promised_fails_no_check() -> None:
    (row,) = findings.UNCLAIMED
    found = Finding(row, rate([(5, 10)] * 20))
    assert found.rate.low > 0.05
    assert passed([found])
    told = "\n".join(lines([found]))
    assert "*" in told
    assert "passes its own check" in told


def test_every_row_of_the_table_is_counted_by_some_run(check: Check) -> None:
    found = set(check.round(0))
    assert found - {"parts steady"} == set(findings.ROWS)  # a steady program's gate keeps no part


@pytest.mark.slow
def test_the_command_prints_rates_and_says_the_seconds_before(cli: Callable[..., Any]) -> None:
    done = cli("selfcheck", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert "selfcheck of toy: 1 round takes about" in done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    assert (found["study"], found["rounds"], found["passed"]) == ("toy", 1, True)
    assert len(found["rows"]) == len(findings.ROWS)
    assert found["rows"][0].keys() >= {"counted", "programs", "false", "of", "interval", "claimed"}


@pytest.mark.slow
def test_the_command_fails_where_the_instrument_does(
    cli: Callable[..., Any], install: Callable[..., Path]
) -> None:
    done = cli("selfcheck", "--rounds", "2", "--gate", "eager", path=install("eager", EAGER))
    assert done.returncode == 1, done.stderr
    assert "20 of 20  2       100.0%" in done.stdout
    assert "The instrument fails its own check" in done.stdout


class OneEdit(Provider):
    """A model that proposes one edit again and again."""

    name, price_free = "one", True

    def complete(self, request: Request) -> Reply:
        line, more = "SCALE = 0.8", "SCALE = 0.81"
        edit = (
            f"FILE: toy_pipeline/main.py\n<<<<<<< SEARCH\n{line}\n=======\n{more}\n>>>>>>> REPLACE"
        )
        return Reply(f"# EDIT\nLABEL: bug_fix\nHYPOTHESIS: louder\n{edit}\n", "one", 1, 1)


def test_an_edit_that_gains_is_kept_under_replicates_however_little_it_gains(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """Replicates that agree to the digit leave no luck."""
    file = toy_folder / "study.toml"
    file.write_text(file.read_text() + "\n[replicates]\nsearch = 2\n")
    bench = Bench(study_files.load(toy_folder), evaluator)
    cells = [CellSpec("gate", "gate", Autoresearch, {}, 0, "one", uses_llm=True)]
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan(cells, Budget(4), channel=Channel(OneEdit()), search_only=True)
        state = Comparison(bench, ledger, plan).run()
    (cell,) = state.cells.values()
    assert [trial.candidate.parent for trial in cell.trials.values()] == [None, 1]
    assert instrument.kept(cell) == (1, 1)
