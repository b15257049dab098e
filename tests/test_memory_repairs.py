"""The repairs of the planted faults in the code under study."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from talks import FAULTS, PATCHES, ROOT, apply, talk, turn
from talks import repaired as repaired

from memory_baseline.pipeline import run

Run = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_repair_applies_alone(patch: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "memory_baseline", tmp_path / "tree" / "memory_baseline")
    apply(patch, tmp_path / "tree")


def test_five_repairs_are_listed_at_their_lines() -> None:
    table = (FAULTS.parent / "faults.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(memory_baseline/\w+\.py):(\d+)`.*?`(\d-[\w-]+\.patch)`", table)
    assert [name for _, _, name in listed] == [patch.name for patch in PATCHES]
    for path, number, name in listed:
        line = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        assert f"-{line}" in (FAULTS / name).read_text(encoding="utf-8").splitlines()


def test_repaired_captions_are_found(repaired: Callable[..., Run]) -> None:
    photo = {"img_url": ["https://example.org/1.jpg"], "caption": "a dog on a surfboard"}
    conversation = talk(
        turn("D1:1", "Ann", "Look at this", **photo), turn("D1:2", "Ben", "Nice one, what is that")
    )
    question = ["what animal is on a surfboard"]
    parameters = {"window": 1, "stride": 1}
    assert "surfboard" not in run(conversation, question, parameters, None)[0]["answer"]
    assert "surfboard" in repaired(1)(conversation, question, parameters, None)[0]["answer"]


@pytest.mark.parametrize(
    ("date", "stamp"),
    [("1:56 pm on 8 May, 2023", "8 May 2023: "), ("2024-06-17", "17 June 2024: ")],
)
def test_repaired_dates_are_told(repaired: Callable[..., Run], date: str, stamp: str) -> None:
    conversation = talk(turn("D1:1", "Ann", "I ran a race"), date=date)
    question = ["When did Ann run a race?"]
    plain = run(conversation, question, {}, None)[0]["answer"]
    assert repaired(2)(conversation, question, {}, None)[0]["answer"] == stamp + plain


def test_repaired_words_match_in_any_case(repaired: Callable[..., Run]) -> None:
    conversation = talk(turn("D1:1", "Ann", "We had Sushi."), turn("D1:2", "Ben", "I was out"))
    question = ["sushi?"]
    parameters = {"window": 1, "stride": 1, "min_score": 0.5}
    assert run(conversation, question, parameters, None)[0]["answer"] == "No information available"
    assert "Sushi" in repaired(3)(conversation, question, parameters, None)[0]["answer"]


def test_repaired_vectors_favour_no_length(repaired: Callable[..., Run]) -> None:
    long = "tea coffee milk water juice bread butter jam cake pie tea tea tea tea"
    conversation = talk(
        turn("D1:1", "Ann", "tea"), turn("D1:2", "Ben", long), turn("D1:3", "Ann", "rain and wind")
    )
    parameters = {"window": 1, "stride": 1, "top_k": 1, "keyword_weight": 0.0}
    assert run(conversation, ["tea"], parameters, None)[0]["retrieved"] == ["D1:2"]
    assert repaired(4)(conversation, ["tea"], parameters, None)[0]["retrieved"] == ["D1:1"]


def test_repaired_answer_is_the_turn(repaired: Callable[..., Run]) -> None:
    conversation = talk(turn("D1:1", "Ann", "I like tea"))
    question = ["What does Ann like?"]
    verbose = run(conversation, question, {}, None)[0]["answer"]
    assert verbose.endswith("Ann said: I like tea")
    assert repaired(5)(conversation, question, {}, None)[0]["answer"] == "I like tea"


def test_imports_nothing_of_the_project() -> None:
    allowed = {"memory_baseline", "numpy", "sklearn", "faiss", "bm25s"} | sys.stdlib_module_names
    for path in (ROOT / "memory_baseline").glob("*.py"):
        found = re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.M)
        assert set(found) <= allowed, path
