"""What the studies of a memory bring to the core: the form of an answer, recall, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studies.locomo.task import Locomo
from toolkit.bench.judge import Judge, Malformed
from toolkit.study.objective import CONVERSATIONS, Objective

TURNS = [{"dia_id": f"D1:{n}", "speaker": "Ann", "text": f"line {n}"} for n in (1, 2)]
QUESTIONS = [
    {"question": "Who?", "answer": "Ann and Bob", "evidence": ["D1:1", "D1:2"], "category": 4},
    {"question": "When?", "answer": 2022, "evidence": [], "category": 2},
    {"question": "Why?", "adversarial_answer": "x", "evidence": ["D1:1"], "category": 5},
]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    talk = {
        "speaker_a": "Ann",
        "speaker_b": "Bob",
        "session_1_date_time": "May",
        "session_1": TURNS,
    }
    sample = {"sample_id": "c", "conversation": talk, "qa": QUESTIONS}
    (tmp_path / "locomo10.json").write_text(json.dumps([sample]))
    task = Locomo(tmp_path)
    return Judge(task, task.vault(), Objective(), CONVERSATIONS)


def output(answer: Any, *turns: Any) -> dict[str, Any]:
    return {"answer": answer, "retrieved": list(turns)}


def test_recall_refusals_and_lengths_are_of_the_kinds_that_count(judge: Judge) -> None:
    found = judge.judge(
        {
            "c:0": output("Ann, really", "D1:1", "D9:9"),
            "c:1": output("Not mentioned in 2022"),
            "c:2": output("No information available", "D1:1", "D1:2"),
        }
    )
    assert found.metrics["evidence_recall"] == 0.5
    assert found.metrics["false_refusals"] == 0.5
    assert found.metrics["answer_words"] == 3
    assert found.metrics["answer_parts"] == 1.5
    assert found.metrics["retrieved_turns"] == 1
    assert found.metrics["adversarial"] == 1


def test_metrics_of_answers_are_left_out_where_no_question_counts(judge: Judge) -> None:
    found = judge.judge({"c:2": output("x", "D1:1")})
    assert found.score is None
    assert found.metrics == {"adversarial": 0.0, "overall": 0.0}


def test_recall_is_left_out_where_no_question_has_evidence(judge: Judge) -> None:
    metrics = judge.judge({"c:1": output("x")}).metrics
    assert "evidence_recall" not in metrics
    assert metrics["false_refusals"] == 0


def test_malformed_answers_say_what_is_expected(judge: Judge) -> None:
    items = [judge.items["c:0"]]
    assert judge.read([items], [[output("1", "t1")]]) == {"c:0": output("1", "t1")}
    assert judge.read([items], [[{"answer": "1"}]]) == {"c:0": {"answer": "1"}}
    for wrong in ("1", {"answer": 1}, {"retrieved": []}, None):
        with pytest.raises(Malformed, match=r"each answer must be .*turn ids"):
            judge.read([items], [[wrong]])
    for wrong in ("t1", [1], None):
        with pytest.raises(Malformed, match='"retrieved" must be a list of turn ids'):
            judge.read([items], [[{"answer": "1", "retrieved": wrong}]])


def test_a_failure_is_explained_by_its_evidence_and_by_what_was_not_retrieved(judge: Judge) -> None:
    outputs = {"c:0": output("no", "D1:1"), "c:1": output("no")}
    shown = judge.failures([*judge.items.values()], outputs, {"c:0": 0.0, "c:1": 0.0}, limit=9)
    assert shown[0].output == "no"
    assert shown[0].notes == {
        "evidence": {"D1:1": "[May] Ann: line 1", "D1:2 (not retrieved)": "[May] Ann: line 2"}
    }
    assert shown[1].notes == {"evidence": "none given"}
