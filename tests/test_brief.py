"""The report on one screen: what may be claimed, with digits that the data bear, in forty lines."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from made_runs import Made, Program

from toolkit.cli.main import cli
from toolkit.cli.output import ERRORS
from toolkit.figures import supported
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.report import brief, causes
from toolkit.report.headline import headline
from toolkit.report.summary import summarise
from toolkit.report.wording import Wording
from toolkit.study.objective import Objective

OLD = Path(__file__).parent / "ledgers" / "format1"
BASE = {f"t{n}": 0.5 + n / 100 for n in range(24)}
CLUSTERS = {item: f"c{n % 12}" for n, item in enumerate(BASE)}


def better(by: float, wavers: float = 0.01) -> dict[str, float]:
    return {item: x + by + wavers * (n % 3) for n, (item, x) in enumerate(BASE.items())}


def made(**searchers: Any) -> Made:
    """A run on sealed data; a searcher is one level above the baseline, or one for each seed."""
    found = {
        name: [
            [Program(0.5 + by, better(by))] for by in (some if isinstance(some, tuple) else [some])
        ]
        for name, some in searchers.items()
    }
    return Made(Program(0.5, BASE), found, clusters=CLUSTERS)


def short(folder: Path, run: Made) -> list[str]:
    found: list[str] = summarise(run.write(folder))["verdict_short"]
    return found


def old_run() -> dict[str, Any]:
    """The summary of a real run with accounts, in which every gain counts as decided."""
    with Ledger(OLD, writer=False) as ledger:
        summary = summarise(load(ledger))
    for pair in summary["pairs"]:
        pair["decided"] = True
    return summary


@pytest.mark.parametrize(
    ("low", "high", "digits"),
    [
        (0.475, 0.549, 2), (0.48, 0.52, 3), (-0.009, 0.0, 3), (-114.0, 225.0, 0), (9.0, 28.0, 0),
        (0.2, 0.2, None), (None, None, None), (0.1 + 0.2, 0.3, None),
    ],
)  # fmt: skip
def test_an_interval_says_how_many_digits_it_bears(
    low: float | None, high: float | None, digits: int | None
) -> None:
    assert supported(low, high) == digits


def test_a_gain_has_the_digits_of_its_interval_and_a_sure_one_those_of_the_study() -> None:
    words = Wording()
    assert words.gain(0.5121, (0.4749, 0.5491)) == "+0.51 [+0.47, +0.55]"
    assert words.gain(0.5121, (0.5121, 0.5121)) == "+0.512 [+0.512, +0.512]"
    assert words.gain(0.0, (-3e-17, 3e-17)) == "+0.000 [+0.000, +0.000]"
    assert words.gain(0.0016, (0.0005, 0.0027)) == "+0.0016 [+0.0005, +0.0027]"
    assert words.gain(None, None) == "-"


def test_a_decided_lead_is_claimed_with_whom_it_is_ahead_of(tmp_path: Path) -> None:
    claim, others = short(tmp_path, made(edits=(0.3, 0.31), random=(0.01, 0.02), tpe=(0.05, 0.06)))
    assert claim.startswith(
        "edits leads at a budget of 1 trial (2 seeds): its gain on the sealed test split is +0.3"
    )
    assert others.startswith("It is ahead of random by +0.29")
    assert " and tpe by +0.25" in others


def test_a_gain_that_is_not_decided_is_no_claim(tmp_path: Path) -> None:
    wavers = {item: x + (-1) ** (n // 12) * 0.2 + 0.01 for n, (item, x) in enumerate(BASE.items())}
    items = {f"t{n}": f"c{n // 2}" for n in range(24)}
    run = Made(Program(0.5, BASE), {"random": [[Program(0.6, wavers)]]}, clusters=items)
    (claim,) = short(tmp_path, run)
    assert claim.startswith("No gain can be claimed at a budget of 1 trial (one seed: this speaks ")
    assert claim.endswith("is not decided.")


def test_an_open_gain_whose_interval_excludes_zero_says_what_left_it_open(tmp_path: Path) -> None:
    def wavering(by: float, turn: int) -> dict[str, float]:
        rows = enumerate(BASE.items())
        return {item: x + by + ((n * 7 + turn) % 12 - 5.5) / 110 for n, (item, x) in rows}

    found = {name: [[Program(0.5 + by, wavering(by, turn))]] for name, by, turn in (
        ("random", 0.025, 0), ("tpe", 0.02, 3)
    )}  # fmt: skip
    claim, others = short(tmp_path, Made(Program(0.5, BASE), found, clusters=CLUSTERS))
    assert claim.endswith(
        ", +0.025 [+0.004, +0.046], is not decided (its interval excludes zero, but p is 0.082 "
        "after Holm's correction for 3 comparisons)."
    )
    assert others == "Its lead over tpe, +0.005 [-0.026, +0.036], is not decided."


def test_a_champion_that_was_not_scored_yet_does_not_make_its_searcher_unfinished(
    tmp_path: Path,
) -> None:
    state = Made(Program(0.5, BASE), {"climb": [[Program(0.7)]]}, clusters=CLUSTERS).write(tmp_path)
    first, why = summarise(state)["verdict_short"]
    assert first == "No verdict: no searcher could be compared."
    assert why.startswith("climb is not compared: its champion was not scored")
    assert headline(state) == "no verdict: no searcher could be compared"


def test_a_search_that_found_nothing_says_so(tmp_path: Path) -> None:
    assert short(tmp_path, made(random=(-0.1, -0.1))) == [
        "Nobody beat the baseline at a budget of 1 trial (2 seeds): no gain can be claimed."
    ]


def test_a_reported_score_is_claimed_with_its_caution(tmp_path: Path) -> None:
    bits = Objective("bits per byte", direction="minimize", evidence="reported")
    run = Made(Program(1.1), {"climb": [[Program(1.0)]]}, bits, "reported")
    claim, caution = short(tmp_path, run)
    assert claim.startswith("climb leads at a budget of 1 trial")
    assert caution == "But the program reports the score itself, and an edit can forge it."


def test_a_searcher_has_one_row_over_its_seeds_the_best_first(tmp_path: Path) -> None:
    summary = summarise(made(random=(-0.1, -0.1), edits=(0.3, 0.31)).write(tmp_path))
    lines = brief.text(summary).splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith(" edits ")]
    row = lines[first].split()
    assert row[:2] == ["edits", "2"]
    assert row[-5:] == ["yes", "0", "of", "2", "2.0"]
    assert lines[first + 1].split()[:6] == ["random", "2", "0.500", "0.615", "(baseline", "kept)"]
    assert lines[first + 3].split() == ["baseline", "0.500", "0.615"]


@pytest.mark.parametrize("width", [120, 80])
def test_a_crowded_report_still_fits_one_screen(width: int, tmp_path: Path) -> None:
    summary = old_run()
    for number in range(12):  # searchers
        for key, rows in (("cells", summary["cells"]), ("pairs", summary["pairs"])):
            more = copy.deepcopy(rows[0])
            more.update({"alias": f"tpe{number}"} if key == "cells" else {"better": f"tpe{number}"})
            rows.append(more)
    for row in summary["integrity"]["checks"]:
        row["outcome"], row["findings"] = "finding", ["something"]
    lines = brief.text(summary, width, tmp_path).splitlines()
    assert len(lines) <= brief.LINES
    assert max(map(len, lines)) <= width
    assert any("others (--full)" in line for line in lines)
    assert any(line.startswith("the gain of ") for line in lines)
    assert any(line.endswith("more (--full)") for line in lines)


def test_a_decided_gain_names_its_three_largest_parts() -> None:
    lines = brief.text(old_run()).splitlines()
    begin = lines.index("the gain of random-0 came from: the 3 largest of 5 parts")
    assert [line.split()[0] for line in lines[begin + 2 : begin + 5]] == [
        "x=0.717", "shape=peaked", "steps=6",
    ]  # fmt: skip
    assert not lines[begin + 5]


def test_two_values_of_a_part_are_explained_below_them() -> None:
    summary = old_run()
    for row in summary["attribution"]["cells"]["random-0"]["parts"]:
        row["needs"], row["enabling"] = ["steps"], row["value"]
    assert f"  {causes.LEGEND}" in brief.text(summary).splitlines()
    assert causes.LEGEND not in brief.text(summary, 80)
    assert causes.LEGEND not in brief.text(old_run())


def test_doubts_name_the_programs_that_they_are_about() -> None:
    text = brief.text(old_run())
    assert "! baseline: it scores no better than a floor, which understands nothing" in text
    assert "! parameters that change no answer where tried: unused" in text


def test_a_clean_run_says_that_nothing_was_found() -> None:
    summary = old_run()
    for row in summary["integrity"]["checks"]:
        row["outcome"] = "nothing found by this check"
    assert brief.NONE_FOUND in brief.text(summary)


def test_only_files_that_are_there_are_named_as_next(tmp_path: Path) -> None:
    run = tmp_path / "a run"
    run.mkdir()
    summary = old_run()
    text = brief.text(summary, 200, run)
    assert f"toolkit report '{run}' --full" in text
    assert "--open" not in text and "champion-" not in text
    (run / "report.html").write_text("<html>")
    (run / "champion-optuna-0.patch").write_text("--- a/x\n")
    text = brief.text(summary, 200, run)
    assert f"toolkit report '{run}' --open" in text
    assert f"'{run / 'champion-optuna-0.patch'}'" in text


def test_hostile_text_neither_steers_the_screen_nor_fills_it() -> None:
    summary = old_run()
    for account in summary["attribution"]["cells"].values():
        for part in account["parts"]:
            part.update(form="edit", note="\x1b[2J\u202e\x00 [red] " + "x" * 100_000)
    summary["cells"][0].update(ended="failed", detail="\x1b]0;owned\x07" + "y" * 5000)
    text = brief.text(summary)
    assert not {"\x1b", "\u202e", "\x00", "\x07"} & set(text)
    assert "[red]" in text
    assert len(text.splitlines()) <= brief.LINES


def test_a_terminal_of_plain_letters_gets_plain_letters() -> None:
    text = brief.text(old_run()).encode("ascii", errors=ERRORS).decode()
    assert "\\u" not in text


def test_a_report_in_another_folder_names_its_files_there_and_its_commands_here(
    tmp_path: Path,
) -> None:
    made(climb=0.2).write(tmp_path / "run")
    done = CliRunner().invoke(cli, ["report", str(tmp_path / "run"), "--out", str(tmp_path / "o")])
    assert done.exit_code == 0, done.output
    told = re.sub(r"\s+", "", done.output)
    assert f"toolkitreport{tmp_path}/run--full" in told
    assert f"toolkitattribute{tmp_path}/run" in told
    assert f"{tmp_path}/o/report.html" in told
    assert f"toolkitreport{tmp_path}/o" not in told


def test_what_exists_only_in_combination_denies_no_part_a_gain_of_its_own() -> None:
    share = {"mean": 1.0, "low": 0.62, "high": 1.76}  # one part gains, and another one loses
    assert causes.together({"composition": {"only_together": share}}) == (
        "100% [62%, 176%] of this gain exists only in combination: by themselves its parts do not "
        "add up to it"
    )
