"""The documentation's site: its navigation, its pictures, and the pages that code makes or holds."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from toolkit.shapley.game import enabling_credit, first_in, left_out, shapley
from toolkit.shapley.poset import Poset
from toolkit.study.keys import TABLES

DOCS = ROOT / "docs"


def script(name: str) -> ModuleType:
    """The script docs/NAME.py as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def navigated(nav: list[dict[str, Any]]) -> Iterator[str]:
    for entry in nav:
        for target in entry.values():
            if isinstance(target, str):
                yield target
            else:
                yield from navigated(target)


def test_every_page_stands_once_in_the_navigation() -> None:
    config = tomllib.loads((ROOT / "zensical.toml").read_text())
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.glob("*.md")]
    pages += [path.relative_to(ROOT).as_posix() for path in (ROOT / "studies").rglob("*.md")]
    assert sorted(navigated(config["project"]["nav"])) == sorted(pages)


def test_links_between_pages_lead_to_the_same_pages_in_the_site(tmp_path: Path) -> None:
    script("build").bring(tmp_path)
    text = (tmp_path / "docs" / "reading-a-result.md").read_text()
    assert "[daybook](studies/daybook/README.md)" in text
    digits = tmp_path / "docs" / "studies" / "digits" / "README.md"
    assert "](../../integrity.md)" in digits.read_text()
    for page in (tmp_path / "docs").rglob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


@pytest.mark.slow
def test_the_site_is_built_with_warnings_as_errors(tmp_path: Path) -> None:
    pytest.importorskip("zensical", reason="needs the extra docs")
    built = subprocess.run(
        [sys.executable, str(DOCS / "build.py"), str(tmp_path / "site")],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "faults were planted" in (tmp_path / "site" / "index.html").read_text()
    assert (tmp_path / "site" / "pictures" / "anytime.svg").is_file()


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    made = script("reference").page()
    assert (DOCS / "cli.md").read_text() == made, "python docs/reference.py writes it anew"


def test_the_page_of_keys_has_the_tables_and_keys_that_a_study_knows() -> None:
    page = (DOCS / "study-keys.md").read_text()
    sections = re.split(r"^## ", page, flags=re.M)[1:]
    found = {
        section.partition("\n")[0]: tuple(re.findall(r"^\| `(\w+)` \|", section, re.M))
        for section in sections
    }
    del found["Tables with names of your own"]
    named = {name.strip("`[]"): keys for name, keys in found.items()}
    named[""] = named.pop("Above the first table")
    assert named == dict(TABLES)


def by_hand() -> dict[str, list[str]]:
    """Cells of all table rows of the example, by what their first cell says."""
    page = (DOCS / "attribution-by-hand.md").read_text()
    rows = [
        [cell.strip(" *") for cell in line.strip("| \n").split("|")]
        for line in page.splitlines()
        if line.startswith("|")
    ]
    found: dict[str, list[str]] = {}
    for first, *cells in rows:
        found.setdefault(first, cells)
    return found


def test_the_example_by_hand_has_the_values_that_the_code_computes() -> None:
    rows = by_hand()
    programs = {
        frozenset[int](): "neither edit",
        frozenset({0}): "edit 1 alone",
        frozenset({1}): "edit 2 alone",
        frozenset({0, 1}): "both edits",
    }

    def value(chosen: frozenset[int]) -> np.ndarray:
        return np.array([float(rows[programs[chosen]][0])])

    needs = {1: [0]}
    poset = Poset(2, needs)
    shares = np.hstack([shapley(value, 2, needs), enabling_credit(value, poset)])
    shown = [[float(cell) for cell in rows[edit]] for edit in ("edit 1", "edit 2")]
    assert shown == pytest.approx(shares)
    assert [float(cell) for cell in rows["sum"]] == pytest.approx(shares.sum(axis=0))
    page = (DOCS / "attribution-by-hand.md").read_text()
    low, high = sorted(round(100 * share) for share in shares[0] / shares.sum(axis=0))
    assert f"edit 1 is worth {low} to {high} % of the gain" in page
    lost = [f"{one:.2f}".lstrip("0") for one in left_out(value, poset)[:, 0]]
    alone = [f"{one:.2f}".lstrip("0") for one in first_in(value, poset)[:, 0]]
    assert f"{lost[0]} for edit 1, {lost[1]} for edit 2" in page
    assert f"{alone[0]} for edit 1, {alone[1]} for edit 2" in page


def test_the_picture_of_the_example_is_the_one_that_the_script_draws(tmp_path: Path) -> None:
    pictures = script("pictures")
    pictures.by_hand(tmp_path / "by-hand.svg")
    drawn = re.findall(r">([\w .:]+)</text>", (tmp_path / "by-hand.svg").read_text())
    kept = re.findall(r">([\w .:]+)</text>", (DOCS / "pictures" / "by-hand.svg").read_text())
    assert {"edit 1: 0.075", "edit 2: 0.055", "edit 2: 0.110", "0.020"} <= set(drawn)
    assert kept == drawn


def test_the_first_page_takes_its_result_from_a_summary() -> None:
    pictures = script("pictures")
    pair = {"worse": "baseline", "interval": [0.462, 0.5403], "gap": 0.5013, "seeds": 1}
    summary = {
        "decimals": 3,
        "baseline": {"test": 0.018},
        "searchers": {"editor": {"test": 0.519}},
        "pairs": [
            {**pair, "better": "editor", "decided": True},
            {**pair, "better": "editor", "worse": "random", "decided": True},
        ],
        "verdict": "editor leads by +0.501 [+0.462, +0.540]. By recall +0.5 [+0.4, +0.6]. "
        "Over the floor +0.4 [+0.3, +0.5]. Unread.",
    }
    page = pictures.with_result((DOCS / "index.md").read_text(), summary)
    rows = [line for line in page.splitlines() if line.startswith("| editor")]
    assert rows == ["| editor | 1 | 0.519 | +0.501 [+0.462, +0.540] | yes |"]
    assert "\n> editor leads by +0.501 [+0.462, +0.540]. By recall" in page
    assert "Unread" not in page
    assert "## Begin" in page
    assert pictures.with_result(page, summary) == page


def test_the_glossary_has_all_words_of_the_architecture() -> None:
    section = (DOCS / "architecture.md").read_text().split("## Words")[1].split("## Rooms")[0]
    rows = re.findall(r"^\| ([\w, ]+) \|", section, re.M)
    words = {word for row in rows for word in row.split(", ")} - {"word"}
    assert {"study", "evidence", "part", "ledger"} <= words
    explained = re.findall(r"^\| ([\w ]+) \|", (DOCS / "glossary.md").read_text(), re.M)
    assert words <= set(explained)
    assert len(explained) == len(set(explained))
