"""Pages of all kinds of runs: unfinished, of one cell, without a test split, minimised, large."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, Program, seeds_of
from paged import Element, data_of, html_of, page_of, read

from searchers.random_search import RandomSearch
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import FILENAME, Ledger
from toolkit.ledger.state import State, load
from toolkit.page import page
from toolkit.page.heat import items
from toolkit.page.marks import Palette
from toolkit.page.refresher import Refresher
from toolkit.report.details import details
from toolkit.report.summary import summarise
from toolkit.report.wording import Wording
from toolkit.study.objective import Objective

Compare = Callable[..., State]
CLUSTERS = {f"q{n}": f"c{n % 6}" for n in range(12)}
LOSS = Objective("RMSE", "K", "minimize")


def rows(level: float) -> dict[str, float]:
    return {item: level + 0.01 * (n % 3) for n, item in enumerate(CLUSTERS)}


def sealed(**more: Any) -> Made:
    return Made(
        Program(0.2, rows(0.2)),
        {"a": [[Program(0.3, rows(0.3)), Program(0.6, rows(0.6))]], "b": [[Program(0.1)]]},
        clusters=CLUSTERS,
        **more,
    )


MADE = {
    "sealed": sealed(),
    "minimised": sealed(objective=LOSS),
    "one cell": Made(Program(0.2, rows(0.2)), {"a": [[Program(0.4, rows(0.4))]]}, clusters=CLUSTERS),
    "nothing better": Made(Program(0.2, rows(0.2)), {"a": [[Program(0.1)]]}, clusters=CLUSTERS),
    "exact": Made(Program(2.0), {"a": [[Program(2.5)]]}, claim="exact"),
    "reported": Made(
        Program(2.0), {"a": [[Program(2.5)]]}, Objective("size", "B", "minimize", "reported"),
        claim="reported",
    ),
    "replicates": Made(
        Program(0.2, seeds_of(0.2, 0.21, 0.19)), {"a": [[Program(0.4, seeds_of(0.4, 0.41, 0.39))]]},
        claim="replicates",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MADE)
def test_every_kind_of_run_has_a_page_with_its_verdict(kind: str) -> None:
    state = MADE[kind].state()
    summary, root = summarise(state), page_of(state)
    assert summary["verdict"].split(" ")[0] in root.by_id("verdict").text
    words = Wording.from_json(summary)
    base = words.level(summary["baseline"][words.final])
    assert base in root.by_id("searchers").all("tr")[1].text


def test_where_nothing_is_held_out_there_is_no_test_to_compare_with() -> None:
    root = page_of(MADE["exact"].state())
    assert "No data was held out" in root.by_id("splits").text
    assert "validated exactly" in root.by_id("splits").text
    assert "search (chosen on)" not in root.by_id("searchers").text


def test_a_reported_score_has_its_caution_beside_the_verdict() -> None:
    told = page_of(MADE["reported"].state()).by_id("verdict").text
    assert "The score is reported by the program: an edit can forge it." in told


def test_of_a_minimised_objective_levels_stand_in_its_own_direction() -> None:
    state = MADE["minimised"].state()
    (best,) = (row for row in data_of(page_of(state))["trials"]["rows"] if row[10] == 2)
    assert best[:4] == [1, 1, "ok", 0.1]
    assert "lower is better" in page_of(state).by_id("stairs").text


def test_an_item_that_was_not_evaluated_is_not_drawn_as_failed() -> None:
    state = MADE["sealed"].state()
    summary, found = summarise(state), details(state)
    (mine,) = (one for one in found["items"]["programs"] if one["program"] == "a-0")
    mine["levels"][0], mine["levels"][1] = None, 0.0
    drawn = items(summary, found, Wording.from_json(summary), Palette(["a", "b"]))["svg"]
    marks = {one.attributes["class"]: one for one in read(str(drawn)).all("path")}
    assert marks["unknown"].attributes["d"].count("M") == 1
    assert marks["h0"].attributes["d"].count("M") == 1


def test_a_searcher_that_fails_and_one_that_keeps_the_baseline_are_told_of(
    compare: Compare,
) -> None:
    class Failing:
        def run(self, lab: Any) -> None:
            lab.evaluate(lab.baseline.candidate.with_override("x", 0.7))
            raise ValueError("<b>no more ideas</b>")

    class Nothing:
        def run(self, lab: Any) -> None:
            lab.evaluate(lab.baseline.candidate.with_override("x", 0.0))

    root = page_of(compare({"failing": Failing, "nothing": Nothing}, budget=2, search_only=False))
    assert "<b>no more ideas</b>" in root.by_id("caveats").text
    assert "failed" in _row(root, "seed 0").text
    assert "The unchanged program is still the champion of nothing" in root.by_id("steps").text


def _row(root: Element, begins: str) -> Element:
    return next(row for row in root.by_id("searchers").all("tr") if row.text.startswith(begins))


def test_a_run_that_goes_on_says_so() -> None:
    state = MADE["sealed"].state()
    for cell in state.cells.values():
        cell.ended = None
    root = page_of(state)
    (head,) = root.all("header")
    assert "This run is not finished." in head.text
    assert "a, seed 0; b, seed 0" in head.text


def test_an_interrupted_search_has_a_page(compare: Compare) -> None:
    root = page_of(compare({"random": RandomSearch}, budget=3, search_only=True))
    assert len(data_of(root)["trials"]["rows"]) == 3


def test_a_copied_ledger_elsewhere_is_all_that_a_page_needs(tmp_path: Path) -> None:
    here = MADE["sealed"].write(tmp_path / "here")
    (tmp_path / "there").mkdir()
    shutil.copy(tmp_path / "here" / FILENAME, tmp_path / "there" / FILENAME)
    with Ledger(tmp_path / "there", writer=False) as ledger:
        there = load(ledger)
    assert details(there) == details(here)


def test_a_ledger_of_the_first_format_has_a_page(tmp_path: Path) -> None:
    frozen = Path(__file__).parent / "ledgers" / "format1"
    folder = Path(shutil.copytree(frozen, tmp_path / "run"))
    with Ledger(folder, writer=False) as ledger:
        state = load(ledger)
    assert page_of(state).by_id("verdict").text


def test_the_page_of_a_run_that_goes_on_is_written_until_it_is_left(tmp_path: Path) -> None:
    MADE["sealed"].write(tmp_path)
    said: list[str] = []
    with Ledger(tmp_path, writer=True) as ledger:
        with Refresher(Journal(ledger), tmp_path, said.append, every_s=0.01):
            wait_for(tmp_path / page.NAME)
        written = (tmp_path / page.NAME).read_text()
    assert said == []
    assert read(written).by_id("verdict").text


def wait_for(path: Path) -> None:
    import time

    for _ in range(1000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def test_a_page_that_cannot_be_written_is_told_of_once_and_ends_nothing(tmp_path: Path) -> None:
    MADE["sealed"].write(tmp_path / "run")
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    with Ledger(tmp_path / "run", writer=True) as ledger:
        refresher = Refresher(Journal(ledger), tmp_path / "file", said.append, every_s=0.01)
        with refresher:
            refresher._thread.join(10)
    (line,) = said
    assert line.startswith("the page of the run so far cannot be written: ")


def test_a_snapshot_stays_as_it_is_while_facts_come_in(tmp_path: Path) -> None:
    MADE["sealed"].write(tmp_path)
    with Ledger(tmp_path, writer=True) as ledger:
        journal = Journal(ledger)
        before = journal.snapshot()
        trials = {key: dict(cell.trials) for key, cell in before.cells.items()}
        journal.write("finding", {"name": "isolation", "value": "none"})
        cell = next(iter(journal.state.cells.values()))
        cell.trials.clear()
        assert "isolation" in journal.state.findings and "isolation" not in before.findings
        assert {key: dict(cell.trials) for key, cell in before.cells.items()} == trials


def many(searchers: int, seeds: int, trials: int) -> Made:
    """A run whose trials rise and fall, with a champion in every seed."""

    def of_seed(seed: int) -> Iterator[Program]:
        for n in range(trials):
            better = n % 10 == 9
            yield (
                Program(0.3 + n / trials / 2, rows(0.3)) if better else Program(0.1 + 0.001 * seed)
            )

    return Made(
        Program(0.2, rows(0.2)),
        {f"s{one}": [list(of_seed(seed)) for seed in range(seeds)] for one in range(searchers)},
        clusters=CLUSTERS,
    )


def test_the_page_of_twelve_cells_of_fifty_trials_is_below_three_megabytes() -> None:
    html = html_of(many(4, 3, 50).state())
    assert len(data_of(read(html))["trials"]["rows"]) == 600
    assert len(html.encode()) < 3_000_000


@pytest.mark.slow
def test_the_page_of_five_thousand_trials_is_below_eight_megabytes() -> None:
    html = html_of(many(5, 2, 500).state())
    assert len(data_of(read(html))["trials"]["rows"]) == 5000
    assert len(html.encode()) < 8_000_000


def test_a_megabyte_of_a_note_is_cut_and_says_how_much() -> None:
    state = MADE["sealed"].state()
    cell = state.cells["a-0"]
    for number, start in cell.started.items():
        object.__setattr__(start.candidate, "note", "x" * 1_000_000)
        assert cell.trials[number].candidate is start.candidate
    html = html_of(state)
    assert len(html) < 300_000
    assert "more characters)" in html
