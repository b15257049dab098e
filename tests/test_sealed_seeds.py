"""Seeds that a program is given: none tells it on which split it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sums

from searchers.random_search import RandomSearch
from toolkit.bench import secret
from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.patches import diff
from toolkit.records import Candidate, Scored
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

SAYS_ITS_SEED = """
def run(context, inputs, parameters, services):
    return [services["seed"] for _ in inputs]
"""
SCORED_BY_IT = sums.TASK.partition("def score")[0] + (
    "def score(gold, output):\n    return float(output)\n\n\nclass Sums"
    + sums.TASK.partition("class Sums")[2]
)
"""the score of an output is the output: a score tells the seed of its evaluation"""
SHAPES = {
    "the search": ('search = ["a", "b"]\ntest = ["c", "d"]', "[replicates]\nsearch = 3"),
    "the test": ('search = ["a", "b"]\ntest = ["c", "d"]', "[replicates]\nfinal = 5"),
    "both": ('search = ["a", "b"]\ntest = ["c", "d"]', "[replicates]\nsearch = 3\nfinal = 4"),
    "other seeds": ('search = ["a", "b"]\ntest = "replicates"', ""),
}
"""studies with replicates on the search, on the test split, on both, or in its place"""

# what an edited program can know: the study's file, and how this toolkit drew seeds of old
TELLS = """
import hashlib
import hmac
from pathlib import Path

STUDY = {study!r}
PUBLIC = [b"", b"3", b"sums", STUDY.encode(), hashlib.sha256(STUDY.encode()).digest()]


def seeds(split):
    found = {{3, *range(100)}} if split == "search" else set()
    for n in range(20):
        for text in (f"seed of {{split}} {{n}}", f"3:{{split}}:replicate {{n}}"):
            digests = [hashlib.sha256(text.encode()).digest()]
            digests += [hmac.digest(key, text.encode(), hashlib.sha256) for key in PUBLIC]
            found.update(int.from_bytes(one[:4], "big") >> 1 for one in digests)
    return found


def run(context, inputs, parameters, services):
    seed = services["seed"]
    told = 1 if seed in seeds("search") else 2 if seed in seeds("test") else 0
    return [told for _ in inputs]
"""


def study_of(folder: Path, splits: str, more: str) -> Any:
    sums.write(folder, SAYS_ITS_SEED, splits=splits, more=more)
    (folder / "task.py").write_text(SCORED_BY_IT)
    return study_files.load(folder)


def seeds_of(found: Scored) -> list[int]:
    assert found.ok, found.detail
    assert found.score is not None
    return [int(score) for score in found.replicates or [found.score]]


def edited(bench: Bench, program: str) -> Candidate:
    sources = bench.study.sources
    return Candidate(patch=diff.make(sources, {**sources, "adder/main.py": program}))


def handed_out(bench: Bench, candidate: Candidate) -> dict[str, list[int]]:
    return {split: seeds_of(bench.run(candidate, split, by=HOST)) for split in bench.splits}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_seed_of_a_replicate_follows_from_what_is_public(
    tmp_path: Path, evaluator: LocalEvaluator, shape: str
) -> None:
    bench = Bench(study_of(tmp_path / "study", *SHAPES[shape]), evaluator)
    given = []
    for _ in range(3):
        bench.follow(secret.fresh())
        given.append(handed_out(bench, Candidate()))
    everything = [seed for run in given for seeds in run.values() for seed in seeds]
    times = bench.study.replicates
    assert [len(given[0][split]) for split in ("search", "test")] == [times.search, times.final]
    assert len({*everything, bench.study.seed}) == len(everything) + 1  # no two runs share one
    assert all(0 <= seed < 2**31 for seed in everything)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_program_that_knows_the_study_to_the_letter_does_not_know_its_split(
    tmp_path: Path, evaluator: LocalEvaluator, shape: str
) -> None:
    bench = Bench(study_of(tmp_path / "study", *SHAPES[shape]), evaluator)
    text = (tmp_path / "study" / "study.toml").read_text()
    told = handed_out(bench, edited(bench, TELLS.format(study=text)))
    assert {guess for guesses in told.values() for guess in guesses} == {0}


def test_the_program_that_tells_its_split_does_so_where_seeds_can_be_computed(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    """It knows how seeds were drawn of old, and how they are from a secret that got out."""
    bench = Bench(study_of(tmp_path / "study", *SHAPES["both"]), evaluator)
    bench.follow("sums")
    told = handed_out(bench, edited(bench, TELLS.format(study="")))
    assert {split: set(guesses) for split, guesses in told.items()} == {"search": {1}, "test": {2}}
    old = int.from_bytes(hashlib.sha256(b"3:test:replicate 0").digest()[:4], "big") >> 1
    names: dict[str, Any] = {}
    exec(TELLS.format(study=""), names)
    assert names["run"](None, [0], {}, {"seed": old}) == [2]


def test_both_splits_have_the_studys_own_seed_where_nothing_is_replicated(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_of(tmp_path / "study", 'search = ["a", "b"]\ntest = ["c", "d"]', ""),
                  evaluator)  # fmt: skip
    assert handed_out(bench, Candidate()) == {"search": [3], "test": [3]}
    alone = Bench(study_of(tmp_path / "alone", 'test = "none"', ""), evaluator)
    assert handed_out(alone, Candidate()) == {"search": [3]}


def test_every_program_of_a_run_gets_the_same_seeds(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_of(tmp_path / "study", *SHAPES["both"]), evaluator)
    other = edited(bench, SAYS_ITS_SEED.replace("for _ in", "for it in"))
    assert handed_out(bench, Candidate()) == handed_out(bench, other)
    once = bench.run(other, "test", once=True, by=HOST)
    part = bench.run(other, "test", only=frozenset("c"), by=HOST)
    known = handed_out(bench, Candidate())["test"]
    assert (seeds_of(once), seeds_of(part)) == (known[:1], known)


def compared(bench: Bench, folder: Path, budget: float) -> State:
    cells = [CellSpec("random", "random", RandomSearch, {}, 0)]
    with Ledger(folder, writer=True) as ledger:
        plan = Plan(cells, Budget(budget), after="none")
        return Comparison(bench, ledger, plan).run()


def test_a_resumed_run_keeps_its_seeds_and_another_run_has_others(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = study_of(tmp_path / "study", *SHAPES["both"])
    first = compared(Bench(study, evaluator), tmp_path / "run", 3)
    state = compared(Bench(study, evaluator), tmp_path / "run", 9)  # a bench that knows nothing
    (cell,) = state.cells.values()
    base = seeds_of(state.assessments["baseline", "search"])
    assert [seeds_of(trial) for trial in cell.trials.values()] == [base] * 3
    assert base == seeds_of(first.assessments["baseline", "search"])
    other = compared(Bench(study, evaluator), tmp_path / "other", 3)
    assert set(base).isdisjoint(seeds_of(other.assessments["baseline", "search"]))


def test_candidates_that_are_run_one_by_one_are_paired_with_each_other_and_the_run(
    tmp_path: Path, evaluator: LocalEvaluator, cli: Callable[..., Any]
) -> None:
    study = study_of(tmp_path / "study", *SHAPES["both"])

    def score(*options: str) -> float:
        done = cli("run", "study", "--json", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["score"]

    first = score()
    (folder,) = (tmp_path / "runs").iterdir()
    assert first == score("--set", "x=2")
    with Ledger(folder, writer=True):  # a comparison that is at work
        assert score() == first
    final = score("--split", "test")
    state = compared(Bench(study, evaluator), folder, 3)
    assert state.assessments["baseline", "search"].score == first
    assert state.assessments["baseline", "test"].score == final


def test_a_run_in_another_place_is_joined_by_its_name(
    tmp_path: Path, evaluator: LocalEvaluator, cli: Callable[..., Any]
) -> None:
    state = compared(
        Bench(study_of(tmp_path / "study", *SHAPES["both"]), evaluator), tmp_path / "mine", 3
    )
    for split in ("search", "test"):
        done = cli("run", "study", "--json", "--split", split, "--run", "mine")
        assert json.loads(done.stdout)["score"] == state.assessments["baseline", split].score
    with Ledger(tmp_path / "mine", writer=False) as ledger:
        assert [e.data["by"] for e in ledger.events() if e.kind == "opened"][-1] == "run"
    assert not (tmp_path / "runs").exists()
    study_of(tmp_path / "other", *SHAPES["the search"])
    refused = cli("run", "other", "--run", "mine")
    assert refused.returncode == 2
    assert "--run mine is a run of another study" in refused.stderr
    unknown = cli("run", "study", "--run", "nowhere")
    assert (unknown.returncode, "unknown run 'nowhere'" in unknown.stderr) == (2, True)


LOOKS_ABOUT = """
import os
import random
import resource
import sys
import tempfile


def look(inputs, parameters, services):
    limits = [name for name in vars(resource) if name.startswith("RLIMIT_")]
    return {
        "services": services,
        "parameters": parameters,
        "chance": random.random(),
        "environment": dict(os.environ),
        "arguments": [sys.argv, sys.orig_argv],
        "folder": [len(os.getcwd()), sorted(os.listdir("."))],
        "files": sorted(os.listdir("/proc/self/fd")),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "modules": sorted(sys.modules),
        "user": [os.getuid(), os.getgid(), os.getpriority(os.PRIO_PROCESS, 0), os.umask(0o22)],
        "cores": sorted(os.sched_getaffinity(0)),
        "inputs": len(inputs),
    }


SEEN = []


def run(context, inputs, parameters, services):
    SEEN.extend([] if SEEN else [look(inputs, parameters, services)])
    return [SEEN[0] for _ in inputs]
"""


def test_what_a_program_finds_about_it_is_the_same_on_both_splits(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    sums.write(tmp_path / "study", LOOKS_ABOUT)
    task = SCORED_BY_IT.replace("float(output)", "float(output['inputs'])")
    (tmp_path / "study" / "task.py").write_text(task)
    bench = Bench(study_files.load(tmp_path / "study"), evaluator)
    for name in range(2):  # and in every evaluation of one
        bench.follow(str(name))
        found = [bench.run(Candidate(), split, by=HOST) for split in bench.splits]
        assert [one.status for one in found] == ["ok", "ok"], found[0].detail
        seen = [output for one in found for output in (one.outputs or {}).values()]
        assert len(seen) == 12
        assert seen == [seen[0]] * 12
