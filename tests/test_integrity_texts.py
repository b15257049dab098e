"""Texts of edits and prompts beside the gold: what is found, and what is replaced."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.integrity import gold, rare, redact
from toolkit.integrity.corpus import Corpus
from toolkit.integrity.edits import Addition
from toolkit.integrity.words import literals, words


def test_sealed_gold_in_a_prompt_is_found_and_gold_of_the_search_split_may_be_shown() -> None:
    corpus = Corpus(
        gold={
            "search": {"a": "one two three four"},
            "test": {"b": "five six seven eight nine", "c": "one two three four"},
        },
        inputs={"search": {}, "test": {}},
        contexts={"search": [], "test": ["two three four one"]},
    )
    known = gold.index(corpus, [])
    found = gold.in_prompts(known, ["say: Five, six seven EIGHT nine ten", "one two three four"])
    assert found == [{"text": "five six seven eight nine", "items": ["b"]}]


def test_what_was_said_or_stood_in_the_program_is_no_gold() -> None:
    corpus = Corpus(
        gold={
            "search": {},
            "test": {"a": "it is said in the talk", "b": "it stands in the code already"},
        },
        inputs={"search": {}, "test": {}},
        contexts={"search": [], "test": ["yes, it is said in the talk"]},
    )
    known = gold.index(corpus, ["# it stands in the code already"])
    texts = [*corpus.gold["test"].values()]
    assert gold.passages(known, [Addition("edit 1", {"m.py": texts}, {"m.py": texts})]) == []


def test_values_that_an_edit_sets_are_searched_as_well() -> None:
    corpus = Corpus(
        {"search": {}, "test": {"a": "one two three four"}},
        {"search": {}, "test": {}},
        {"search": [], "test": []},
    )
    found = gold.passages(
        gold.index(corpus, []), [Addition("edit 3", {}, {}, ["One two three four!"])]
    )
    assert found == [
        {"edit": "edit 3", "file": "", "text": "one two three four", "items": {"test": ["a"]}}
    ]


def test_common_words_and_those_of_the_search_split_are_not_rare() -> None:
    corpus = Corpus(
        gold={
            "search": {"a": "porcupine"},
            "test": {"b": "porcupines", "c": "quokka", "d": "Monday beach"},
        },
        inputs={"search": {"a": "?"}, "test": {"b": "?", "c": "about a quokka?"}},
        contexts={"search": [], "test": []},
    )
    added = [Addition("edit 1", {}, {"m.py": ["porcupine monday beaches wombat"]}),
             Addition("edit 2", {}, {"m.py": [r"\bquokkas?\b"]})]  # fmt: skip
    assert rare.rare_words(corpus, ["pristine"], added) == [
        {"word": "quokkas", "edit": "edit 2", "places": ["gold", "inputs"]}
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r"\boslo\b|park", r"\bzqqa\b|park"),
        ("Oslo, OSLO and oslovian", "zqqa, zqqa and oslovian"),
        ("in_oslo_now", "in_zqqa_now"),
        ("(?:oslo|bergen)s?", "(?:zqqa|bergen)s?"),
        ("bus oslo2", "bus zqqa2"),
    ],
)
def test_a_word_is_replaced_and_what_only_contains_it_stays(before: str, after: str) -> None:
    assert redact.replacer(["oslo"])(before) == after


def test_a_redacted_program_still_runs() -> None:
    text = '"""Oslo."""\nname = "bergen"\nTEXT = f"{name!r} in oslo\\n" + \'a "oslo"\'  # oslo\nD = {"oslo": 1, "bergen": 2}\n'
    tree = redact.without(
        {"m.py": text, "plain.txt": "to Oslo\n", "other.py": "x = 1  # oslo\n"}, ["oslo", "bergen"]
    )
    names: dict[str, Any] = {}
    exec(tree["m.py"], names)
    assert names["TEXT"] == "'zqqa' in zqqb\na \"zqqb\""
    assert names["D"] == {"zqqb": 1, "zqqa": 2}
    assert tree["plain.txt"] == "to zqqb\n"
    assert tree["other.py"] == "x = 1  # oslo\n"


def test_code_too_deep_to_be_written_down_is_no_fault_of_the_host() -> None:
    deep = f"x = {'not ' * 900}'oslo'\n"
    with pytest.raises(ValueError, match=r"m\.py is nested too deep"):
        redact.without({"m.py": deep}, ["oslo"])
    unread = "x = 'oslo\0'\n"
    assert redact.without({"m.py": unread}, ["oslo"]) == {"m.py": "x = 'zqqa\0'\n"}


def test_literals_are_what_a_program_may_use() -> None:
    text = '"""Doc."""\ndef f():\n    "doc"\n    return ["one " "two", f"three {x} four", b"five"]  # six\n'
    assert sorted(literals("m.py", text)) == [" four", "five", "one two", "three "]
    assert literals("m.py", "not python (") == ["not python ("]
    assert literals("p.txt", "any\nlines") == ["any", "lines"]
    assert words(r"\bBeach|it's_a 3rd\w+day") == ["beach", "day"]
