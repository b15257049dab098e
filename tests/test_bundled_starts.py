"""The bundled starts of LoCoMo, Mem-Gallery and daybook."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from starting_patches import git_apply, read_tree, write_tree
from talks import Run, chatter, forget, imported, talk, turn

from toolkit.edits import names
from toolkit.patches import patch
from toolkit.plugins import installed
from toolkit.study import space, switches
from toolkit.study import study as study_files
from toolkit.study.space import settings
from toolkit.study.study import Study

STUDIES = ROOT / "studies"

REPAIRS = sorted((STUDIES / "faults").glob("*.patch"))

STARTS = ("locomo-clean", "locomo-generous", "daybook-generous")


def bundled(name: str) -> Study:
    return study_files.load(installed().find("study", name).value)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Run]:
    """started(name) -> run of that study's pristine tree."""

    def make(name: str) -> Run:
        tree = write_tree(tmp_path / name, bundled(name).files)
        return imported(tree, monkeypatch)

    yield make
    forget()


def test_clean_is_the_five_repairs_and_nothing_else() -> None:
    study = bundled("locomo-clean")
    tree = dict(study.original_sources)
    for repair in REPAIRS:
        tree = patch.apply(tree, repair.read_text())
    assert len(REPAIRS) == 5
    assert study.sources == tree


@pytest.mark.parametrize("name", STARTS)
def test_a_bundled_start_applies_with_git(name: str, tmp_path: Path) -> None:
    study = bundled(name)
    tree = write_tree(tmp_path / "tree", study.original)
    folder, start = name.split("-")
    git_apply(tree, STUDIES / folder / f"{start}.patch")
    assert read_tree(tree) == dict(study.sources)


@pytest.mark.parametrize("name", ["locomo", "daybook", "mem-gallery"])
def test_the_starts_differ_in_their_code_and_not_in_what_they_are_judged_on(name: str) -> None:
    studies = [bundled(start) for start in (name, f"{name}-clean", f"{name}-generous")]
    assert len({study.digest for study in studies}) == 3
    first = studies[0]
    for study in studies[1:]:
        assert (study.splits, study.limits, study.seed) == (first.splits, first.limits, first.seed)
        assert study.source == first.source and study.task_class is first.task_class
        assert study.space.keys() >= first.space.keys()
    assert studies[1].space == first.space


@pytest.mark.parametrize("start", ["", "-clean", "-generous", "-wide"])
def test_starts_of_mem_gallery_are_those_of_locomo(start: str) -> None:
    one, other = bundled(f"mem-gallery{start}"), bundled(f"locomo{start}")
    assert one.sources == other.sources
    assert one.space == other.space
    assert one.planted == other.planted


@pytest.mark.parametrize("name", STARTS)
def test_defaults_of_a_start_are_those_of_its_study(
    name: str, started: Callable[[str], Run]
) -> None:
    module = sys.modules[started(name).__module__]
    assert settings(bundled(name).space, {}) == module.DEFAULTS


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTS)
def test_every_parameter_of_a_start_is_live(name: str, started: Callable[[str], Run]) -> None:
    """On answers, at the others' defaults, recency_weight too, for a start reads dates.

    Some settings do switch a parameter off, as in the plain study: lsa_dims and sublinear_tf do
    nothing where the embedder is bm25, dense_weight does nothing unless it is fused.
    """
    space, function = bundled(name).space, started(name)
    conversation, questions = capitalised(chatter()[0]), asked_in_many_ways(chatter()[1])
    for parameter, kind in space.items():
        assert differ(function, conversation, questions, parameter, kind.extremes()), parameter


def capitalised(conversation: dict[str, Any]) -> dict[str, Any]:
    """The conversation with every third word of a turn a name."""
    for session in conversation["sessions"]:
        for said in session["turns"]:
            words = said["text"].split()
            words[::3] = [word.capitalize() for word in words[::3]]
            said["text"] = " ".join(words)
    return conversation


def asked_in_many_ways(questions: Sequence[dict[str, str]]) -> list[str]:
    """The questions as they are, and asking for a date, a name and a list."""
    ways = ("What did", "When did", "Who did", "Which things did")
    return [asked["text"].replace("What did", way) for asked in questions for way in ways]


def differ(
    function: Run, conversation: Any, questions: Any, parameter: str, values: Sequence[Any]
) -> bool:
    """Whether each of these values of a parameter gives other answers, the rest at defaults."""
    runs = (function(conversation, questions, {parameter: value}, None) for value in values)
    answers = {json.dumps([row["answer"] for row in rows]) for rows in runs}
    return len(answers) == len(values)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", STARTS)
def test_no_setting_of_a_start_crashes(name: str, started: Callable[[str], Run]) -> None:
    space, function = bundled(name).space, started(name)
    conversations = {
        "empty": {"speakers": ["Ann", "Ben"], "sessions": []},
        "one word": talk(turn("D1:1", "Ann", "tea"), turn("D1:2", "Ben", "tea")),
        "blank": talk(turn("D1:1", "Ann", ""), turn("D1:2", "Ben", " ")),
        "no words": talk(turn("D1:1", "Ann", "?! ..."), turn("D1:2", "Ben", "...")),
        "no date": talk(turn("D1:1", "Ann", "I like tea. A lot!"), date=""),
        "a photo": talk(turn("D1:1", "Ann", "", img_url=["1.jpg"], caption="a dog. a cat")),
        "long": chatter(3)[0],
    }
    questions = ["When did Ann like tea?", "", "?!", {"text": "bal", "caption": "kom"}]
    rng = random.Random(0)
    for _ in range(12):
        overrides = {name: rng.choice(list(kind.extremes())) for name, kind in space.items()}
        for label, conversation in conversations.items():
            assert len(function(conversation, questions, overrides, None)) == 4, label
            assert function(conversation, [], overrides, None) == []


@pytest.mark.parametrize("name", STARTS)
def test_an_answer_of_a_start_does_not_depend_on_the_other_questions(
    name: str, started: Callable[[str], Run]
) -> None:
    conversation, questions = chatter()
    function = started(name)
    together = function(conversation, questions, {}, None)
    assert function(conversation, questions[::-1], {}, None) == together[::-1]
    for question, answer in list(zip(questions, together, strict=True))[:8]:
        assert function(conversation, [question], {}, None) == [answer]


@pytest.mark.parametrize("name", ["daybook-wide", "locomo-wide", "mem-gallery-wide"])
def test_all_switches_of_a_wide_study_can_be_on_together(name: str) -> None:
    study = bundled(name)
    assert switches.pairs(study.space, study.sources) == []
    on = {one: param.values[1] for one, param in space.switches(study.space).items()}
    assert len(on) == 8
    patches = space.switched(study.space, on)
    assert not names.problems(study.pristine.composed("", patches))
    repairs = {name: text for name, text in patches.items() if "fix_" in name}
    assert study.pristine.composed("", repairs) == bundled("locomo-clean").sources


def test_generous_quotes_a_sentence_of_the_one_who_was_asked_about(
    started: Callable[[str], Run],
) -> None:
    conversation = talk(
        turn("D1:1", "Ann", "Good morning! My favourite drink is tea. See you soon."),
        turn("D1:2", "Ben", "Good evening! My favourite drink is coffee. See you then."),
    )
    function = started("locomo-generous")
    for name, drink in (("Ann", "tea"), ("Ben", "coffee")):
        question = [f"Which favourite drink has {name}?"]
        [answer] = function(conversation, question, {}, None)
        assert answer["answer"] == f"My favourite drink is {drink}."
        assert sorted(answer["retrieved"]) == ["D1:1", "D1:2"]


def spoken(*said: str) -> dict[str, Any]:
    return talk(*(turn(f"D1:{place}", "Ann", text) for place, text in enumerate(said, 1)))


@pytest.mark.parametrize(
    "said, date",
    [
        ("I sold the boat yesterday", "7 May 2023"),
        ("I sold the boat two days ago", "6 May 2023"),
        ("I sold the boat two weeks ago", "two weeks before 8 May 2023"),
        ("I sold the boat last Friday", "the Friday before 8 May 2023"),
        ("I shall have sold the boat next weekend", "the weekend after 8 May 2023"),
        ("I sell the boat next month", "June 2023"),
        ("I sold the boat last year", "2022"),
        ("I sell the boat on the 2nd of June", "2 June 2023"),
        ("I sell the boat on June 2", "2 June 2023"),
        ("I sold the boat", "8 May 2023"),
    ],
)
def test_generous_works_out_a_date_from_the_day_on_which_it_was_said(
    said: str, date: str, started: Callable[[str], Run]
) -> None:
    function = started("daybook-generous")
    question = ["When did Ann sell the boat?"]
    [bare] = function(spoken(said), question, {"date_words": 0}, None)
    [quoted] = function(spoken(said), question, {}, None)
    assert bare["answer"] == date
    assert quoted["answer"] == f"{date} {said}"


def test_generous_cuts_from_a_sentence_what_the_question_does_not_say(
    started: Callable[[str], Run],
) -> None:
    function = started("daybook-generous")
    conversation = spoken(
        "My boat is called Lady Grey", "It cost 300 and I sold it", "We like tea", "We like coffee"
    )
    asked = ["What is the boat of Ann called?", "What did it cost?", "Which drinks do we like?"]
    answers = function(conversation, asked, {"length_penalty": 0.9}, None)
    assert [found["answer"] for found in answers] == ["Lady Grey", "300", "tea, coffee"]
