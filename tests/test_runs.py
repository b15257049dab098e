"""Several runs: listed, shown, deleted, compared, and an index page of a folder of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from made_runs import Made, Program, seeds_of

import toolkit
from toolkit.cli.main import cli
from toolkit.ledger.ledger import FILENAME, Ledger
from toolkit.page.several import comparison_page, index_page
from toolkit.report.two_runs import lines
from toolkit.runs import comparing, deletion
from toolkit.study.objective import Objective

CLUSTERS = {"t1": "c1", "t2": "c2", "t3": "c3"}
HOSTILE = "<script>alert(1)</script> \u202e\x1b[31m \x00 {{ 7*7 }} \" onload='x'"


def at(*levels: float) -> Program:
    """A program by its levels on the test items; its search level is their mean."""
    return Program(sum(levels) / len(levels), dict(zip(CLUSTERS, levels, strict=True)))


BASE = at(0.3, 0.3, 0.3)


def made(*seeds: Sequence[Program], alias: str = "climb", **more: Any) -> Made:
    return Made(BASE, {alias: seeds}, clusters=CLUSTERS, **more)


ONE = made([at(0.5, 0.51, 0.52)])
TWO = made([at(0.3, 0.3, 0.3), at(0.7, 0.72, 0.74)], [at(0.71, 0.72, 0.73)])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """run("list", …): `toolkit runs list …` in tmp_path."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(cli, ["runs", *arguments], standalone_mode=False, **more)

    return call


def loaded(one: Made, folder: Path) -> toolkit.Run:
    one.write(folder)
    return toolkit.load_run(folder)


def change(folder: Path, **study: Any) -> None:
    """Tell another study in a ledger: the last event of it holds."""
    state = toolkit.load_run(folder).state
    with Ledger(folder, writer=True) as ledger:
        ledger.append("study", {**state.study, **study})


def test_the_list_has_a_verdict_in_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    ONE.write(tmp_path / "runs" / "one")
    with Ledger(tmp_path / "runs" / "two", writer=True):
        pass
    first, verdict, second, none = run().stdout.splitlines()
    assert first.startswith("one  20") and "made, budget 1, 1 of 1 cell ended" in first
    assert verdict == "    climb leads: +0.210 [+0.185, +0.235] on test (1 seed)"
    assert second.startswith("two  -  ?, budget 0")
    assert none.strip() == "no comparison yet"
    assert run("list").stdout == run().stdout
    rows = json.loads(run("--json").stdout)
    assert [row["verdict"] for row in rows] == [verdict.strip(), "no comparison yet"]


def test_an_option_before_the_command_is_not_dropped(run: Callable[..., Result]) -> None:
    refused = run("--folder", "elsewhere", "list")
    assert "toolkit runs list --folder" in str(refused.exception)


def test_a_run_is_shown_with_its_cells_verdict_and_files(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    TWO.write(tmp_path / "runs" / "two")
    shown = run("show", "two").stdout
    for line in (
        "study: made (Made by hand)\n",
        "budget: 2 trials a cell\n",
        "cells: 2 of 2 ended; idle\n",
        "  climb-0: gain +0.420 [+0.370, +0.470] on test, 2 trials, finished\n",
        "files: the ledger alone; ",
    ):
        assert line in shown
    assert toolkit.load_run("runs/two").verdict in shown
    assert len(json.loads(run("show", "two", "--json").stdout)["cells"]) == 2
    with Ledger(tmp_path / "runs" / "two", writer=True):
        assert "2 of 2 ended; at work" in run("show", "two").stdout


def test_a_run_is_deleted_only_when_somebody_says_so(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "two"
    TWO.write(folder)
    asked = run("delete", "two", input="n\n")
    assert "with 3 trials and the record of 0 openings of the test split? [y/N]" in asked.stderr
    assert (folder / FILENAME).is_file()
    assert run("delete", "two", input="y\n").exception is None
    assert not folder.exists()
    ONE.write(folder)
    assert run("delete", "two", "--yes").stdout == "runs/two deleted\n"
    assert not folder.exists()


def test_a_run_at_work_is_not_deleted(run: Callable[..., Result], tmp_path: Path) -> None:
    for name in ("idle", "busy"):
        ONE.write(tmp_path / "runs" / name)
    with Ledger(tmp_path / "runs" / "busy", writer=True):
        refused = run("delete", "idle", "busy", "--yes")
    assert "runs/busy is at work" in str(refused.exception)
    assert (tmp_path / "runs" / "idle" / FILENAME).is_file()  # nothing is done by halves


def test_files_of_others_stay_where_a_run_is_deleted(tmp_path: Path) -> None:
    ONE.write(tmp_path)
    mine = [
        "study.toml", "plots/mine.png", "agents/notes.txt", "champion-notes.json",
        "ledger.sqlite.backup",
    ]  # fmt: skip
    own = ["plots/anytime.png", "champion-climb-0.json", "report.html", "agents/climb-0/mark"]
    own += [".report.html.a1_b2c3d", "ledger.sqlite-wal"]  # of a write that was cut off
    for name in mine + own:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("x")
    left = deletion.delete(tmp_path)
    names = ["agents", "champion-notes.json", "ledger.sqlite.backup", "plots", "study.toml"]
    assert [path.name for path in left] == names
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == set(mine)


def test_what_a_link_leads_to_is_not_deleted(tmp_path: Path) -> None:
    ONE.write(tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(toolkit.UserError, match="is a link; name the folder itself"):
        deletion.delete(tmp_path / "link")
    with pytest.raises(toolkit.UserError, match="holds no run"):
        deletion.delete(tmp_path)
    assert (tmp_path / "run" / FILENAME).is_file()


def test_folders_of_others_that_a_run_links_to_keep_their_files(tmp_path: Path) -> None:
    ONE.write(tmp_path / "run")
    mine = ["pictures/anytime.png", "stations/climb-0/mark"]
    for name in mine:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "run" / "plots").symlink_to(tmp_path / "pictures")
    (tmp_path / "run" / "agents").symlink_to(tmp_path / "stations")
    left = deletion.delete(tmp_path / "run")
    assert [path.name for path in left] == ["agents", "plots"]
    assert all((tmp_path / name).is_file() for name in mine)


def test_two_runs_of_one_study_are_compared_champion_by_champion(tmp_path: Path) -> None:
    one, two = loaded(ONE, tmp_path / "one"), loaded(TWO, tmp_path / "two")
    found = comparing.compare(one, two)
    differing = {row["what"]: row["values"] for row in found["command"] if row["differs"]}
    assert differing == {"budget": ["1 trial", "2 trials"], "seeds of climb": ["0", "0, 1"]}
    (row,) = found["gains"]
    for gain, run in zip(row["gains"], (one, two), strict=True):
        (pair,) = run.summary["pairs"]
        assert gain["mean"] == pair["gap"]
        assert [gain["low"], gain["high"]] == pair["interval"]
    assert row["difference"]["mean"] == pytest.approx(0.72 - 0.51)
    assert row["difference"]["low"] < 0.21 < row["difference"]["high"]
    assert found["baseline"] == pytest.approx([0.3, 0.3])
    told = "\n".join(lines(found))
    assert "+0.210 [+0.185, +0.235] (1 seed)" in told
    assert "two less one" in told
    assert json.loads(json.dumps(found)) == found


def test_a_searcher_of_one_run_only_is_not_compared(tmp_path: Path) -> None:
    other = made([at(0.5, 0.6, 0.7)], alias="other")
    found = comparing.compare(loaded(ONE, tmp_path / "one"), loaded(other, tmp_path / "two"))
    assert [[gain is None for gain in row["gains"]] for row in found["gains"]] == [
        [False, True], [True, False]
    ]  # fmt: skip
    assert [row["difference"] for row in found["gains"]] == [None, None]
    assert "not compared" in "\n".join(lines(found))


def test_of_two_versions_of_a_study_each_gain_stands_by_itself(tmp_path: Path) -> None:
    one, two = loaded(ONE, tmp_path / "one"), loaded(TWO, tmp_path / "two")
    change(two.folder, digest="1" * 64, original={"main.py": "other"})
    found = comparing.compare(one, toolkit.load_run(two.folder))
    assert not found["same_version"]
    assert found["gains"][0]["difference"] is None
    assert found["gains"][0]["gains"][1]["mean"] == pytest.approx(0.42)
    assert "The study changed between these runs (its code)." in found["notes"][0]


def test_runs_without_a_common_scale_are_refused(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    ONE.write(tmp_path / "runs" / "one")
    TWO.write(tmp_path / "runs" / "other")
    change(tmp_path / "runs" / "other", name="other")
    error = str(run("compare", "one", "other").exception)
    assert "runs/one is a run of study 'made' and runs/other one of 'other'" in error
    assert "`toolkit report runs/other`" in error
    change(tmp_path / "runs" / "other", name="made", objective=Objective("RMSE", "K").to_json())
    assert "decide by different numbers" in str(run("compare", "one", "other").exception)


@pytest.mark.parametrize("claim", ["replicates", "reported"])
def test_scores_under_seeds_of_each_run_have_no_difference_row_by_row(
    claim: str, tmp_path: Path
) -> None:
    final = (seeds_of(3.0, 3.1), seeds_of(4.0, 4.2)) if claim == "replicates" else ({}, {})
    goal = Objective(evidence="reported" if claim == "reported" else "judged")
    one = Made(
        Program(3.0, final[0]), {"climb": [[Program(4.0, final[1])]]}, goal, claim  # type: ignore[arg-type]
    )  # fmt: skip
    found = comparing.compare(loaded(one, tmp_path / "one"), loaded(one, tmp_path / "two"))
    assert found["gains"][0]["difference"] is None
    assert "each run drew seeds of its own" in found["notes"][1]
    assert found["gains"][0]["gains"][0] == found["gains"][0]["gains"][1]


def test_sentences_of_two_verdicts_are_told_apart() -> None:
    one = "a leads: +0.1 [-0.2, +0.3]. Decisions are at the 5% level. Only here."
    two = "a leads: +0.5 [+0.4, +0.6]. Decisions are at the 5% level. Only there."
    assert comparing.sentences(one, two) == {
        "both": ["Decisions are at the 5% level."],
        "other_numbers": [["a leads: +0.1 [-0.2, +0.3].", "a leads: +0.5 [+0.4, +0.6]."]],
        "only": [["Only here."], ["Only there."]],
    }


def test_the_page_of_a_comparison_says_what_the_terminal_says(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for name, one in (("one", ONE), ("two", TWO)):
        one.write(tmp_path / "runs" / name)
    done = run("compare", "one", "two", "--html", "two.html")
    page = Parsed((tmp_path / "two.html").read_text())
    assert "+0.210 [+0.185, +0.235] (1 seed)" in done.stdout
    for text in ("+0.210 [+0.185, +0.235] (1 seed)", "two less one", "1 trial", "seeds of climb"):
        assert text in page.text
    assert page.headings[:3] == ["h1", "h2", "h2"]
    assert set(page.headings) == {"h1", "h2", "h3"}
    assert page.self_contained


def test_the_index_links_to_each_page_wherever_the_folder_is_put(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for name in ("plain", "a b&c#d?é%20", "nightly/one"):
        ONE.write(tmp_path / "runs" / name)
        (tmp_path / "runs" / name / "report.html").write_text("<p>")
    TWO.write(tmp_path / "runs" / "without")
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / FILENAME).write_text("no ledger")
    done = run("index", "runs")
    assert done.exception is None
    assert "2 of 5 runs have no report.html" in done.stderr
    page = Parsed((tmp_path / "runs" / "index.html").read_text())
    assert len(page.links) == 3
    for link in page.links:
        assert (tmp_path / "runs" / unquote(link)).is_file()
        assert not re.search(r"[#?]|^/", link)
    assert "climb leads: +0.210 [+0.185, +0.235] on test (1 seed)" in page.text
    assert "cannot be read" in page.text
    assert page.self_contained


def test_hostile_text_is_text_on_both_pages(tmp_path: Path) -> None:
    run = loaded(ONE, tmp_path / "one")
    change(run.folder, title=HOSTILE, name=HOSTILE)
    hostile = toolkit.load_run(run.folder)
    row = {
        "run": HOSTILE, "study": HOSTILE, "title": HOSTILE * 10_000, "at": None, "budget": 1.0,
        "cells": 1, "ended": 0, "searchers": [HOSTILE], "verdict": HOSTILE, "page": "report.html",
    }  # fmt: skip
    pages = [
        index_page(HOSTILE, [row, {"run": HOSTILE, "problem": HOSTILE}]),
        comparison_page(comparing.compare(hostile, hostile)),
    ]
    for text in pages:
        page = Parsed(text)
        assert "script" not in page.tags
        assert not page.handlers
        assert "<script>alert(1)</script>" in page.text
        assert "{{ 7*7 }}" in page.text
        assert not set(text) & {"\u202e", "\x1b", "\x00"}
        assert len(text) < 20_000
        assert page.self_contained


def test_numbers_of_a_long_study_keep_their_unit(tmp_path: Path) -> None:
    goal = Objective("RMSE", "K", "minimize")
    runs = [
        loaded(replace(one, objective=goal, baseline=at(900, 901, 902)), tmp_path / name)
        for name, one in (
            ("one", made([at(850, 851, 853)])), ("two", made([at(840, 842, 843)]))
        )
    ]  # fmt: skip
    found = comparing.compare(*runs)
    assert found["gains"][0]["difference"]["mean"] == pytest.approx(29 / 3)
    assert " K (1 seed)" in "\n".join(lines(found))
    assert runs[0].headline.endswith(" K on test (1 seed)")


class Parsed(HTMLParser):
    """A page as a browser reads it: its text, elements, links and headings."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source, self.text = source, ""
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.headings: list[str] = []
        self._inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = tag
        self.links += [value or "" for name, value in attrs if name == "href" and tag == "a"]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.headings += [tag] if re.fullmatch(r"h\d", tag) else []

    def handle_data(self, data: str) -> None:
        self.text += "" if self._inside == "style" else data

    @property
    def self_contained(self) -> bool:
        """True where nothing is fetched: no script, picture or style from elsewhere."""
        fetched = {"script", "img", "iframe", "object", "embed"} & self.tags
        return not fetched and "url(" not in self.source and "@import" not in self.source
