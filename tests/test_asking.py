"""The memory whose reader is a language model: what it asks, and what it makes of the replies."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from conftest import ROOT
from talks import chatter, talk, turn

from memory_baseline import pipeline as quoting
from memory_baseline.asking import prompts
from memory_baseline.asking.pipeline import DEFAULTS, run
from toolkit.plugins import installed
from toolkit.study import study as study_files
from toolkit.study.space import settings
from toolkit.study.study import Study

LLM = ("daybook-llm", "locomo-llm", "mem-gallery-llm")
TEA = [turn("D1:1", "Ann", "I like tea"), turn("D1:2", "Ben", "I like coffee and rain")]


def bundled(name: str) -> Study:
    return study_files.load(installed().find("study", name).value)


class Model:
    """A language model that notes what it is asked, and says the last line of it."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Mapping[str, str]]] = []
        self.limits: list[int] = []
        self.lock = Lock()

    def __call__(self, messages: Sequence[Mapping[str, str]], max_tokens: int = 256) -> str:
        with self.lock:
            self.asked.append(messages)
            self.limits.append(max_tokens)
        return " " + messages[-1]["content"].splitlines()[-1] + "\n"

    @property
    def text(self) -> str:
        return "\n".join(part["content"] for messages in self.asked for part in messages)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of prompts, which the program then reads."""
    copy = tmp_path / "prompts"
    shutil.copytree(prompts.FOLDER, copy)
    monkeypatch.setattr(prompts, "FOLDER", copy)
    return copy


def test_every_question_is_asked_once_and_replies_keep_the_order_of_questions() -> None:
    conversation, questions = chatter()
    model = Model()
    rows = run(conversation, questions, {}, {"complete": model})
    assert [row["answer"] for row in rows] == [f"Question: {asked['text']}" for asked in questions]
    assert len(model.asked) == len(questions)
    found = quoting.run(conversation, questions, {}, None)
    assert [row["retrieved"] for row in rows] == [row["retrieved"] for row in found]


def test_the_prompt_holds_the_turns_that_were_found_as_the_prompt_turn_words_them(
    folder: Path,
) -> None:
    (folder / "turn.md").write_text("<{date}|{speaker}|{text}|{caption}|{pictures}|{id}>")
    photo = {"img_url": ["D1:IMG_001"], "caption": "a dog"}
    model = Model()
    run(talk(*TEA, turn("D1:3", "Ann", "Look", **photo)), ["tea?"], {}, {"complete": model})
    date = "1:56 pm on 8 May, 2023"
    assert f"<{date}|Ann|I like tea|||D1:1>\n<{date}|Ben|I like coffee and rain|||D1:2>" in (
        model.text
    )
    assert f"<{date}|Ann|Look||D1:IMG_001|D1:3>" in model.text


def test_naive_prompts_ask_for_no_short_answer_and_show_no_date() -> None:
    model = Model()
    run(talk(*TEA), ["What does Ann like?"], {}, {"complete": model})
    assert "full sentences" in model.text and "2023" not in model.text.replace("8 May 2023.", "")
    assert model.text.index("Separate the items") < model.text.index("Ann: I like tea")


@pytest.mark.parametrize("name", ["naive", "expert", "steps", "careful", "short"])
def test_every_prompt_shows_the_memories_and_the_question_once(name: str) -> None:
    model = Model()
    run(talk(*TEA), ["What {context} is it?"], {"prompt": name}, {"complete": model})
    assert model.text.count("Ann: I like tea") == 1
    assert model.text.count("What {context} is it?") == 1
    assert "{question}" not in model.text


def test_a_line_parts_the_message_of_the_system_from_that_of_the_user() -> None:
    made = prompts.fill("Be brief.\n---\n{question} {other}\n---\nend", question="Why {it}?")
    assert made == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why {it}? {other}\n---\nend"},
    ]
    assert prompts.fill("{question}", question="Why?") == [{"role": "user", "content": "Why?"}]


def test_a_prompt_that_is_gone_is_told_with_those_that_are_there(folder: Path) -> None:
    (folder / "naive.md").unlink()
    told = r"no prompt 'naive': the file prompts/naive\.md is missing \(there: careful, expert"
    with pytest.raises(FileNotFoundError, match=told):
        run(talk(*TEA), ["tea?"], {}, {"complete": Model()})
    (folder / "turn.md").unlink()
    with pytest.raises(FileNotFoundError, match="no prompt 'turn'"):
        run(talk(*TEA), ["tea?"], {"prompt": "short"}, {"complete": Model()})


def test_the_reader_that_quotes_asks_no_model_and_answers_as_the_other_program() -> None:
    conversation, questions = chatter(2)
    rows = run(conversation, questions, {"reader": "extractive"}, None)
    assert rows == quoting.run(conversation, questions, {}, None)


def test_without_a_model_the_program_says_so() -> None:
    with pytest.raises(RuntimeError, match="lends no language model"):
        run(talk(*TEA), ["tea?"], {}, {"seed": 0})


def test_an_error_of_the_host_ends_the_program() -> None:
    def refuse(messages: Any, max_tokens: int) -> str:
        raise RuntimeError("the limit in dollars is reached")

    conversation, questions = chatter(2)
    with pytest.raises(RuntimeError, match="limit in dollars"):
        run(conversation, questions, {}, {"complete": refuse})


def test_an_empty_conversation_and_an_empty_reply_are_no_crash() -> None:
    empty = {"speakers": ["Ann", "Ben"], "sessions": []}
    said = run(empty, ["tea?"], {}, {"complete": lambda messages, max_tokens: " "})
    assert said == [{"answer": "No information available", "retrieved": []}]
    assert run(talk(*TEA), [], {}, {"complete": Model()}) == []


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("max_memories", (1, 60)), ("memory_order", ("fit", "time")), ("top_k", (1, 30)),
        ("prompt", ("naive", "short")), ("window", (1, 8)), ("embedder", ("lsa", "bm25")),
    ],
)  # fmt: skip
def test_parameters_change_what_is_asked(parameter: str, values: Sequence[Any]) -> None:
    conversation, questions = chatter()
    texts = set()
    for value in values:
        model = Model()
        for question in questions[:5]:  # one at a time, so that threads cannot change the order
            run(conversation, [question], {parameter: value}, {"complete": model})
        texts.add(model.text)
    assert len(texts) == len(values)


def test_max_reply_tokens_is_what_the_model_is_allowed() -> None:
    model = Model()
    run(talk(*TEA), ["tea?"], {"max_reply_tokens": 9}, {"complete": model})
    assert model.limits == [9]


@pytest.mark.parametrize("name", LLM)
def test_an_llm_study_judges_as_its_study_does_and_its_defaults_are_the_programs(
    name: str,
) -> None:
    study, quoted = bundled(name), bundled(name.removesuffix("-llm"))
    assert settings(study.space, {}) == DEFAULTS
    assert (study.splits, study.seed, study.source) == (quoted.splits, quoted.seed, quoted.source)
    assert study.task_class is quoted.task_class
    assert len(study.planted) == len(quoted.planted) + 3
    assert "memory_baseline/prompts/naive.md" in study.sources
    assert not [path for path in quoted.files if "asking" in path or "prompts" in path]


@pytest.mark.parametrize("name", LLM)
def test_choices_of_a_prompt_are_files(name: str) -> None:
    there = {path.stem for path in (ROOT / "memory_baseline" / "prompts").glob("*.md")}
    assert {*bundled(name).space["prompt"].extremes()} <= there  # type: ignore[attr-defined]
    assert sorted(there - {"turn"}) == sorted(bundled(name).space["prompt"].values)  # type: ignore[attr-defined]


def test_it_imports_nothing_of_the_project() -> None:
    for path in (ROOT / "memory_baseline" / "asking").glob("*.py"):
        words = path.read_text(encoding="utf-8").splitlines()
        found = {
            line.split()[1].split(".")[0] for line in words if line.startswith(("from ", "import "))
        }
        assert found <= {"memory_baseline", *sys.stdlib_module_names}, path
