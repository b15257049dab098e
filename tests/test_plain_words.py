"""Commands and reports say things in words and units that a newcomer knows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from searchers.random_search import RandomSearch
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report import findings, integrity, tables
from toolkit.report.conduct import nothing_ran
from toolkit.report.gains import LEGEND, LEGEND_OF_MORE
from toolkit.report.summary import summarise
from toolkit.report.wording import Wording

Cli = Callable[..., subprocess.CompletedProcess[str]]
SHAPES = Path(__file__).parent / "shapes"
TOY = Path(toolkit.__file__).parent / "toy"


def test_a_study_is_shown_in_words_and_units(cli: Cli) -> None:
    shown = cli("studies", str(SHAPES / "bits")).stdout
    for line in (
        "  depth: integer from 2 to 16, default 4\n",
        "  rate: number from 0.001 to 1, by its logarithm, default 0.01\n",
        "claim: replicates (the same data under other seeds decide)\n",
        "  CPU time: 5 s\n",
        "  time on the clock: 50 s at most, less for what uses little CPU time\n",
        "  memory: 512 MB\n",
        "  scratch folder: none\n",
        "test: the same, under 5 other seeds\n",
    ):
        assert line in shown
    for internal in ("Int(", "None", "grace_s", "wall_s", "{"):
        assert internal not in shown


def test_the_declarations_of_a_study_are_json(cli: Cli) -> None:
    row = json.loads(cli("studies", str(SHAPES / "packing"), "--json").stdout)
    assert row["parameters"]["rows"] == {
        "kind": "Int", "low": 1, "high": 6, "default": 2, "log": False,
    }  # fmt: skip
    assert row["claim"] == "exact"


def test_choices_and_flags_are_shown_as_json_writes_them(cli: Cli) -> None:
    shown = cli("studies", str(TOY)).stdout
    assert '  shape: one of "' in shown
    assert "  unused: true or false, default false\n" in shown


def test_one_file_is_written_and_not_files(cli: Cli, tmp_path: Path) -> None:
    done = cli("studies", str(SHAPES / "packing"), "--code", "tree")
    count = sum(path.is_file() for path in (tmp_path / "tree").rglob("*"))
    assert count == 1
    assert "1 file written to tree" in done.stderr


def test_a_run_is_told_with_units_and_without_what_it_did_not_use(cli: Cli) -> None:
    lines = cli("run", str(SHAPES / "packing")).stdout.splitlines()
    assert lines[0] == "packing: ok, sum of radii 0.8000"
    assert [line.split()[-1] for line in lines[1:]] == ["s", "s", "MB"]
    assert all(len(line.split()[-2]) <= len("1,234.5") for line in lines[1:])


def test_other_seeds_are_no_sealed_split(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", str(SHAPES / "bits"), "--split", "test")
    assert done.stdout.startswith("bits (other seeds): ok, bits per byte ")
    assert "opening" not in done.stderr
    (run,) = (tmp_path / "runs").iterdir()  # it keeps the seeds, for whatever is run next
    with Ledger(run, writer=False) as ledger:
        assert {event.kind for event in ledger.events()} == {"secret"}


def test_columns_are_explained_below_the_tables(compare: Callable[..., State]) -> None:
    class Better:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(lab.baseline.candidate.with_override("x", 0.7))

    summary = summarise(compare({"better": Better}, budget=2))
    wide, narrow = (" ".join(tables.text(summary, width).split()) for width in (130, 80))
    assert "gap: part of the gain on search that did not carry over to test" in wide
    assert LEGEND + LEGEND_OF_MORE in wide
    assert LEGEND in narrow
    for column in ("in order:", "first in:", "reach:"):
        assert column not in narrow
    assert wide.count("label: ") == 1
    assert " floor: half " in wide


def test_checks_that_do_not_apply_are_counted_by_their_reason(
    compare: Callable[..., State],
) -> None:
    class Better:
        def run(self, lab: Any) -> None:
            lab.evaluate(lab.baseline.candidate.with_override("x", 0.7))

    lines = integrity.lines(summarise(compare({"better": Better}, budget=1))["integrity"])
    (told,) = [line for line in lines if line.startswith("not applicable: ")]
    assert " checks (the champion only sets parameters)" in told
    assert told.endswith(" more (summary.json says why)")
    assert len(told) < 160
    assert "every program that ran, every result and every test opening is on record" in lines


def test_the_only_trial_of_a_search_is_called_so(compare: Callable[..., State]) -> None:
    class Misspelt:
        def run(self, lab: Any) -> None:
            lab.evaluate(toolkit.Candidate({"nosuch": 1}))

    state = compare({"misspelt": Misspelt, "random": RandomSearch}, budget=1)
    assert nothing_ran(list(state.cells.values())) == [
        "misspelt-0: its only trial failed, so its champion is the baseline."
    ]
    shown = " ".join(tables.text(summarise(state), 300).split())
    assert "misspelt (seed 0): its only trial failed: 1 invalid" in shown


@pytest.mark.parametrize("key", ["answers_differ", "answer_words", "repeated_answers"])
def test_a_summary_speaks_of_outputs(compare: Callable[..., State], key: str) -> None:
    summary = summarise(compare({"random": RandomSearch}, budget=2))
    assert f'"{key}"' not in json.dumps(summary)
    assert summary["integrity"]["noise_floor"]["test"]["outputs_differ"] == 0


def test_one_output_that_differs_is_one() -> None:
    row = {"status": "ok", "outputs_differ": 1, "asked": 1, "difference": 0.0,
           "difference_interval": [None, None]}  # fmt: skip
    told = list(findings.rerun("A/A run", row, Wording()))
    assert told == ["A/A run: 1 of 1 answer differs, score +0.000"]
