"""Replies that are no whole answers, and what becomes of the edits in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llm_runs import CRASH, SERIES, outcomes, quick
from llm_runs import search as search
from scripted import MODEL, Answer, ScriptedServer

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.recorded import RecordedProvider, dump
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files


def thought(finish: str = "stop", **message: Any) -> Answer:
    """A reply whose thinking the server hands over beside the answer, which is empty."""
    return Answer(finish=finish, message={"content": None, **message})


HALF = SERIES[: SERIES.index("=======")]

NO_ANSWER = "the model sent its thinking and no answer"

CUT_OFF = "the reply was cut off at the server's limit on its length"

ENDINGS = {
    "reasoning_content": (thought(reasoning_content="The scale …"), [NO_ANSWER]),
    "reasoning": (thought("length", reasoning="The scale …"), [NO_ANSWER, CUT_OFF]),
    "parts": (
        thought(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "The"}]}]),
        [NO_ANSWER],
    ),
    "length": (Answer(HALF[HALF.rindex("# EDIT") :], finish="length"), ["not closed by", CUT_OFF]),
    "nothing": (Answer(finish="length"), ["section; it begins", CUT_OFF]),
    "a value": (Answer(SERIES.rstrip(), finish="max_tokens"), ["in the middle of a line", CUT_OFF]),
    "open": (Answer(f"<think>\n{SERIES}"), ["cut off in its thinking"]),
    "open, length": (Answer("[THINK] so", finish="length"), ["cut off in its thinking", CUT_OFF]),
    "filter": (Answer("I", finish="content_filter"), ["a filter of the server stopped the reply"]),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_trial_says_why_its_reply_is_no_whole_answer(
    name: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    answer, told = ENDINGS[name]
    server = serve(answer, Answer(SERIES))
    cell = search(quick()[0], budget=4)
    detail = next(detail for status, detail in outcomes(cell) if status == "invalid")
    assert detail.startswith("unusable edit: ")
    for words in told:
        assert words in detail
        assert words in server.prompts[1]
    first, *_ = cell.completions.values()
    assert first.ending


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_whole_edit_counts_however_its_reply_ended(
    finish: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    serve(Answer(SERIES, finish=finish))
    cell = search(quick()[0], budget=7)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert len(cell.trials) == 7


@pytest.mark.parametrize(
    "answer",
    [
        thought(reasoning_content="The scale …"),
        Answer("<think>So"),
    ],
)
def test_three_cut_replies_in_a_row_end_the_cell_and_the_same_command_asks_anew(
    answer: Answer, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES), answer, answer, answer)
    cell = search(quick()[0], budget=9)
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    told = cell.ended["detail"]
    assert "the last 3 replies were no whole answers" in told
    for words in ("num_ctx", "failures=4", "type the same command again"):
        assert words in told
    assert len(server.prompts) == len(cell.completions) == 4
    assert [status for status, _ in outcomes(cell)] == ["ok"] * 3 + ["invalid"] * 3
    mended = serve(Answer(CRASH))
    cell = search(quick()[0], budget=9)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert len(mended.prompts) == 3, "what is on record is not asked again"
    assert len(cell.trials) == 9


def test_an_edit_that_runs_between_cut_replies_starts_their_count_anew(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    cut = thought(reasoning_content="The scale …")
    serve(cut, cut, Answer(SERIES), cut, cut, Answer(SERIES))
    cell = search(quick()[0], budget=8)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"


def test_a_recording_keeps_how_a_reply_ended_and_an_older_one_still_loads(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    serve(Answer(HALF, finish="length"))
    first, *_ = search(quick()[0], budget=2).completions.values()
    header = {"model": "m", "cell": {"searcher": "autoresearch", "options": {}, "seed": 0}}
    path = tmp_path / "r.jsonl"
    path.write_text(dump(header, [first]))
    assert RecordedProvider(str(path)).rows[first.key]["ending"] == "length"
    older = [json.loads(line) for line in path.read_text().splitlines()]
    del older[1]["ending"]
    path.write_text("\n".join(map(json.dumps, older)))
    assert RecordedProvider(str(path)).rows[first.key]["ending"] == ""


def test_edits_above_five_are_not_tried_and_the_next_prompt_says_so(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    one = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: h\nSET: x = 0."
    server = serve(Answer("\n".join(f"{one}{n}" for n in range(2, 9))))
    search(quick()[0], budget=6)
    assert "2 more of that reply were not tried: at most 5 are" in server.prompts[1]


def test_a_study_with_windows_line_ends_is_edited_and_keeps_them(
    toy_folder: Path,
    evaluator: LocalEvaluator,
    serve: Callable[..., ScriptedServer],
    tmp_path: Path,
) -> None:
    for path in toy_folder.glob("toy_pipeline/*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bench = Bench(study_files.load(toy_folder), evaluator)
    whole = "# EDIT\nLABEL: data\nHYPOTHESIS: h\nFILE: toy_pipeline/main.py\n```\nX = 1\n```\n"
    server = serve(Answer(SERIES), Answer(f"{SERIES}\n{whole}".replace("\n", "\r\n")))
    spec = CellSpec("a", "autoresearch", Autoresearch, {}, 0, MODEL, True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan([spec], Budget(7), 1, 60, quick()[0], search_only=True)
        cell = Comparison(bench, ledger, plan).run().cells[spec.key]
    assert cell.trials[2].ok
    changed = bench.sources(cell.trials[2].candidate)["toy_pipeline/main.py"]
    assert "\r\nSCALE = 0.95\r\n" in changed
    assert changed.count("\n") == changed.count("\r\n")
    assert bench.sources(cell.trials[7].candidate)["toy_pipeline/main.py"] == "X = 1\r\n"
    assert "\r" not in server.prompts[0]


def test_a_recording_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "saved.jsonl"
    cell = {"searcher": "autoresearch", "options": {}, "seed": 3}
    header = {"format": 1, "cell": cell, "model": None}
    file.write_text(json.dumps(header) + "\n", encoding="utf-8-sig")
    assert RecordedProvider(str(file)).header["cell"] == cell
