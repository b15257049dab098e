"""What hangs is ended soon, what works is not: the limit by the clock, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TOY
from sandbox_jobs import HEAD, ends

from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.spent import seconds, spent_s
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits, Outcome
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.ledger.subjects import BASELINE
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

SOON = Limits(cpu_s=60, memory_mb=256, output_mb=1, grace_s=0.4)
LATER = replace(SOON, grace_s=0.8)
QUARTER = (  # of a core: works 50 ms, then waits for 150 ms
    "until = time.process_time() + {cpu_s}\n"
    "while time.process_time() < until:\n"
    "    pause = time.process_time() + 0.05\n"
    "    while time.process_time() < pause: pass\n"
    "    time.sleep(0.15)\n"
)
HANGS = {
    "sleeps": "time.sleep(600)",
    "waits for a lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "polls": "while True: time.sleep(0.05)",
    "worked, then sleeps": "while time.process_time() < 0.05: pass\ntime.sleep(600)",
}
Place = LocalEvaluator | UnconfinedEvaluator


SLOW = pytest.param(UnconfinedEvaluator, marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=[LocalEvaluator, SLOW])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with request.param(slots=1) as running:
        yield running


@pytest.fixture(scope="module", params=[LocalEvaluator, SLOW])
def place_of_commands(request: pytest.FixtureRequest) -> Iterator[Place]:
    options = {"command": True} if request.param is LocalEvaluator else {}
    with request.param(slots=1, **options) as running:
        yield running


def command(body: str, limits: Limits = SOON) -> Job:
    code = HEAD + "import time\n" + body + "\nprint('[]')"
    return Job({"main.py": code.encode()}, "", {}, (), limits, command=["python", "main.py"])


@pytest.mark.parametrize("body", HANGS.values(), ids=list(HANGS))
def test_what_hangs_is_ended_soon(place: Place, body: str) -> None:
    found = ends(place, body, limits=SOON)
    assert found.status == "timeout"
    assert found.usage.cpu_s < 10, "it would have gone on to its CPU limit"
    assert found.usage.wall_s < 60, "it would have gone on for ten times its CPU limit"
    assert "0.4 s, from the time of the unchanged program, and ten times the" in found.detail
    assert "[limits] wall_s sets another limit" in found.detail


@pytest.mark.parametrize(
    "body", ["time.sleep(600)", "import subprocess\nsubprocess.run(['sleep', '600'])"]
)
def test_a_command_that_hangs_is_ended_soon(place_of_commands: Place, body: str) -> None:
    found = place_of_commands.run(command(body))
    assert found.status == "timeout", found.detail
    assert "[limits] wall_s sets another limit" in found.detail
    assert found.usage.wall_s < 60


@pytest.mark.slow
def test_what_works_on_a_quarter_of_a_core_is_not_cut(place: Place) -> None:
    found = ends(place, QUARTER.format(cpu_s=0.3) + "return 1", limits=LATER)
    assert (found.status, found.values) == ("ok", [1]), found.detail
    assert found.usage.wall_s > LATER.grace_s, "it was too short to be cut"


@pytest.mark.slow
def test_the_children_of_a_command_count_as_its_work(place_of_commands: Place) -> None:
    inner = "import time\n" + QUARTER.format(cpu_s=0.3)
    body = f"import subprocess\nsubprocess.run(['python3', '-c', {inner!r}], check=True)"
    found = place_of_commands.run(command(body, LATER))
    assert (found.status, found.values) == ("ok", []), found.detail
    assert found.usage.wall_s > LATER.grace_s, "it was too short to be cut"


@pytest.mark.slow
def test_what_works_ends_at_its_cpu_limit_and_not_before(place: Place) -> None:
    limits = replace(SOON, cpu_s=1, grace_s=0.1)
    found = ends(place, "while True: pass", limits=limits)
    assert (found.status, "used up its 1 s of CPU time" in found.detail) == ("timeout", True)


@pytest.mark.slow
def test_a_limit_of_the_studys_own_is_a_plain_one(place: Place) -> None:
    limits = Limits(cpu_s=60, memory_mb=128, wall_s=0.5).derived(100)
    for body in ("time.sleep(600)", QUARTER.format(cpu_s=60)):
        found = ends(place, body, limits=limits)
        assert found.status == "timeout"
        assert "no end after 0.5 s on the clock: [limits] wall_s allows no more" in found.detail


def test_a_limit_of_the_studys_own_may_be_longer_than_the_derived_one() -> None:
    limits = Limits(cpu_s=1, wall_s=600)
    assert (limits.longest_s, limits.allowed_s(0)) == (600, 600)


def test_before_the_baseline_is_known_it_is_ten_times_the_cpu_limit() -> None:
    assert Limits(cpu_s=60).allowed_s(0) == Limits(cpu_s=60).longest_s == 600


@pytest.mark.parametrize(("baseline_s", "grace_s"), [(0.4, 30), (3, 30), (8, 80), (500, 5000)])
def test_the_grace_is_ten_baselines_and_half_a_minute_at_least(
    baseline_s: float, grace_s: float
) -> None:
    limits = Limits(cpu_s=60).derived(baseline_s)
    assert limits.grace_s == grace_s
    assert limits.allowed_s(0) == min(600, grace_s), "never later than without a baseline"
    for cpu_s in (0, 1, 15, 59.9):
        assert limits.allowed_s(cpu_s) >= 4 * cpu_s, "a quarter of a core is enough"


class Watched:
    """Notes the limits of all that a real evaluator runs."""

    isolation = "confined"

    def __init__(self, inner: LocalEvaluator) -> None:
        self.inner, self.seen = inner, list[Limits]()

    def run(self, job: Job) -> Outcome:
        self.seen.append(job.limits)
        return self.inner.run(job)


def test_the_limit_comes_from_the_baselines_record_also_when_resumed(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    study = study_files.load(TOY)
    cells = [CellSpec("random", "random", RandomSearch, {}, 0)]
    runs = []
    for budget in (2, 4):
        watched = Watched(evaluator)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            if runs:  # as if the unchanged program had taken long
                scored = [e.data for e in ledger.events() if e.kind == "assessed"]
                row = [data for data in scored if data["subject"] == BASELINE]
                ledger.append("assessed", {**row[-1], "usage": {"wall_s": 4.5}})
            Comparison(Bench(study, watched), ledger, Plan(cells, Budget(budget))).run()  # type: ignore[arg-type]
            baseline_s = load(ledger).baseline_s
        runs.append(({limits.grace_s for limits in watched.seen}, baseline_s))
    (first, measured), (again, kept) = runs
    assert first == {0, 30}, "the baseline ran before its time was known"
    assert 0 < measured < 3
    assert (kept, again) == (4.5, {45})


def test_neither_the_studys_digest_nor_the_cache_knows_the_derived_limit(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    study = study_files.load(toy_folder)
    bench = Bench(study, evaluator)
    bench.expect(0.4)
    assert bench.limits.grace_s == 30
    assert bench.description()["digest"] == study.digest
    job = Job({}, "main:run", {}, (), study.limits)
    with CachedEvaluator(evaluator, tmp_path) as cached:
        assert cached.key(job) == cached.key(replace(job, limits=bench.limits))
        assert cached.key(job) != cached.key(replace(job, limits=replace(job.limits, wall_s=9)))


def test_a_study_sets_its_own(toy_folder: Path) -> None:
    plain = study_files.load(toy_folder)
    path = toy_folder / "study.toml"
    path.write_text(path.read_text().replace("[limits]", "[limits]\nwall_s = 7"))
    mine = study_files.load(toy_folder)
    assert mine.limits == replace(plain.limits, wall_s=7)
    assert mine.digest != plain.digest, "another limit is another study"
    assert json.loads(json.dumps(mine.limits.to_json()))["wall_s"] == 7


@pytest.mark.parametrize(
    ("text", "value"),
    [("0:01.50", 1.5), ("01:02:03", 3723), ("2-01:00:00", 176400), ("12:34.5", 754.5)],
)
def test_times_are_read_as_ps_writes_them(text: str, value: float) -> None:
    assert seconds(text) == value


def test_nobody_is_ended_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert spent_s(1) == float("inf")
