"""Whatever an evaluator, a searcher or a provider of somebody's does is told as its own fault."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import toolkit
import toolkit.testing
from toolkit.errors import PluginError, UserError
from toolkit.evaluators.guard import Guarded
from toolkit.evaluators.local import LocalEvaluator
from toolkit.interrupts import Interrupted, behind
from toolkit.jobs import Job, Limits, Outcome
from toolkit.places import entered
from toolkit.plugins import load
from toolkit.records import Usage

TOY = Path(toolkit.__file__).parent / "toy"
Cli = Callable[..., subprocess.CompletedProcess[str]]
Install = Callable[..., Path]
JOB = Job({}, "main:run", {}, (b"[]",), Limits())
GOOD = Outcome("ok", [[]], Usage(1.0))


class Mine(toolkit.Evaluator):
    """An evaluator that returns, raises or has what a test says."""

    slots, isolation, nodes = 1, "none", {}

    def __init__(self, outcome: object = GOOD, end: BaseException | None = None) -> None:
        self.outcome, self.end = outcome, end

    def __exit__(self, *_: object) -> None:
        if self.end:
            raise self.end

    def require(self, level: str) -> None: ...

    def run(self, job: Job) -> Outcome:
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome  # type: ignore[return-value]


WRONG = {
    "an error": (RuntimeError("no power"), "run() raised RuntimeError: no power (test_guard.py:"),
    "an exit": (SystemExit(0), "run() raised SystemExit: 0 (test_guard.py:"),
    "a key that nobody pressed": (KeyboardInterrupt(), "run() raised KeyboardInterrupt"),
    "nothing": (None, "run() returned None; it must return a toolkit.Outcome"),
    "no usage": (Outcome("ok", [], None), "run() returned the usage None"),
    "no number": (Outcome("ok", [], Usage(float("nan"))), "returned the usage wall_s=nan"),
    "less than none": (Outcome("ok", [], Usage(cpu_s=-1)), "returned the usage cpu_s=-1"),
    "another status": (Outcome("fine", [], Usage()), "returned the status 'fine'; it must be one"),
    "no values": (Outcome("ok", None, Usage()), "the values None with the status 'ok'"),
    "no text": (Outcome("lost", None, Usage(), b""), "returned the detail b''"),
}


@pytest.fixture
def stoppable() -> Iterator[None]:
    """The handler of the command line, for which alone a Ctrl-C is told from a plugin's own."""
    import signal

    from toolkit import interrupts

    before = signal.signal(signal.SIGINT, interrupts._stop)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("stoppable")
@pytest.mark.parametrize("fault", WRONG)
def test_what_run_raises_or_returns_wrongly_is_the_evaluators_fault(fault: str) -> None:
    outcome, told = WRONG[fault]
    with pytest.raises(PluginError) as found, entered("mine", Mine(outcome)) as evaluator:
        evaluator.run(JOB)
    assert str(found.value).startswith("evaluator 'mine': run() r")
    assert told in str(found.value)


@pytest.mark.parametrize("nodes", [None, "abc", {"a"}, {"a": 1}, {"a": {"host": 1}}])
def test_nodes_that_are_no_mapping_of_texts_are_refused(nodes: object) -> None:
    mine = Mine()
    mine.nodes = nodes  # type: ignore[assignment]
    with pytest.raises(PluginError, match="evaluator 'mine': its nodes are"), entered("mine", mine):
        pass


def test_true_is_no_number_of_slots() -> None:
    mine = Mine()
    mine.slots = True
    with pytest.raises(PluginError, match="its slots are True; they must be an integer"):
        entered("mine", mine).__enter__()


def test_a_require_of_another_form_is_refused() -> None:
    with (
        pytest.raises(PluginError, match=r"require\(\) raised TypeError: .* 'weak'"),
        entered("mine", Mine()) as evaluator,
    ):
        evaluator.require("none", weak=True)


@pytest.mark.parametrize("end", [RuntimeError("stuck"), SystemExit(0)])
def test_what_the_end_raises_is_told_and_takes_no_result_away(end: BaseException) -> None:
    told: list[str] = []
    with entered("mine", Mine(end=end), told.append) as evaluator:
        assert evaluator.run(JOB) is GOOD
    (line,) = told
    assert line.startswith(f"evaluator 'mine': its __exit__ raised {type(end).__name__}: ")
    with pytest.raises(UserError, match="first"), entered("mine", Mine(end=end), told.append):
        raise UserError("first")


def test_a_bundled_evaluator_passes(evaluator: LocalEvaluator) -> None:
    with entered("local", evaluator.__class__(slots=1)) as guarded:
        found = guarded.run(Job({"main.py": b"def run(*_): return 1"}, "main:run", {}, (b"[]",),
                                Limits()))  # fmt: skip
    assert (found.status, found.values) == ("ok", [1])


EVALUATOR = """
import contextlib, toolkit
from toolkit.evaluators.bundled import local

class Mine:
    def __init__(self): self.inner = local(slots=1)
    def __enter__(self):
        self.inner.__enter__()
        {enter}
        return self
    def __exit__(self, *_):
        self.inner.__exit__(None, None, None)
        {exit}
    def run(self, job):
        {run}
        return self.inner.run(job)
    def require(self, level, *, weak=False): pass
    slots = 1
    isolation = "confined"

@toolkit.hookimpl
def register_evaluators(register):
    register("mine", Mine, summary="one\\ntwo")
"""


@pytest.mark.parametrize("method", ["enter", "run"])
def test_an_exit_of_an_evaluator_does_not_end_run_in_silence(
    cli: Cli, install: Install, method: str
) -> None:
    words = {"enter": "", "exit": "", "run": ""} | {method: "raise SystemExit(0)"}
    path = install("mine", EVALUATOR.format(**words))
    done = cli("run", str(TOY), "--evaluator", "mine", "--json", path=path)
    assert done.returncode == 2
    assert "evaluator 'mine'" in done.stderr
    assert "SystemExit: 0 (mine.py:" in done.stderr


def test_an_exit_at_the_end_leaves_the_result(cli: Cli, install: Install) -> None:
    words = {"enter": "", "exit": "raise SystemExit(3)", "run": ""}
    path = install("mine", EVALUATOR.format(**words))
    done = cli("run", str(TOY), "--evaluator", "mine", "--json", path=path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ok"
    assert "evaluator 'mine': its __exit__ raised SystemExit: 3 (mine.py:" in done.stderr


SEARCHER = """
import toolkit
import toolkit.testing

class Mine:
    def check_study(self, outline): raise SystemExit(0)
    def run(self, lab): pass

class Rude(toolkit.UserError):
    def __str__(self): raise SystemExit(0)

class Model(toolkit.Provider):
    name, price_free = "quiet", True
    def covers(self, *_): raise SystemExit(0)
    def complete(self, request): pass

def made(argument):
    if argument == "rude":
        raise Rude
    return Model()

@toolkit.hookimpl
def register_searchers(register):
    register("mine", Mine)

@toolkit.hookimpl
def register_llms(register):
    register("quiet", made)
"""
COMPARED = {
    "a searcher's check": (["--searchers", "mine"], "searcher 'mine': check_study(): SystemExit"),
    "a model's covers": (
        ["--searchers", "autoresearch", "--llm", "quiet:x"],
        "covers() of 'quiet' raised SystemExit: 0 (mine.py:",
    ),
    "an error's text": (
        ["--searchers", "autoresearch", "--llm", "quiet:rude"],
        "(its text cannot be had)",
    ),
}


@pytest.mark.parametrize("who", COMPARED)
def test_compare_does_not_end_in_silence(cli: Cli, install: Install, who: str) -> None:
    words, told = COMPARED[who]
    done = cli("compare", str(TOY), "--budget", "1", *words, path=install("mine", SEARCHER))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert told in done.stderr


@pytest.mark.parametrize(("summary", "shown"), [("b'one'", None), ("'one\\ntwo'", "one two")])
def test_a_summary_is_one_line_of_text(
    install: Install, monkeypatch: pytest.MonkeyPatch, summary: str, shown: str | None
) -> None:
    from importlib.metadata import distributions

    name = "bytes_summary" if shown is None else "lines_summary"
    site = install(
        name, EVALUATOR.replace('"one\\ntwo"', summary).format(enter="", exit="", run="")
    )
    monkeypatch.syspath_prepend(site)
    (found,) = distributions(path=[str(site)])
    plugin = load(next(iter(found.entry_points)))
    assert [one.summary for one in plugin.registrations] == ([shown] if shown else [])
    assert ("its summary must be a text, not b'one'" in plugin.broken) == (shown is None)


def test_a_stop_is_found_behind_the_error_that_took_its_place() -> None:
    try:
        try:
            raise Interrupted(2)
        except Interrupted as stop:
            raise RuntimeError("in __set_name__") from stop
    except RuntimeError as error:
        found = behind(error)
    assert found is not None
    assert found.number == 2
    assert behind(ValueError()) is None


STOPPED = """
import functools, os, signal
usual = functools.cached_property.__set_name__
def named(self, owner, name):
    if name == "hostmask":
        os.kill(os.getpid(), signal.SIGINT)
    usual(self, owner, name)
functools.cached_property.__set_name__ = named
"""


def test_a_stop_while_a_class_is_made_ends_with_its_code(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "sitecustomize.py").write_text(STOPPED)
    code = "import ipaddress, toolkit\n"
    (tmp_path / "hooks" / "mine.py").write_text(code)
    info = tmp_path / "hooks" / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolkit]\nmine = mine\n")
    done = cli("plugins", path=tmp_path / "hooks", started=True)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_half_a_character_in_an_items_id_is_a_problem() -> None:
    from toolkit.study.complaints import Complaints
    from toolkit.study.objective import Objective
    from toolkit.study.survey import _Survey
    from toolkit.study.task import Item, Task

    survey = _Survey(Task, {}, Objective(), (), Complaints(Task))
    survey._items([Item("one", "c", "?"), Item("\ud83d", "c", "?")])
    (told,) = survey.found.problems
    assert told == r"items(): an item's id holds half a character (a lone surrogate): '\ud83d'"


def test_the_contract_fails_an_evaluator_that_does_not_end() -> None:
    class Stuck(Mine):
        def __init__(self) -> None:
            super().__init__(end=RuntimeError("stuck"))

    class Contract(toolkit.testing.EvaluatorContract):
        factory = Stuck

    told = "its __exit__ raised RuntimeError: stuck"
    with pytest.raises(AssertionError, match=told), Contract._entered():
        pass


def test_a_bug_of_an_evaluator_of_this_package_keeps_its_traceback(
    evaluator: LocalEvaluator,
) -> None:
    """It is no plugin's fault: here the job's files are no files at all."""
    with pytest.raises(AttributeError):
        Guarded("local", evaluator).run(Job(None, "", {}, (), Limits()))  # type: ignore[arg-type]
