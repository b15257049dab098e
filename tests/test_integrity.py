"""Outcomes of the checks, and their record: a check that finds nothing says only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from noted import HONEST, Run, champion, checks, main, shown
from noted import run as run

from toolkit.integrity import plan
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import fold, load
from toolkit.report import tables
from toolkit.report.outcomes import outcomes
from toolkit.report.summary import summarise


def test_nothing_is_found_in_an_honest_program(run: Run) -> None:
    state = run(main(HONEST))
    found = champion(state)
    assert found["gold_ngrams"] == []
    assert found["searched_items"]["rows"] == []
    assert found["rare_words"] == []
    assert found["without_rare_words"] is None
    for check in ("again", "another_order", "half_batches"):
        assert (found[check]["asked"], found[check]["outputs_differ"]) == (12, 0)
        assert found[check]["difference"] == 0
    assert found["symmetric_gain"]["official_adds"] == 0
    assert found["format_edits"] == []
    for key in ("unreadable", "decoders", "many"):
        assert found[key] == []
    assert found["wrong_context"]["kept"] == pytest.approx(1 / 4)  # one note shares a yes
    text = shown(state)
    for check in ("gold n-grams in edits", "rare words in edits", "list parts", "A/A run",
                  "another order", "half batches", "unreadable texts in edits",
                  "decoders in edits", "many texts in edits", "more parts than gold"):  # fmt: skip
        assert check in text.split("these checks found nothing")[1].splitlines()[0]
    assert "clean" not in text
    assert (
        "dead parameters (none of their values that were tried, by itself, changes an output on "
        "search): loud" in text
    )


def test_a_check_that_cannot_apply_says_so_and_why(run: Run) -> None:
    state = run(main('"never"'))  # gains nothing: the baseline stays
    rows = checks(state, "scripted-0")
    edits = ("gold n-grams in edits", "searched items in edits", "rare words in edits",
             "unreadable texts in edits",
             "decoders in edits", "many texts in edits", "list parts", "repeated outputs",
             "wrong context", "edits labelled format")  # fmt: skip
    for check in edits:
        assert rows[check] == ("not applicable", "the champion is the unchanged program")
    assert rows["gold n-grams in prompts"] == ("not applicable", "it asked no language model")
    text = shown(state)
    assert f"not applicable: {len(edits)} checks (the champion is the unchanged program)" in text
    told = text.split("these checks found nothing")[1].splitlines()[0]
    assert "gold n-grams" not in told
    assert "more parts than gold" in told


def test_every_check_of_every_program_has_one_of_four_outcomes(run: Run) -> None:
    state = run(main(HONEST))
    rows = summarise(state)["integrity"]["checks"]
    known = {"finding", "nothing found by this check", "not applicable", "not run"}
    assert {row["outcome"] for row in rows} <= known
    assert all(bool(row["findings"]) == (row["outcome"] == "finding") for row in rows)
    assert all(row["why"] for row in rows if row["outcome"] in ("not applicable", "not run"))
    assert len({(row["check"], row["subject"]) for row in rows}) == len(rows)
    found = summarise(state)["integrity"]
    found["champions"]["scripted-0"] |= {"unreadable": None, "again": None, "more_parts": None}
    left = {row["check"]: row["outcome"] for row in outcomes(found) if row["outcome"] == "not run"}
    assert set(left) == {"unreadable texts in edits", "A/A run", "more parts than gold"}


def test_checks_that_could_find_nothing_in_a_study_are_not_applicable(run: Run) -> None:
    found = summarise(run(main(HONEST)))["integrity"]
    reach = found["scope"]["reach"]
    assert (reach["gold"], reach["answers"]) == (
        {"search": 3, "test": 3},
        {"search": 12, "test": 12},
    )
    reach |= {"gold": {"search": 0, "test": 0}, "words": 0, "symmetric": False, "readable": 0.1}
    found["scope"] |= {"calls": 1, "most_items": 1, "parameters": 0}
    for row in (found["champions"]["scripted-0"], found["baseline"]):
        row["repeated_outputs"] = {"fact": {"answer": "", "count": 4, "asked": 4}}
    why = {
        row["check"]: row["why"] for row in outcomes(found) if row["outcome"] == "not applicable"
    }
    assert set(why) == {
        "gold n-grams in edits", "rare words in edits", "unreadable texts in edits", "list parts",
        "repeated outputs", "wrong context", "gold n-grams in prompts", "another order",
        "half batches", "dead parameters",
    }  # fmt: skip
    assert why["half batches"] == "no call has two questions"


def test_nothing_is_run_twice_and_every_opening_has_a_purpose(run: Run, tmp_path: Path) -> None:
    edits = main(HONEST, before='PLACE = "reykjavik"\n')
    first = run(edits)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        before = list(ledger.events())
    again = run(edits)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert list(ledger.events()) == before
    assert summarise(again) == summarise(first)
    counts = summarise(first)["integrity"]["openings"]
    assert sum(counts.values()) == len(first.openings)
    assert {
        f"integrity: {check}" for check in (*plan.RERUNS, plan.SYMMETRIC, plan.REDACTED)
    } <= set(counts)
    opened: set[str] = set()
    for event in before:
        if event.kind == "opened":
            opened.add(event.data["subject"])
        elif event.kind == "assessed" and event.data["split"] == "test":
            assert event.data["subject"] in opened


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    edits = main(HONEST, before='PLACE = "reykjavik"\n')
    whole = summarise(run(edits))["integrity"]
    path = tmp_path / "run" / "ledger.sqlite"
    for kept in ("gold n-grams", "half batches:", "differences on test"):
        cut_after(path, kept)
        assert summarise(run(edits))["integrity"]["champions"] == whole["champions"]


def cut_after(path: Path, text: str) -> None:
    """Leave a ledger as it was right after the first event that holds a text."""
    import sqlite3

    with sqlite3.connect(path) as database:
        row = "SELECT min(seq) FROM events WHERE data LIKE ? AND kind IN ('checked', 'assessed')"
        (seq,) = database.execute(row, (f"%{text}%",)).fetchone()
        assert seq
        database.execute("DELETE FROM events WHERE seq > ?", (seq,))
    database.close()


def test_a_ledger_of_before_the_checks_still_has_its_report(run: Run, tmp_path: Path) -> None:
    run(main(HONEST))
    with Ledger(tmp_path / "run", writer=False) as ledger:
        old = [
            event
            for event in ledger.events()
            if event.kind != "checked" and not str(event.data).count("integrity: ")
            and not any(check in str(event.data.get("subject")) for check in (*plan.RERUNS, plan.SYMMETRIC))
        ]  # fmt: skip
        for event in old:
            event.data.pop("purpose", None)
        summary = summarise(fold(old, ledger))
    assert "integrity: not run yet" in tables.text(summary)
    assert summary["integrity"]["openings"] == {
        "by compare": len([e for e in old if e.kind == "opened"])
    }
    json.dumps(summary, allow_nan=False)


def test_the_state_knows_every_check(run: Run, tmp_path: Path) -> None:
    state = run(main(HONEST))
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert load(ledger).checks == state.checks
    assert {check for check, _ in state.checks} == {
        plan.REPEATED, plan.GOLD, plan.SEARCHED, plan.RARE, plan.HELD, plan.PARTS, plan.REACH,
        "differences on search", "differences on test",
    }  # fmt: skip
