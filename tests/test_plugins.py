"""Plugins are found through entry points, loaded one at a time, and a broken one is a row."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY as TOY_FOLDER
from conftest import environment, install_into

TOY = str(TOY_FOLDER)
Cli = Callable[..., subprocess.CompletedProcess[str]]
Install = Callable[..., Path]

GOOD = """
import toolkit
class Still:
    def run(self, lab):
        while True:
            lab.evaluate(toolkit.Candidate())
@toolkit.hookimpl
def register_searchers(register):
    register("{name}", Still, summary="proposes the baseline")
"""
BROKEN = {
    "import": ("import no_such_module_here\n", "No module named 'no_such_module_here'"),
    "syntax": ("def broken(:\n", "SyntaxError"),
    "hook": (
        "import toolkit\n@toolkit.hookimpl\ndef register_searchers(register):\n"
        "    raise RuntimeError('no table today')\n",
        "no table today",
    ),
    "misspelt": (
        "import toolkit\n@toolkit.hookimpl\ndef register_searcher(register):\n    pass\n",
        "unknown hook 'register_searcher'",
    ),
    "arguments": (
        "import toolkit\n@toolkit.hookimpl\ndef register_searchers(register, more):\n    pass\n",
        "more",
    ),
    "positional": (
        "import toolkit\nclass S:\n    def __init__(self, step): pass\n    def run(self, lab): pass\n"
        "@toolkit.hookimpl\ndef register_searchers(register):\n    register('positional', S)\n",
        "options are keyword-only",
    ),
    "object": (
        "import toolkit\n@toolkit.hookimpl\ndef register_searchers(register):\n"
        "    register('object', 3)\n",
        "register a class",
    ),
}
NO_EXCEPTIONS = {
    "exits": ("import sys\nsys.exit('no licence')\n", "SystemExit: no licence (exits.py:2)"),
    "exits_mutely": ("raise SystemExit\n", "SystemExit (exits_mutely.py:1)"),
    "interrupts": ("raise KeyboardInterrupt\n", "KeyboardInterrupt (interrupts.py:1)"),
    "its_own": (
        "class Own(BaseException): pass\nraise Own('\\x1b[31mno')\n",
        r"Own: \x1b[31mno (its_own.py:2)",
    ),
    "speechless": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute\n",
        "Mute: (its text cannot be had) (speechless.py:3)",
    ),
    "misread": ("def x(:\n", "SyntaxError: invalid syntax (misread.py, line 1)"),
    "hook_exits": (
        "import sys, toolkit\n@toolkit.hookimpl\ndef register_searchers(register):\n    sys.exit(3)\n",
        "SystemExit: 3 (hook_exits.py:4)",
    ),
    "hook_ends": (
        "import asyncio, toolkit\n@toolkit.hookimpl\ndef register_llms(register):\n"
        "    raise asyncio.CancelledError\n",
        "CancelledError (hook_ends.py:4)",
    ),
}


def rows(cli: Cli, path: Path) -> dict[str, dict[str, object]]:
    done = cli("plugins", "--json", path=path)
    assert done.returncode == 0, done.stderr
    return {row["plugin"]: row for row in json.loads(done.stdout)}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_a_row_with_its_reason(cli: Cli, install: Install, kind: str) -> None:
    code, reason = BROKEN[kind]
    install(kind, code)
    site = install("good", GOOD.format(name="still"))
    found = rows(cli, site)
    assert reason in str(found[kind]["broken"])
    assert not found["good"]["broken"]
    assert not found["random"]["broken"]


def test_what_is_no_exception_breaks_its_plugin_and_no_other(cli: Cli, install: Install) -> None:
    """All at once: each is a row with its reason, and a comparison goes on without them."""
    for name, (code, _) in NO_EXCEPTIONS.items():
        install(name, code)
    site = install("good", GOOD.format(name="still"))
    found = rows(cli, site)
    assert {name: found[name]["broken"] for name in NO_EXCEPTIONS} == {
        name: reason for name, (_, reason) in NO_EXCEPTIONS.items()
    }
    assert not found["good"]["broken"]
    done = cli("compare", TOY, "--budget", "2", "--searchers", "still", path=site)
    assert done.returncode == 0, done.stderr
    assert "plugin 'exits' is broken: SystemExit: no licence (exits.py:2)" in done.stderr


@pytest.mark.parametrize(
    ("body", "option"),
    [
        ("def __init__(self): raise SystemExit('no licence')", "searcher 'wrong'"),
        ("def __init__(self): raise KeyboardInterrupt('no licence')", "searcher 'wrong'"),
    ],
)
def test_a_searcher_that_exits_when_it_is_made_is_refused(
    cli: Cli, install: Install, tmp_path: Path, body: str, option: str
) -> None:
    code = (
        f"import toolkit\nclass Wrong:\n    {body}\n    def run(self, lab): pass\n"
        "@toolkit.hookimpl\ndef register_searchers(register): register('wrong', Wrong)\n"
    )
    site = install("wrong", code)
    done = cli("compare", TOY, "--budget", "2", "--searchers", "wrong", path=site)
    assert done.returncode == 2
    assert option in done.stderr
    assert "no licence (wrong.py:3)" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_an_evaluator_or_a_model_that_exits_is_refused(cli: Cli, install: Install) -> None:
    code = (
        "import toolkit\ndef leave(*_, **__): raise SystemExit('no licence')\n"
        "@toolkit.hookimpl\ndef register_evaluators(register): register('leaves', leave)\n"
        "@toolkit.hookimpl\ndef register_llms(register): register('leaves', leave)\n"
    )
    site = install("leaves", code)
    for more in (["--evaluator", "leaves"], ["--searchers", "autoresearch", "--llm", "leaves:x"]):
        done = cli("compare", TOY, "--budget", "2", *more, path=site)
        assert done.returncode == 2
        assert "SystemExit: no licence (leaves.py:2)" in done.stderr


def test_a_plugins_broken_study_hides_no_other(cli: Cli, install: Install) -> None:
    code = (
        "import toolkit\n@toolkit.hookimpl\ndef register_studies(register):\n"
        "    register('gone', '/nowhere/study.toml')\n"
    )
    site = install("gone", code)
    told = json.loads(cli("doctor", "--json", path=site).stdout)
    assert "/nowhere/study.toml cannot be read" in told["data"]["gone"]
    assert told["data"]["daybook"] == "bundled"
    status = cli("data", "status", path=site)
    assert "/nowhere/study.toml cannot be read" in status.stderr
    assert "locomo10.json" in status.stdout


def test_fatal_only_where_it_is_asked_for(cli: Cli, install: Install) -> None:
    site = install("import", BROKEN["import"][0])
    asked = cli("compare", TOY, "--budget", "2", "--searchers", "import", path=site)
    assert asked.returncode == 2
    assert "no_such_module_here" in asked.stderr
    other = cli("compare", TOY, "--budget", "2", "--searchers", "random", path=site)
    assert other.returncode == 0, other.stderr
    assert "plugin 'import' is broken" in other.stderr


def test_two_plugins_with_one_name_are_both_named(cli: Cli, install: Install) -> None:
    install("first", GOOD.format(name="same"))
    site = install("second", GOOD.format(name="same"))
    found = rows(cli, site)
    for plugin in ("first", "second"):
        assert "'first'" in str(found[plugin]["broken"])
        assert "'second'" in str(found[plugin]["broken"])


def test_a_plugin_that_takes_a_bundled_name_breaks_neither_silently(
    cli: Cli, install: Install
) -> None:
    site = install("thief", GOOD.format(name="random"))
    done = cli("compare", TOY, "--budget", "2", "--searchers", "random", path=site)
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert told.startswith("Error: searcher 'random' is registered by 'random' (of")
    assert told.endswith("'thief' (of thief); uninstall one")


def test_a_broken_plugins_study_is_told_for_that_alone(cli: Cli, install: Install) -> None:
    done = cli("run", "exits", path=install("exits", NO_EXCEPTIONS["exits"][0]))
    assert done.returncode == 2
    assert done.stderr == (
        "Error: study 'exits': plugin 'exits' is broken: SystemExit: no licence (exits.py:2)\n"
    )


@pytest.mark.slow
def test_an_installed_plugin_never_joins_a_run_by_itself(cli: Cli, install: Install) -> None:
    site = install("good", GOOD.format(name="still"))
    done = cli("compare", TOY, "--budget", "2", "--json", path=site)
    assert [cell["alias"] for cell in json.loads(done.stdout)["cells"]] == ["random"]
    asked = cli("compare", TOY, "--budget", "2", "--json", "--searchers", "still", path=site)
    cells = {cell["alias"]: cell for cell in json.loads(asked.stdout)["cells"]}
    assert cells["still"]["trials"] == 2


SEARCHER = """
import toolkit, random
class Wrong:
    def __init__(self, *{arguments}) -> None: pass
    def run(self, lab):
        {body}
@toolkit.hookimpl
def register_searchers(register):
    register("wrong", Wrong)
"""
FAULTS = {
    "raises at once": ("raise RuntimeError('no idea')", "RuntimeError: no idea (wrong.py:6)"),
    "spins": ("while True: pass", "did nothing for 1 s"),
    "asks for ever": (
        "while True:\n            try: lab.evaluate(toolkit.Candidate())\n"
        "            except toolkit.BudgetSpent: pass",
        "asked for more after its budget was spent",
    ),
    "rubbish": ("lab.evaluate('better code')", "proposed a str; propose a toolkit.Candidate"),
    "nothing": ("pass", "proposed nothing"),
}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(f, marks=pytest.mark.slow) if f in ("spins", "rubbish", "nothing") else f
        for f in FAULTS
    ],
)
def test_a_wrong_searcher_gets_a_clear_message(cli: Cli, install: Install, fault: str) -> None:
    body, message = FAULTS[fault]
    site = install("wrong", SEARCHER.format(arguments="", body=body).replace("self, *)", "self)"))
    done = cli(
        "compare", TOY, "--budget", "3", "--searchers", "wrong,random", "--stall-seconds", "1",
        path=site,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert message in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout
    assert "random" in done.stdout


def test_a_missing_option_says_what_to_type(cli: Cli, install: Install) -> None:
    site = install("wrong", SEARCHER.format(arguments=", table: str", body="pass"))
    done = cli("compare", TOY, "--budget", "3", "--searchers", "wrong", path=site)
    assert done.returncode == 2
    assert "add -o wrong.table=VALUE" in done.stderr


@pytest.mark.slow
def test_a_heavy_import_is_named(cli: Cli, install: Install) -> None:
    site = install("heavy", "import time\ntime.sleep(0.6)\nimport sklearn.cluster, pandas\n")
    row = rows(cli, site)["heavy"]
    assert "import what is heavy inside functions" in str(row["slow"])
    done = cli("compare", TOY, "--budget", "1", path=site)
    assert "plugin 'heavy' is slow" in done.stderr


@pytest.mark.slow
def test_a_searcher_that_ignores_its_seed_is_named_when_resumed(
    cli: Cli, install: Install, tmp_path: Path
) -> None:
    body = "while True: lab.evaluate(toolkit.Candidate({'x': random.random()}))"
    site = install("wrong", SEARCHER.format(arguments="", body=body).replace("self, *)", "self)"))
    for budget in ("3", "6"):
        done = cli(
            "compare", TOY, "--budget", budget, "--searchers", "wrong", "--out", "here", path=site
        )
    assert "lab.rng or lab.seed" in " ".join(done.stdout.split())
    assert done.returncode == 0


@pytest.mark.slow
def test_new_writes_a_distribution_that_works(cli: Cli, install: Install, tmp_path: Path) -> None:
    done = cli("plugins", "new", "annealing")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "toolkit-annealing"
    site = install("annealing", (folder / "toolkit_annealing.py").read_text())
    run = cli("compare", TOY, "--budget", "4", "--searchers", "annealing", "--json", path=site)
    assert json.loads(run.stdout)["cells"][0]["trials"] == 4, run.stderr
    again = cli("plugins", "new", "annealing")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert cli("plugins", "new", "Simulated Annealing").returncode == 2


@pytest.mark.slow
def test_new_installs_and_keeps_the_contract(cli: Cli, tmp_path: Path) -> None:
    cli("plugins", "new", "annealing")
    folder = tmp_path / "toolkit-annealing"
    install_into(folder, tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(folder)],
        env=environment(tmp_path / "site"), capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    assert "6 passed" in done.stdout, done.stdout
    assert rows(cli, tmp_path / "site")["annealing"]["distribution"] == "toolkit-annealing"
