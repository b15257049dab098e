"""The pages say what the code does: hooks, ledger events, the tutorial's own code, commands."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, TOY, environment, expect_contract

from toolkit import hookspecs
from toolkit.cli.main import COMMANDS
from toolkit.ledger.facts import HANDLERS

DOCS = ROOT / "docs"
TUTORIAL = (DOCS / "tutorial-plugin.md").read_text()
PLUGIN = ROOT / "plugins" / "toolkit-hillclimb"
HOOKS = [name for name in vars(hookspecs) if name.startswith("register_")]


def tutorial_files() -> dict[str, str]:
    return dict(re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", TUTORIAL, re.M | re.S))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_heading_with_its_arguments(hook: str) -> None:
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f"## `{hook}({arguments})`" in (DOCS / "hooks.md").read_text()


def test_no_heading_without_a_hook() -> None:
    headed = re.findall(r"^## `(\w+)\(", (DOCS / "hooks.md").read_text(), re.M)
    assert sorted(headed) == sorted(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_real_plugin(hook: str) -> None:
    used = [
        path
        for folder in ("searchers", "studies", "toolkit/llm", "toolkit/evaluators")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert any(f"def {hook}(" in path.read_text() for path in used)


def test_every_event_is_in_the_ledger_page() -> None:
    page = (DOCS / "ledger.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", page, re.M)
    assert sorted(named) == sorted(HANDLERS)


def test_the_summary_page_names_every_key(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", "2", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    summary = json.loads(done.stdout)
    page = (DOCS / "summary.md").read_text()
    for key in [*summary, *summary["cells"][0]]:
        assert f"`{key}`" in page, key


def test_commands_are_in_the_readme_or_a_page() -> None:
    text = (ROOT / "README.md").read_text() + "".join(p.read_text() for p in DOCS.glob("*.md"))
    for name in COMMANDS:
        assert f"toolkit {name}" in text, name


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.glob("*.md"), *(ROOT / "studies").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_bundled_plugin_is_the_tutorials() -> None:
    files = tutorial_files()
    assert set(files) == {"pyproject.toml", "toolkit_hillclimb.py", "tests/test_hillclimb.py"}
    for name, text in files.items():
        assert (PLUGIN / name).read_text() == text, name


@pytest.mark.slow
def test_the_tutorials_searcher_runs(
    cli: Callable[..., subprocess.CompletedProcess[str]], install: Callable[..., Path]
) -> None:
    site = install("hillclimb", tutorial_files()["toolkit_hillclimb.py"])
    done = cli(
        "compare", str(TOY), "--budget", "15", "--searchers", "hillclimb,random", "--json",
        "-o", "hillclimb.step=0.3", path=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = {cell["alias"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert cells["hillclimb"]["trials"] == 15
    assert cells["hillclimb"]["options"] == {"step": 0.3}
    wrong = cli(
        "compare", str(TOY), "--searchers", "hillclimb", "-o", "hillclimb.step=2", path=site
    )
    assert wrong.returncode == 2
    assert "must be in (0, 1], got 2" in wrong.stderr


@pytest.mark.slow
def test_the_tutorials_package_installs_and_keeps_the_contract(tmp_path: Path) -> None:
    folder = tmp_path / "toolkit-hillclimb"
    for name, text in tutorial_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    expect_contract(folder, tmp_path / "site")
