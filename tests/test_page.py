"""The page of a run: what stands on it, in which order, and whose text cannot do anything there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from paged import beside_random, data_of, html_of, page_of, read
from toy_edits import MAIN

import toolkit
from toolkit.cli.main import cli
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.page import page
from toolkit.page.sections import CONTENTS, SECTIONS
from toolkit.records import Candidate
from toolkit.report.details import details
from toolkit.report.summary import summarise
from toolkit.report.wording import Wording

TOY = Path(toolkit.__file__).parent / "toy"
COMMENT = "</script><script>alert(1)</script>"
HOSTILE = "</script><img src=x onerror=alert(1)> <!-- \x1b[31m \u202e \x00 & ]]> {{ 7*7 }}"


class Editor:
    """Searcher of one better value, one edit on it, and a patch that does not apply."""

    def run(self, lab: Any) -> None:
        better = lab.evaluate(lab.baseline.candidate.with_override("x", 0.7, note=HOSTILE))
        text = lab.files(better.candidate)[MAIN].replace("SCALE = 0.8", f"SCALE = 0.9  # {COMMENT}")
        grown = lab.edit(better.candidate, {MAIN: text})
        lab.evaluate(replace(grown, note=HOSTILE, label="bug_fix", parent=better.number))
        lab.evaluate(Candidate(patch="--- " + HOSTILE, note=HOSTILE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, evaluator: LocalEvaluator) -> Path:
    """The folder of a run of two searchers, one of which writes whatever it likes."""
    place = tmp_path_factory.mktemp("page")
    beside_random(place, Editor, 4, evaluator)
    return place / "run"


@pytest.fixture(scope="module")
def state(folder: Path) -> State:
    with Ledger(folder, writer=False) as ledger:
        return load(ledger)


def test_sections_stand_in_their_order_and_the_contents_lead_to_them(state: State) -> None:
    root = page_of(state)
    sections = [one.attributes["id"] for one in root.all("section")]
    assert sections == [name for name, _ in CONTENTS]
    assert sections == [
        "verdict", "searchers", "steps", "stairs", "stages", "waterfall", "labels",
        "expressiveness", "splits", "items", "spend", "trials", "views", "caveats", "origin",
    ]  # fmt: skip
    (nav,) = root.all("nav")
    assert [one.attributes["href"] for one in nav.all("a")] == [f"#{name}" for name in sections]
    assert set(SECTIONS) | {"trials"} == set(sections)


def test_the_verdict_on_the_page_is_that_of_the_summary(state: State) -> None:
    summary, root = summarise(state), page_of(state)
    told = root.by_id("verdict").text
    for sentence in re.split(r"(?<=[.!?]) ", summary["verdict"]):
        assert sentence in told
    for sentence in summary["verdict_short"]:
        assert sentence in told


def test_figures_of_the_searchers_are_those_of_the_summary(state: State) -> None:
    summary = summarise(state)
    words, shown = Wording.from_json(summary), page_of(state).by_id("searchers")
    rows = [row.text for row in shown.all("tr")]
    for cell in summary["cells"]:
        mine = [row for row in rows if row.startswith(f"seed {cell['seed']} ")]
        gain = words.span(cell["gain"], cell["interval"]) if cell["champion"] else "(baseline kept)"
        figures = (words.level(cell["search"]), words.level(cell["test"]), gain)
        assert any(all(figure in row for figure in figures) for row in mine), cell["alias"]
    for pair in summary["pairs"]:
        assert words.span(pair["gap"], pair["interval"]) in shown.text


def test_every_trial_is_in_the_data_of_the_table(state: State) -> None:
    summary, data = summarise(state), data_of(page_of(state))["trials"]
    assert data["cells"] == [f"{one['alias']}-{one['seed']}" for one in summary["cells"]]
    for n, cell in enumerate(summary["cells"]):
        rows = [row for row in data["rows"] if row[0] == n]
        assert len(rows) == cell["evaluations"]
        for status, count in cell["status"].items():
            assert sum(row[2] == status for row in rows) == count


def test_hostile_text_is_shown_and_can_do_nothing(state: State) -> None:
    html = html_of(state)
    root = read(html)
    scripts = root.all("script")
    assert [one.attributes.get("type", "") for one in scripts] == ["application/json", ""]
    assert root.all("img", "iframe", "object", "link") == []
    events = [name for one in root.walk() for name in one.attributes if name.startswith("on")]
    assert events == []
    assert "\x1b" not in html and "\u202e" not in html and "\x00" not in html
    shown = "</script><img src=x onerror=alert(1)> <!-- \\x1b[31m \\u202e \\x00 & ]]> {{ 7*7 }}"
    assert shown in root.by_id("steps").text
    assert shown in [row[9] for row in data_of(root)["trials"]["rows"]]


def test_the_page_allows_no_request_and_no_script_but_its_own(state: State) -> None:
    root = page_of(state)
    (policy,) = (
        one.attributes["content"]
        for one in root.all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    (script,) = root.all("script")[1].inside
    assert isinstance(script, str)
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{known}'" in policy
    addresses = [
        one.attributes[name]
        for one in root.walk()
        for name in ("href", "src", "action", "data")
        if name in one.attributes
    ]
    assert [one for one in addresses if not one.startswith("#")] == []
    styles = "".join(str(one.inside) for one in root.all("style"))
    assert "url(" not in styles and "@import" not in styles


def test_headings_go_down_one_level_at_a_time(state: State) -> None:
    levels = [int(one.name[1]) for one in page_of(state).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_drawing_tables_and_scrolled_region_has_a_name(state: State) -> None:
    root = page_of(state)
    drawings = [one for one in root.all("svg") if one.attributes.get("aria-hidden") != "true"]
    assert drawings
    for one in drawings:
        assert one.attributes["role"] == "img" and one.attributes["aria-label"]
    assert all(one.all("caption") for one in root.all("table"))
    for one in root.walk():
        if "scroll" in one.attributes.get("class", "").split() or one.name == "pre":
            assert one.attributes["tabindex"] == "0" and one.attributes["aria-label"]
    for one in root.all("input"):
        labels = [label.attributes.get("for") for label in root.all("label")]
        assert one.attributes["id"] in labels


def test_ids_are_unique(state: State) -> None:
    found = [one.attributes["id"] for one in page_of(state).walk() if "id" in one.attributes]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_of_aa_in_both_themes(theme: str) -> None:
    colours = _colours(theme)
    grounds = {"bg": ("ink", "dim", "accent", "good", "bad"), "soft": ("ink", "dim", "accent")}
    pairs = [(text, ground) for ground, texts in grounds.items() for text in texts]
    pairs += [("warnink", "warn"), ("addink", "add"), ("delink", "del")]
    assert {pair: ratio for pair in pairs if (ratio := _contrast(colours, *pair)) < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_have_a_contrast_of_three_to_one_in_both_themes(theme: str) -> None:
    colours = _colours(theme)
    marks = [*(f"c{n}" for n in range(8)), "edge", "hatch", "good", "bad"]
    assert {one: ratio for one in marks if (ratio := _contrast(colours, one, "bg")) < 3} == {}


def test_both_ways_to_the_dark_theme_have_the_same_colours() -> None:
    css = (page.HERE / "templates" / "page.css").read_text()
    blocks = re.findall(
        r":root(?::not\(\[data-theme=light\]\)|\[data-theme=dark\])\{(--[^}]*)\}", css
    )
    assert len(blocks) == 2 and blocks[0] == blocks[1]


def _colours(theme: str) -> dict[str, str]:
    css = (page.HERE / "templates" / "page.css").read_text()
    start = ":root{" if theme == "light" else ":root[data-theme=dark]{"
    block = css.partition(start)[2].partition("}")[0]
    found = dict(re.findall(r"--([\w]+):(#[0-9a-f]{3,6})", block))
    return {name: value if len(value) == 7 else "#" + "".join(2 * x for x in value[1:])
            for name, value in found.items()}  # fmt: skip


def _contrast(colours: dict[str, str], one: str, other: str) -> float:
    """Ratio of two colours as WCAG 2 has it."""
    high, low = sorted((_luminance(colours[name]) for name in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.slow
def test_the_report_command_writes_the_page_and_says_where_no_browser_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(cli, ["report", str(folder), "--open", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = tmp_path / page.NAME
    assert f"no browser was found; open {written} in one" in done.output
    assert read(written.read_text()).by_id("verdict").text


def test_the_page_of_a_state_is_that_of_its_projection(state: State, tmp_path: Path) -> None:
    written = page.write(state, tmp_path / "there").read_text()
    again = page.render(summarise(state), details(state))
    without_time = re.compile(r"page written [^<]*")
    assert without_time.sub("", written) == without_time.sub("", again)
