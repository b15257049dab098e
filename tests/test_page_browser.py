"""The page of a run in a browser, from disk: nothing leaves, tables work, nothing is cut off.

Playwright drives the Chromium of the system; CHROMIUM names another one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paged import beside_random
from toy_edits import LOUDER, MAIN

import toolkit
from toolkit.evaluators.local import LocalEvaluator
from toolkit.page import page as pages
from toolkit.page.several import index_page

pytestmark = pytest.mark.browser
TOY = Path(toolkit.__file__).parent / "toy"
NOTE = "</script><img src=x onerror=\"document.title='owned'\"> louder"
LONG = "a" * 900
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
CUT = """() => {
  const width = document.documentElement.clientWidth, found = [];
  for (const one of document.querySelectorAll("header *, main *")) {
    if (one.closest(".scroll, pre, svg, .sr") || !one.checkVisibility()) continue;
    const box = one.getBoundingClientRect();
    if (box.width && box.right > width + 1) found.push(one.outerHTML.slice(0, 120));
  }
  return [document.documentElement.scrollWidth > width, found];
}"""
OVER = """() => {
  const found = [];
  const cells = [...document.querySelectorAll("main td, main th")].filter((one) => one.checkVisibility());
  for (const one of cells)
    if (one.scrollWidth > one.clientWidth + 1 && !one.closest(".scroll")
        && getComputedStyle(one).overflow !== "visible") found.push(one.outerHTML.slice(0, 120));
  return found;
}"""


class Editor:
    """Searcher of one better value, and one edit on it."""

    def run(self, lab: Any) -> None:
        better = lab.evaluate(lab.baseline.candidate.with_override("x", 0.7, note=LONG))
        _, old, new = LOUDER
        text = lab.files(better.candidate)[MAIN].replace(old, new)
        grown = lab.edit(better.candidate, {MAIN: text})
        lab.evaluate(replace(grown, note=NOTE, label="bug_fix", parent=better.number))
        lab.evaluate(replace(grown, patch=f"no patch {LONG}"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, evaluator: LocalEvaluator) -> Path:
    place = tmp_path_factory.mktemp("page")
    return pages.write(beside_random(place, Editor, 60, evaluator), place / "run")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next(path for name in names if name and (path := shutil.which(name)))
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


def shown(chromium: Any, path: Path, size: str = "wide", theme: str = "light") -> Any:
    """The page, with what it asked for and what it complained of beside it."""
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.complaints, tab.asked = [], []
    tab.on("console", lambda one: tab.complaints.append(one.text))
    tab.on("pageerror", lambda one: tab.complaints.append(str(one)))
    tab.on("request", lambda one: tab.asked.append(one.url))
    tab.goto(path.as_uri())
    return tab


def test_no_request_leaves_and_nothing_is_complained_of(chromium: Any, written: Path) -> None:
    tab = shown(chromium, written)
    for summary in tab.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert tab.complaints == []
    assert tab.asked == [written.as_uri()]
    assert tab.title() != "owned"
    assert tab.locator("img").count() == 0


def test_pages_of_several_runs_complain_of_nothing_and_hold_long_words(
    chromium: Any, tmp_path: Path
) -> None:
    row = {
        "run": LONG, "study": LONG, "title": LONG, "at": None, "budget": 1, "cells": 1, "ended": 1,
        "searchers": [LONG], "verdict": f"{LONG} leads", "page": None,
    }  # fmt: skip
    path = tmp_path / "index.html"
    path.write_text(index_page("runs", [row, {"run": "two", "problem": LONG}]))
    for size in SIZES:
        tab = shown(chromium, path, size)
        assert tab.complaints == []
        assert tab.evaluate(CUT) == [False, []]


def test_the_table_of_trials_sorts_filters_turns_pages_and_unfolds(
    chromium: Any, written: Path
) -> None:
    tab = shown(chromium, written)
    table = tab.locator("#trials-table")
    assert table.locator("output").inner_text() == "63 of 63"
    assert table.locator("tbody tr").count() == 50
    table.get_by_role("button", name="Next").click()
    assert table.locator("tbody tr").count() == 13
    heading = table.get_by_role("button", name="score on search")
    heading.click()
    heading.click()
    assert table.locator("thead th[aria-sort=descending]").inner_text().startswith("score")
    scores = [float(one) for one in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    table.get_by_label("Filter by text").fill("louder")
    assert table.locator("output").inner_text() == "1 of 63"
    table.locator("tbody button").click()
    diff = table.locator(".diff")
    assert diff.locator(".add").inner_text() == "+SCALE = 0.9"
    assert diff.locator(".del").inner_text() == "-SCALE = 0.8"
    assert NOTE in table.locator("tr.more").inner_text()
    table.get_by_label("Filter by text").fill("")
    table.get_by_label("Only of one status").select_option("invalid")
    assert table.locator("output").inner_text() == "1 of 63"


def test_everything_can_be_reached_by_keyboard(chromium: Any, written: Path) -> None:
    tab = shown(chromium, written)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    tab.locator("#steps summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("#steps details").first.get_attribute("open") is not None
    tab.locator("#axis-trials").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#axis-seconds").is_checked()
    assert tab.locator(".of-seconds").is_visible() and not tab.locator(".of-trials").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_or_wider_than_the_page(
    chromium: Any, written: Path, size: str, theme: str
) -> None:
    tab = shown(chromium, written, size, theme)
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    for row in tab.locator("#trials-table button.row").all()[:2]:
        row.click()
    assert tab.evaluate(CUT) == [False, []]
    assert tab.evaluate(OVER) == []


def test_the_theme_follows_the_system_and_the_button_turns_it(chromium: Any, written: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    tab = shown(chromium, written, theme="dark")
    dark = tab.evaluate(ground)
    tab.get_by_role("button", name="Switch to the light theme").click()
    light = tab.evaluate(ground)
    assert light == "rgb(255, 255, 255)" != dark
    assert shown(chromium, written, theme="light").evaluate(ground) == light


def test_without_scripts_everything_but_the_tables_of_trials_is_there(
    chromium: Any, written: Path
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(written.as_uri())
    assert "The table of trials needs scripts" in tab.locator("#trials").inner_text()
    assert tab.locator("#stairs svg.chart").first.is_visible()
    tab.locator("label[for=axis-seconds]").click()
    assert tab.locator(".of-seconds").is_visible()


def test_it_is_painted_within_a_second(chromium: Any, written: Path) -> None:
    """No limit of a clock: what would make a page slow is more elements than this."""
    tab = shown(chromium, written)
    assert tab.evaluate("document.querySelectorAll('*').length") < 10_000
