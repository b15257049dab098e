"""Every evaluator keeps one contract, and every command opens it in one way."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT, TOY

import toolkit
from toolkit.evaluators import bundled
from toolkit.jobs import Limits
from toolkit.places import Place, at_once
from toolkit.testing import EvaluatorContract

Cli = Callable[..., subprocess.CompletedProcess[str]]

Install = Callable[..., Path]

PAGE = (ROOT / "docs" / "hooks.md").read_text()

BLOCKS = dict(re.findall(r"^`(\w+\.py)`:\n\n```python\n(.*?)^```", PAGE, re.M | re.S))


def from_the_page() -> ModuleType:
    spec = importlib.util.spec_from_loader("toolkit_plain", loader=None)
    assert spec
    module = importlib.util.module_from_spec(spec)
    exec(compile(BLOCKS["toolkit_plain.py"], "toolkit_plain.py", "exec"), vars(module))
    return module


class TestLocal(EvaluatorContract):
    factory = bundled.local


@pytest.mark.slow
class TestUnconfined(EvaluatorContract):
    factory = bundled.local
    settings = {"confine": False}  # noqa: RUF012


@pytest.mark.ray
@pytest.mark.timeout(300)
class TestRay(EvaluatorContract):
    factory = bundled.ray

    def test_what_hangs_has_the_derived_limit(self) -> None:
        found = self._ends("timeout", "time.sleep(600)", limits=Limits(60, 256, 1, grace_s=0.5))
        assert "from the time of the unchanged program" in found.detail


@pytest.mark.slow
class TestThePages(EvaluatorContract):
    factory = from_the_page().Plain


OLD = """
import toolkit
from toolkit_plain import Plain

class Old(Plain):
    def __init__(self, *, preload, slots, address):
        super().__init__(slots=slots)

@toolkit.hookimpl
def register_evaluators(register):
    register("old", Old, uses_llm=False)
"""

REGISTERED = """
import toolkit
{code}
@toolkit.hookimpl
def register_evaluators(register):
    register("mine", Mine)
"""


def site(install: Install, tmp_path: Path) -> Path:
    return install("toolkit_plain", BLOCKS["toolkit_plain.py"], point="plain")


PLACE = ("--evaluator", "plain", "--allow-weak")


@pytest.mark.slow
def test_the_pages_plugin_serves_compare_and_run(
    cli: Cli, install: Install, tmp_path: Path
) -> None:
    path = site(install, tmp_path)
    done = cli("compare", str(TOY), "--budget", "1", "--slots", "2", *PLACE, path=path)
    assert done.returncode == 0, done.stderr
    assert "isolation: none" in done.stdout
    one = cli("run", str(TOY), "--json", *PLACE, path=path)
    local = cli("run", str(TOY), "--json", path=path)
    assert json.loads(one.stdout)["isolation"] == "none", one.stderr
    assert json.loads(one.stdout)["score"] == json.loads(local.stdout)["score"]


@pytest.mark.slow
def test_attribute_runs_where_it_is_told(cli: Cli, install: Install, tmp_path: Path) -> None:
    path = site(install, tmp_path)
    assert cli("compare", str(TOY), "--budget", "3", "--out", "here").returncode == 0
    attribute = ("attribute", "here", "--study", str(TOY), "--json")
    more = cli(*attribute, *PLACE, path=path)
    assert more.returncode == 0, more.stderr
    assert json.loads(more.stdout)["isolation"] == "none"
    refused = cli(*attribute, "--evaluator", "plain", path=path)
    assert (refused.returncode, "isolates nothing" in refused.stderr) == (2, True)


@pytest.mark.parametrize("command", ["compare", "run"])
def test_an_unknown_or_too_weak_evaluator_is_refused(
    cli: Cli, install: Install, tmp_path: Path, command: str
) -> None:
    path = site(install, tmp_path)
    refused = cli(command, str(TOY), "--evaluator", "plain", path=path)
    assert (refused.returncode, "evaluator 'plain' isolates nothing" in refused.stderr) == (2, True)
    unknown = cli(command, str(TOY), "--evaluator", "plane", path=path)
    assert (unknown.returncode, "did you mean 'plain'" in unknown.stderr) == (2, True)


def test_a_plugin_of_an_older_page_is_served(cli: Cli, install: Install, tmp_path: Path) -> None:
    site(install, tmp_path)
    path = install("old", OLD)
    done = cli("run", str(TOY), "--json", "--evaluator", "old", "--allow-weak", path=path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ok"


MINE = {
    "an argument that nobody gives": (
        "class Mine:\n    def __init__(self, *, queue): pass",
        "plugin 'mine' is broken: PluginError: Mine needs queue, which no command gives",
    ),
    "an argument by position": (
        "class Mine:\n    def __init__(self, preload, /): pass",
        "Mine needs preload, which no command gives",
    ),
    "no class": ("Mine = 3", "register a class or a function, not int"),
    "a factory that raises": (
        "def Mine(): raise KeyError('QUEUE')",
        "evaluator 'mine' cannot be made: KeyError: 'QUEUE' (mine.py:3)",
    ),
    "no context manager": (
        "class Mine: pass",
        "evaluator 'mine' does not start: TypeError: 'mine.Mine' object does not support the context",
    ),
    "nothing entered": (
        "class Mine:\n    def __enter__(self): pass\n    def __exit__(self, *_): pass",
        "its __enter__ returns None; write `return self`",
    ),
    "members that are missing": (
        "class Mine:\n    slots = 1\n    def __enter__(self): return self\n"
        "    def __exit__(self, *_): pass",
        "evaluator 'mine' (Mine) lacks run, require, isolation; docs/hooks.md names all",
    ),
    "a level of its own": (
        "class Mine(toolkit.Evaluator):\n    def __init__(self):\n        self.slots = 1\n"
        "        self.isolation = 'docker'",
        "its isolation is 'docker'; it must be one of none, process, command, confined",
    ),
    "no slots": (
        "class Mine(toolkit.Evaluator):\n    slots, isolation = 0, 'none'",
        "its slots are 0; they must be an integer of at least 1",
    ),
}


@pytest.mark.parametrize("fault", MINE)
def test_what_is_no_evaluator_is_told(cli: Cli, install: Install, fault: str) -> None:
    code, told = MINE[fault]
    done = cli(
        "run", str(TOY), "--evaluator", "mine", path=install("mine", REGISTERED.format(code=code))
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert told in done.stderr


def test_what_was_asked_for_is_not_dropped_in_silence(
    cli: Cli, install: Install, tmp_path: Path, toy_folder: Path
) -> None:
    (toy_folder / "toy_pipeline" / "__main__.py").write_text("print('[]')")
    file = toy_folder / "study.toml"
    entry = 'command = ["python", "-m", "toy_pipeline"]'
    file.write_text(file.read_text().replace('entry = "toy_pipeline.main:run"', entry))
    path = site(install, tmp_path)
    done = cli("run", str(file), "--evaluator", "plain", "--allow-weak", path=path)
    assert done.returncode == 2
    assert (
        "--evaluator plain runs Python entries only, and this study's entry is a command"
        in done.stderr
    )
    done = cli("run", str(TOY), "--ray-address", "auto")
    assert done.returncode == 2
    assert "evaluator 'local' takes no address" in done.stderr


def test_no_more_run_at_a_time_than_asked_for(install: Install, tmp_path: Path) -> None:
    with bundled.local(slots=2) as evaluator:
        found = [at_once(Place(slots=slots), evaluator) for slots in (None, 1, 2, 8)]
    assert found == [2, 1, 2, 2]


def test_uses_llm_is_taken_by_every_hook_that_documents_it(cli: Cli, install: Install) -> None:
    hooks = "".join(
        f"@toolkit.hookimpl\ndef register_{kind}s(register):\n"
        f"    register('mine_{kind}', Mine, summary='', uses_llm=True)\n"
        for kind in ("searcher", "evaluator", "llm")
    )
    path = install("mine", f"import toolkit\nclass Mine: pass\n{hooks}")
    (row,) = [
        r for r in json.loads(cli("plugins", "--json", path=path).stdout) if r["plugin"] == "mine"
    ]
    assert not row["broken"]
    assert [found["kind"] for found in row["registers"]] == ["searcher", "llm", "evaluator"]
    assert 'register(name, factory, *, summary="", uses_llm=False)' in PAGE


def test_the_page_names_every_member_and_every_setting() -> None:
    from toolkit.evaluator import SETTINGS, Evaluator

    members = {
        name for name in vars(Evaluator) if name in {"run", "require", "__enter__", "__exit__"}
    }
    assert len(members) == 4
    for name in [*members, "slots", "isolation", "nodes"]:
        assert re.search(rf"^\| `{name}[(`]", PAGE, re.M), name
        assert name in str(Evaluator.__doc__) or vars(Evaluator)[name].__doc__, name
    for name in SETTINGS:
        assert f"| `{name}` |" in PAGE
    assert {"Evaluator", "Job", "Limits", "Outcome"} <= set(toolkit.__all__)
