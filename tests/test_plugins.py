"""Plugins are found through entry points, loaded one at a time, and a broken one is a row."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_fatal_only_where_it_is_asked_for(cli: Cli, install: Install) -> None:
    site = install("import", BROKEN["import"][0])
    toy = str(Path(__file__).parent.parent / "toolkit" / "toy")
    asked = cli("compare", toy, "--budget", "2", "--searchers", "import", path=site)
    assert asked.returncode == 2
    assert "no_such_module_here" in asked.stderr
    other = cli("compare", toy, "--budget", "2", "--searchers", "random", path=site)
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
    toy = str(Path(__file__).parent.parent / "toolkit" / "toy")
    done = cli("compare", toy, "--budget", "2", "--searchers", "random", path=site)
    assert done.returncode == 2
    assert "'thief'" in done.stderr


def test_an_installed_plugin_never_joins_a_run_by_itself(cli: Cli, install: Install) -> None:
    site = install("good", GOOD.format(name="still"))
    toy = str(Path(__file__).parent.parent / "toolkit" / "toy")
    done = cli("compare", toy, "--budget", "2", "--json", path=site)
    assert [cell["alias"] for cell in json.loads(done.stdout)["cells"]] == ["random"]
    asked = cli("compare", toy, "--budget", "2", "--json", "--searchers", "still", path=site)
    cells = {cell["alias"]: cell for cell in json.loads(asked.stdout)["cells"]}
    assert cells["still"]["trials"] == 2
