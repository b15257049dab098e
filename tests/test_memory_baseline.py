"""The code under study: its contract, its parameters, and the repairs of its planted faults."""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memory_baseline.index import Dense
from memory_baseline.pipeline import DEFAULTS, run

ROOT = Path(__file__).parent.parent
FAULTS = ROOT / "studies" / "faults"
PATCHES = sorted(FAULTS.glob("*.patch"))
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


def turn(id: str, speaker: str, text: str, **shared: Any) -> dict[str, Any]:
    return {"id": id, "speaker": speaker, "text": text, **shared}


def talk(*turns: dict[str, Any], date: str = "1:56 pm on 8 May, 2023") -> dict[str, Any]:
    """A conversation of one session."""
    session = {"id": "D1", "date": date, "turns": list(turns)}
    return {"speakers": ["Ann", "Ben"], "sessions": [session]}


def chatter(sessions: int = 6, turns: int = 10) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A conversation of random words, and questions in the same words."""
    rng = random.Random(0)
    names = ("Ann", "Ben")
    words = [a + b + c for a in ("ba", "ko", "mi") for b in ("tu", "ze", "lo") for c in "lmnprstv"]
    weights = [1 / rank for rank in range(1, len(words) + 1)]  # few are frequent, many are rare

    def say(count: int) -> str:
        return " ".join(rng.choices(words, weights, k=count))

    said = [
        {
            "id": f"D{s}",
            "date": f"1:56 pm on {s} May, 2023",
            "turns": [turn(f"D{s}:{t}", rng.choice(names), say(3 + t)) for t in range(turns)],
        }
        for s in range(1, sessions + 1)
    ]
    asked = [{"text": f"What did {rng.choice(names)} say of {say(4)}?"} for _ in range(30)]
    return {"speakers": list(names), "sessions": said}, asked


@pytest.fixture
def repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """repaired(1, 3) -> run of a copy to which these patches were applied."""

    def make(*numbers: int) -> Run:
        tree = tmp_path / "-".join(map(str, numbers))
        shutil.copytree(ROOT / "memory_baseline", tree / "memory_baseline")
        for number in numbers:
            apply(PATCHES[number - 1], tree)
        for name in [name for name in sys.modules if name.startswith("memory_baseline")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tree)
        module = importlib.import_module("memory_baseline.pipeline")
        assert Path(module.__file__ or "").is_relative_to(tree)
        return module.run  # type: ignore[no-any-return]

    yield make
    for name in [name for name in sys.modules if name.startswith("memory_baseline")]:
        del sys.modules[name]  # monkeypatch then restores the pristine ones


def apply(patch: Path, tree: Path) -> None:
    # without the ceiling git takes a repository further up for the patch's root
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    subprocess.run(["git", "apply", str(patch)], cwd=tree, env=environment, check=True)


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
