"""What people read of a run: nothing cut off, and every failure with its reason."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

import toolkit
from searchers.random_search import RandomSearch
from toolkit.ledger.ledger import FILENAME
from toolkit.ledger.state import State
from toolkit.report import files, tables
from toolkit.report.parts import part_name
from toolkit.report.summary import reported, summarise
from toolkit.report.verdict import verdict
from toolkit.report.wording import Wording

Compare = Callable[..., State]


def main_table(shown: str) -> str:
    return shown.partition("baseline on test:")[0]


@pytest.mark.parametrize("seeds", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_row_is_cut_at_any_width(compare: Compare, seeds: int) -> None:
    state = compare({"autoresearch": RandomSearch, "random": RandomSearch}, budget=4, seeds=seeds)
    summary = summarise(state)
    summary["cells"][0]["recorded"] = True
    whole = main_table(tables.text(summary, 200))
    assert "wall s" in whole
    for width in range(40, 131):
        shown = main_table(tables.text(summary, width))
        assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
        assert "…" not in shown
        rows = [line.split() for line in shown.splitlines()]
        found = [row[0] for row in rows if row and row[0] in {"autoresearch", "random"}]
        assert found == ["autoresearch"] * seeds + ["random"] * seeds, width


def test_who_leads_is_told_for_trials_and_for_cpu_time(compare: Compare) -> None:
    class Better:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(lab.baseline.candidate.with_override("x", 0.7))

    summary = summarise(compare({"better": Better, "random": RandomSearch}, budget=4))
    for width in (40, 70, 120):
        shown = tables.text(summary, width).partition("leader on test")[2]
        rows = [line.split() for line in shown.splitlines()]
        for unit in ("trials", "CPU"):
            found = [row for row in rows if row[1:2] == [unit] and row[0][0].isdigit()]
            assert len(found) == 4, (width, unit)
        last = next(row for row in rows if row[:2] == ["4", "trials"])
        assert last[2] in {"better", "random"}
        assert ("[" in " ".join(last)) == (width >= 64)


@pytest.mark.parametrize(("p", "decided"), [(0.01, True), (0.3, False), (1.0, False)])
def test_who_is_in_front_at_equal_cpu_is_decided_or_said_not_to_be(
    compare: Compare, p: float, decided: bool
) -> None:
    state = compare({"random": RandomSearch}, budget=2)
    row = {"at": 1.5, "leader": "other", "second": "random", "gap": 0.01, "p": p,
           "interval": [None, None] if p == 1 else [-0.02, 0.04]}  # fmt: skip
    told = verdict(state, reported(state), {"cpu_s": [row]}, Wording())["text"]
    assert "At equal CPU time (1.5 s) other leads random instead, by +0.010 [" in told
    assert told.endswith("] (unadjusted)." if decided else "], which is not decided.")


def test_a_lead_that_seeds_disagree_on_is_no_lead(compare: Compare) -> None:
    """Every conversation says the same of a run, so its own interval is a point."""

    class Lucky:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(toolkit.Candidate({"x": (0.7, 0.12, 0.11)[lab.seed]}))

    class Steady:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(toolkit.Candidate({"x": 0.2}))

    summary = summarise(compare({"lucky": Lucky, "steady": Steady}, budget=2, seeds=3))
    row = summary["standings"]["trials"][-1]
    assert row["leader"] == "lucky"
    assert row["interval"][0] < 0 < row["gap"]
    assert row["p"] > 0.05


def test_a_search_whose_every_trial_failed_is_told_in_the_verdict(compare: Compare) -> None:
    class Misspelt:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(toolkit.Candidate({"nosuch": 1}))

    told = summarise(compare({"misspelt": Misspelt, "random": RandomSearch}, budget=2))["verdict"]
    assert "misspelt-0: all 2 trials failed, so its champion is the baseline." in told
    assert "random-0: all" not in told


def test_a_run_stopped_before_its_first_cell_has_a_report(compare: Compare) -> None:
    summary = summarise(compare({}, budget=1))
    assert (summary["cells"], summary["standings"], summary["pairs"]) == ([], {}, [])
    assert "No verdict: no searcher finished." in tables.text(summary)


def test_wider_terminals_never_show_fewer_columns() -> None:
    gain = "+0.181 [+0.155, +0.207]"
    rows = [{"searcher": "name (recorded)", tables.GAIN: gain, "gain": "+0.2", tables.WRONG: "0.1"}]
    counts = [len(tables.fitting(rows, width, Wording())) for width in range(20, 150)]
    assert counts == sorted(counts)
    assert counts[-1] == len(tables.COLUMNS)
    bare = [{name: text for name, text in rows[0].items() if name != tables.WRONG}]
    assert tables.WRONG not in tables.fitting(bare, 150, Wording())


def test_a_champion_that_is_the_baseline_is_called_so(compare: Compare) -> None:
    class Worse:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(lab.baseline.candidate.with_override("x", 0.0))

    shown = tables.text(summarise(compare({"worse": Worse}, budget=2)))
    (row,) = [line for line in shown.splitlines() if line.startswith(" worse")]
    assert "(baseline kept)" in row


def test_an_edits_title_ends_with_a_word() -> None:
    row = {"form": "edit", "part": "edit 3", "note": "the evidence is " + "nearly always " * 6}
    assert part_name(row) == "edit 3 the evidence is nearly always nearly always nearly…"


def test_failed_trials_say_why(compare: Compare) -> None:
    class Misspelt:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(toolkit.Candidate({"nosuch": 1}))

    class Mixed:
        def run(self, lab: Any) -> None:
            lab.evaluate(toolkit.Candidate({"x": 0.5}))
            text = lab.sources["toy_pipeline/main.py"]
            broken = {"toy_pipeline/main.py": text + "\nraise ValueError('not this time')\n"}
            lab.evaluate(lab.edit(toolkit.Candidate(), broken))

    summary = summarise(compare({"misspelt": Misspelt, "mixed": Mixed}, budget=3))
    shown = " ".join(tables.text(summary, 300).split())
    assert (
        "misspelt (seed 0): every one of its 3 trials failed: 3 invalid, e.g. unknown parameter "
        "'nosuch' (known:"
    ) in shown
    assert (
        "mixed (seed 0): 1 of 2 trials failed: 1 crashed, e.g. ValueError: not this time" in shown
    )
    (told,) = summary["cells"][0]["failures"]
    assert (told["status"], told["trials"]) == ("invalid", 3)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_a_run_without_trials_is_drawn_without_a_warning(compare: Compare, tmp_path: Path) -> None:
    class Nothing:
        def run(self, lab: Any) -> None:
            pass

    files.write(compare({"nothing": Nothing}, budget=1), tmp_path / "report")
    assert (tmp_path / "report" / "plots" / "failures.png").is_file()


def test_exporting_the_unchanged_program_says_so(
    compare: Compare, cli: Callable[..., Any], tmp_path: Path
) -> None:
    class Nothing:
        def run(self, lab: Any) -> None:
            pass

    compare({"nothing": Nothing}, budget=1)
    done = cli("export", str(tmp_path / "run"), "--searcher", "nothing", "--out", "one")
    assert done.returncode == 0
    patch = "one/champion-nothing-0.patch"
    assert f"the champion is the unchanged program, so {patch} is empty" in done.stderr


@pytest.mark.slow
def test_exporting_an_unfinished_cell_says_so(
    compare: Compare, cli: Callable[..., Any], tmp_path: Path
) -> None:
    compare({"random": RandomSearch}, budget=4)
    folder = tmp_path / "run"
    whole = cli("export", str(folder), "--searcher", "random", "--out", "one")
    assert whole.returncode == 0
    assert "has not ended" not in whole.stderr
    assert (
        "next: `toolkit run STUDY --candidate one/champion-random-0.json` runs it" in whole.stderr
    )
    with sqlite3.connect(folder / FILENAME) as database:
        database.execute("DELETE FROM events WHERE kind = 'ended'")
    cut = cli("export", str(folder), "--searcher", "random", "--out", "two")
    assert cut.returncode == 0
    assert "random-0 has not ended: this is its best of 4 trials so far" in cut.stderr


def test_a_models_words_are_no_markup_and_no_order() -> None:
    note = "\x1b]0;x\x07[bold]b[/nope] $^{ :warning:"
    row = {"form": "edit", "part": "edit 1", "note": note, "sets": {}}
    assert part_name(row) == r"edit 1 \x1b]0;x\x07[bold]b[/nope] $^{ :warning:"
    table = Table(title=part_name(row))
    table.add_column(part_name(row))
    table.add_row(part_name(row))
    sink = io.StringIO()
    Console(file=sink, width=200, **tables.AS_IT_IS).print(table)
    assert sink.getvalue().count("[bold]b[/nope] $^{ :warning:") == 3
    row = {"form": "parameter", "part": "\x1bx", "sets": {"x": "\x9b"}}
    assert part_name(row) == r"\x1bx=\x9b"
