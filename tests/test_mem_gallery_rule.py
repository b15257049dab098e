"""Mem-Gallery's rule against a second reading of it, written from its description alone.

Lower case; points between digits and underscores stay; the words a, an, the, and go; every other
ASCII mark becomes a blank; Porter's stems; F1 over the multiset of words.
"""

from __future__ import annotations

import json
import os
import string
import subprocess
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mem_gallery_topics import predictions
from nltk.stem import PorterStemmer

from studies.mem_gallery.scoring import POINTS, score
from studies.mem_gallery.topics import QUESTIONS
from toolkit import Gold

DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "mem-gallery"
STEMMER = PorterStemmer()
DROPPED = ("a", "an", "the", "and")

PIECES = [
    *DROPPED, "The", "AND", "another", "Anders", "cats", "running", "ponies", "mentioned", "yes", "no",
    "D8:IMG_009", "d8:img_009", "_", "__", "a_b", "the_end", "3", "14", "3.14", "3.14.", ".5", "1,000",
    "1,000.50", "1.5.2", "v1.x", "٣.١", "²", "½", ".", "...", ",", ", ", ";", "-", "’", "'s", "“", "?!",
    "é", "e\u0301", "a\u0301", "naïve", "İ", "ß", "猫", "a猫", "the–end", "\u200b", "\u00a0", "\t", "\n", " ", "  ", "",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=7
).map(" ".join)


def in_a_word(mark: str) -> bool:
    """True for what a word goes on with: letters, marks on them, decimal digits, underscores."""
    return mark == "_" or mark.isalpha() or unicodedata.category(mark) in {"Mn", "Mc", "Me", "Nd"}


def without_articles(text: str) -> str:
    """Every run of characters of words that is an article becomes a blank."""
    found, run = [], ""
    for mark in f"{text}\0":
        if in_a_word(mark):
            run += mark
            continue
        found.append(" " if run in DROPPED else run)
        found.append(mark)
        run = ""
    return "".join(found)[:-1]


def words(text: str) -> list[str]:
    """Stems of a text; a point between two digits is set aside, and comes back at the end."""
    marks, aside = list(text.lower()), "\ue000"
    for place in range(1, len(marks) - 1):
        if marks[place] == "." and marks[place - 1].isdecimal() and marks[place + 1].isdecimal():
            marks[place] = aside
    told = without_articles("".join(marks))
    spaced = "".join(" " if one in string.punctuation.replace("_", "") else one for one in told)
    return [STEMMER.stem(one.replace(aside, ".")) for one in spaced.split()]


def f1(gold: str, prediction: str) -> Fraction:
    """Twice the shared words by all words, exactly; 0 where none is shared."""
    left, right = words(prediction), words(gold)
    shared, rest = 0, list(right)
    for one in left:
        if one in rest:
            rest.remove(one)
            shared += 1
    return Fraction(2 * shared, len(left) + len(right)) if shared else Fraction(0)


@settings(max_examples=400, deadline=None)
@given(gold=TEXTS, prediction=TEXTS, point=st.sampled_from([*POINTS]))
def test_the_rule_is_that_of_its_description(gold: str, prediction: str, point: str) -> None:
    assert score(Gold(gold, point), prediction) == pytest.approx(
        float(f1(gold, prediction)), abs=1e-9
    )


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, point=st.sampled_from([*POINTS]))
def test_a_text_against_itself_is_1_or_has_no_words(text: str, point: str) -> None:
    assert score(Gold(text, point), text) == (1.0 if words(text) else 0.0)


@settings(max_examples=200, deadline=None)
@given(one=TEXTS, other=TEXTS)
def test_gold_and_answer_may_change_places(one: str, other: str) -> None:
    there, back = score(Gold(one, "FR"), other), score(Gold(other, "FR"), one)
    assert there == pytest.approx(back, abs=1e-12)
    assert 0 <= there <= 1


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs TOOLKIT_DATA_DIR with mem-gallery")
def test_every_gold_answer_against_odd_predictions_of_it() -> None:
    for file in sorted(DATA.glob("*.json")):
        questions = json.loads(file.read_text("utf-8"))[QUESTIONS]
        for qa, other in zip(questions, questions[1:] + questions[:1], strict=True):
            gold = qa["answer"]
            for said in (
                gold,
                f"{gold}, {other['answer']}",
                gold[: len(gold) // 2],
                other["answer"],
            ):
                expected = pytest.approx(float(f1(gold, said)), abs=1e-9)
                assert score(Gold(gold, qa["point"]), said) == expected, (gold, said)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs TOOLKIT_DATA_DIR with mem-gallery")
@pytest.mark.parametrize("name", ["noisy", "accents", "odd", "empty"])
def test_toolkit_score_agrees_on_a_table_of_predictions(
    name: str, cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob("*.json"))}
    asked = {f"{t}:{n}": qa for t, raw in files.items() for n, qa in enumerate(raw[QUESTIONS])}
    said = dict(zip(asked, predictions([*asked.values()])[name], strict=True))
    rows = [json.dumps({"item": id, "answer": text}) for id, text in said.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    done = cli("score", "mem-gallery", "rows.jsonl", "--json", TOOLKIT_DATA_DIR=str(DATA.parent))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    wanted = {id: float(f1(qa["answer"], said[id])) for id, qa in asked.items()}
    assert found["items"] == pytest.approx(wanted, abs=1e-9)
    points = {id: qa["point"] for id, qa in asked.items()}
    counted = [score for id, score in wanted.items() if points[id] not in ("AR", "CD")]
    assert found["objective"] == pytest.approx(sum(counted) / len(counted), abs=1e-9)
    assert found["overall"] == pytest.approx(sum(wanted.values()) / 1711, abs=1e-9)
    for point, level in found["by_kind"].items():
        mine = [score for id, score in wanted.items() if points[id] == point]
        assert level == pytest.approx(sum(mine) / len(mine), abs=1e-9)
