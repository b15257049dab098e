"""Plugins are found through entry points, loaded one at a time, and a broken one is a row."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from plugin_rows import TOY, rows

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
        "unknown hook 'register_searcher'; did you mean 'register_searchers'",
    ),
    "unmarked": (
        "def register_searchers(register):\n    pass\n",
        "register_searchers is not marked as a hook: write @toolkit.hookimpl above it",
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
    assert "there is no study file at /nowhere/study.toml" in told["data"]["gone"]
    assert told["data"]["daybook"] == "bundled"
    status = cli("data", "status", path=site)
    assert "there is no study file at /nowhere/study.toml" in status.stderr
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
