"""The code under study: its contract and its parameters."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from talks import ROOT, chatter, talk, turn
from talks import repaired as repaired

from memory_baseline.index import Dense
from memory_baseline.pipeline import DEFAULTS, run

FAR_APART: dict[str, tuple[Any, Any]] = {
    "embedder": ("lsa", "bm25"),
    "lsa_dims": (16, 256),
    "ngram_max": (1, 2),
    "min_df": (1, 3),
    "sublinear_tf": (False, True),
    "window": (1, 8),
    "stride": (1, 4),
    "top_k": (1, 30),
    "keyword_weight": (0.0, 2.0),
    "recency_weight": (0.0, 0.5),
    "speaker_boost": (0.0, 0.5),
    "answer_turns": (1, 4),
    "max_answer_tokens": (4, 64),
    "min_score": (0.0, 0.6),
}

Run = Callable[..., list[dict[str, Any]]]


def test_one_answer_per_question_in_their_order() -> None:
    conversation, questions = chatter()
    answers = run(conversation, questions, {}, None)
    assert len(answers) == len(questions)
    ids = {said["id"] for session in conversation["sessions"] for said in session["turns"]}
    for answer in answers:
        assert set(answer) == {"answer", "retrieved"}
        assert isinstance(answer["answer"], str) and answer["answer"]
        assert set(answer["retrieved"]) <= ids
        assert len(set(answer["retrieved"])) == len(answer["retrieved"]) > 0
    assert json.loads(json.dumps(answers)) == answers
    bare = [question["text"] for question in questions]
    assert run(conversation, bare, {}, None) == answers


def test_an_answer_does_not_depend_on_the_other_questions() -> None:
    conversation, questions = chatter()
    for embedder in ("lsa", "bm25"):
        parameters = {"embedder": embedder}
        together = run(conversation, questions, parameters, None)
        assert run(conversation, questions[::-1], parameters, None) == together[::-1]
        for question, answer in zip(questions, together, strict=True):
            assert run(conversation, [question], parameters, None) == [answer]


def test_same_answers_on_processors_that_round_differently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Few chunks leave many at a similarity of exactly zero, give or take the last bit."""
    conversation, questions = chatter()
    expected, embed = run(conversation, questions, {}, None), Dense.embed
    for seed in range(5):
        rng = np.random.default_rng(seed)

        def noisy(self: Dense, weights: Any, rng: np.random.Generator = rng) -> np.ndarray:
            vectors = embed(self, weights)
            wobble = 1 + 1e-7 * rng.standard_normal(vectors.shape)
            return np.ascontiguousarray(vectors * wobble, dtype=np.float32)

        monkeypatch.setattr(Dense, "embed", noisy)
        assert run(conversation, questions, {}, None) == expected


@pytest.mark.slow
def test_same_answers_under_any_hash_seed() -> None:
    conversation, questions = chatter()
    script = (
        "import json, sys; from memory_baseline.pipeline import run;"
        "c, q = json.load(sys.stdin);"
        "p = {'ngram_max': 2, 'min_df': 2};"
        "print(json.dumps([run(c, q, {**p, 'embedder': e}, None) for e in ('lsa', 'bm25')]))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps([conversation, questions]),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_takes_rounds_of_a_user_and_an_assistant() -> None:
    photo = {"img_url": ["D1:IMG_001", "D1:IMG_002"], "caption": "a red robot\na blue robot"}
    conversation = talk(
        turn("D1:1", "user", "What do you see here?", **photo),
        turn("D1:1", "assistant", "Two robots of different colours."),
        turn("D1:2", "user", "Thanks, tell me about gardens."),
        turn("D1:2", "assistant", "Gardens need water and light."),
        date="2024-06-17",
    )
    conversation["speakers"] = ["user", "assistant"]
    question = {"text": "Which colours have the robots", "caption": "a robot in a garden"}
    [answer] = run(conversation, [question], {"top_k": 30}, None)
    assert "Two robots" in answer["answer"]
    assert sorted(answer["retrieved"]) == ["D1:1", "D1:2"]  # a round counts once


def test_abstains_below_min_score() -> None:
    conversation = talk(turn("D1:1", "Ann", "I like tea"))
    [answer] = run(conversation, ["Who swims far"], {"min_score": 0.1}, None)
    assert answer["answer"] == "No information available"


def test_answers_have_at_most_max_answer_tokens() -> None:
    conversation, questions = chatter()
    for tokens in (4, 9):
        answers = run(conversation, questions, {"max_answer_tokens": tokens}, None)
        assert max(len(answer["answer"].split()) for answer in answers) == tokens


def test_defaults_are_those_of_the_study() -> None:
    study = tomllib.loads((ROOT / "studies" / "memory.toml").read_text(encoding="utf-8"))
    assert {name: row["default"] for name, row in study["parameters"].items()} == DEFAULTS
    assert FAR_APART.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("name", sorted(FAR_APART.keys() - {"recency_weight"}))
def test_parameter_is_live(name: str) -> None:
    conversation, questions = chatter()
    low, high = (run(conversation, questions, {name: value}, None) for value in FAR_APART[name])
    assert [answer["answer"] for answer in low] != [answer["answer"] for answer in high]


def test_recency_is_dead_until_dates_parse(repaired: Callable[..., Run]) -> None:
    conversation, questions = chatter()
    for function, live in ((run, False), (repaired(2), True)):
        low, high = (
            function(conversation, questions, {"recency_weight": value}, None)
            for value in FAR_APART["recency_weight"]
        )
        assert (low != high) is live


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("repairs", [(), (1, 2, 3, 4, 5)], ids=["pristine", "repaired"])
def test_no_setting_crashes(repairs: tuple[int, ...], repaired: Callable[..., Run]) -> None:
    function = repaired(*repairs)
    conversations = {
        "empty": {"speakers": ["Ann", "Ben"], "sessions": []},
        "no turns": talk(),
        "one turn": talk(turn("D1:1", "Ann", "I like tea")),
        "one word": talk(turn("D1:1", "Ann", "tea"), turn("D1:2", "Ben", "tea")),
        "blank": talk(turn("D1:1", "Ann", ""), turn("D1:2", "Ben", " ")),
        "no words": talk(turn("D1:1", "Ann", "?!"), turn("D1:2", "Ben", "...")),
        "no date": talk(turn("D1:1", "Ann", "I like tea"), date=""),
        "long": chatter(3)[0],
    }
    questions = ["When did Ann like tea?", "", "?!", {"text": "bal", "caption": "kom"}]
    rng = random.Random(0)
    corners = [{name: values[side] for name, values in FAR_APART.items()} for side in (0, 1)]
    mixed = [{name: rng.choice(v) for name, v in FAR_APART.items()} for _ in range(30)]
    for parameters in (*corners, *mixed):
        for name, conversation in conversations.items():
            assert len(function(conversation, questions, parameters, None)) == 4, name
            assert function(conversation, [], parameters, None) == []
