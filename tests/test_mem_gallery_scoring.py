"""Mem-Gallery: the official rule, by hand and against the official code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from mem_gallery_topics import predictions

from studies.mem_gallery.scoring import POINTS, VIEWS, score, stems
from studies.mem_gallery.task import TOPICS
from studies.mem_gallery.topics import QUESTIONS
from toolkit import Gold

DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "mem-gallery"

# {prediction set: sums over all questions of each of POINTS}, see test_official_sums
OFFICIAL = {
    "gold": [
        219.000000000,
        306.000000000,
        337.000000000,
        123.000000000,
        174.000000000,
        206.000000000,
        81.000000000,
        81.000000000,
        184.000000000,
    ],
    "noisy": [
        158.319518762,
        178.927777778,
        176.623809524,
        62.707398968,
        74.844546815,
        174.338925051,
        51.207360631,
        27.000000000,
        92.000000000,
    ],
    "another": [
        13.254882402,
        8.709398934,
        13.248913043,
        2.666666667,
        3.574079156,
        4.939901876,
        1.938942809,
        7.000000000,
        25.968913310,
    ],
    "two": [
        165.338157951,
        192.711450857,
        195.901404192,
        70.675181037,
        90.767301445,
        170.882409277,
        53.385394741,
        31.304466524,
        100.219089057,
    ],
    "half": [
        117.036062475,
        166.347727273,
        146.528571429,
        71.753910582,
        38.781407139,
        125.368283490,
        44.337710222,
        52.000000000,
        92.000000000,
    ],
    "joined": [
        47.763024618,
        154.000000000,
        102.366666667,
        92.614566720,
        132.613171551,
        12.326498045,
        26.583703205,
        81.000000000,
        0.000000000,
    ],
    "accents": [
        54.159077159,
        306.000000000,
        72.350000000,
        54.972282878,
        131.703737583,
        61.220777545,
        32.963730628,
        29.000000000,
        92.000000000,
    ],
    "question": [
        21.739709447,
        0.000000000,
        1.156177156,
        9.315411774,
        4.220949491,
        36.626652042,
        6.969729562,
        0.340333039,
        8.859164812,
    ],
    "empty": [
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
    ],
    "refusal": [
        2.302404232,
        0.000000000,
        0.000000000,
        0.000000000,
        0.000000000,
        1.808538153,
        0.768986569,
        0.000000000,
        184.000000000,
    ],
    "odd": [
        188.924489015,
        238.828746750,
        248.042235542,
        90.441576233,
        121.044864319,
        191.392468436,
        64.977065629,
        46.700000000,
        137.644444444,
    ],
}


@pytest.mark.parametrize(
    ("answer", "prediction", "expected"),
    [
        ("blue car", "a blue bike", 0.5),  # precision 1/2 without the article, recall 1/2
        ("cats and dogs", "The CAT, a dog!", 1.0),  # case, punctuation, articles, stems
        ("go go", "go", 2 / 3),  # repeated tokens count
        ("well-known", "well known", 1.0),  # punctuation parts words
        ("it's 1,000", "it s 1 000", 1.0),
        ("3.14", "3 14", 0.0),  # a decimal point does not
        ("3.14.", "3.14", 1.0),  # the full stop behind it does
        ("D8:IMG_009", "d8 img_009", 1.0),  # an underscore does not
        ("D8:IMG_009", "D8:IMG_010", 0.5),
        ("D8:IMG_009, D8:IMG_010", "D8:IMG_010", 2 / 3),
        ("Yes.", "yes", 1.0),
        ("Not mentioned.", "That is not mentioned", 2 / 3),
        ("Not mentioned.", "No information available", 0.0),
        (3, "3", 1.0),
        ("blue car", "", 0.0),
        ("", "blue car", 0.0),
        ("", "", 0.0),  # nothing against nothing
        ("the", "a", 0.0),  # nothing is left of either
        ("...", "?!", 0.0),
    ],
)
def test_every_point_is_token_f1(answer: Any, prediction: str, expected: float) -> None:
    for point in POINTS:
        assert score(Gold(answer, point), prediction) == pytest.approx(expected, abs=1e-12)


def test_points_and_underscores_stay_within_words_only() -> None:
    assert stems("1.5.2 1. .5 v1.x a.b x_z _ a_b") == [
        "1.5.2", "1", "5", "v1", "x", "b", "x_z", "_", "a_b",
    ]  # fmt: skip


def test_articles_go_before_punctuation_does() -> None:
    assert stems("a-team, the_end a\u0301 an.") == ["team", "the_end", "a\u0301"]


@pytest.mark.parametrize(
    ("gold", "answer", "span", "recall", "precision", "contains"),
    [
        ("D8:IMG_009", "in D8:IMG_009 you see a dog", 1, 1, 2 / 6, 1),
        ("red fox ran", "red cat fox", 4 / 6, 2 / 3, 2 / 3, 0),
        ("Not mentioned.", "", 0, 0, 0, 0),
    ],
)
def test_views_of_an_answer_by_hand(
    gold: str, answer: str, span: float, recall: float, precision: float, contains: float
) -> None:
    wanted = {
        "best_span": span, "token_recall": recall, "token_precision": precision,
        "contains_gold": contains,
    }  # fmt: skip
    found = {name: rule(Gold(gold, "VS"), answer) for name, rule in VIEWS.items()}
    assert found == pytest.approx(wanted)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs TOOLKIT_DATA_DIR with mem-gallery")
def test_official_sums() -> None:
    """OFFICIAL was computed by the official code, not by ours.

    That is f1_score of benchmark/memengine/evaluate/evaluation.py in YuanchenBei/Mem-Gallery
    (commit 09d49b5), over the questions of all topics in alphabetical order.
    """
    files = [DATA / f"{name}.json" for name in TOPICS]
    questions = [qa for file in files for qa in json.loads(file.read_text("utf-8"))[QUESTIONS]]
    sets = predictions(questions)
    assert sets.keys() == OFFICIAL.keys()
    for name, texts in sets.items():
        sums = dict.fromkeys(POINTS, 0.0)
        for qa, text in zip(questions, texts, strict=True):
            sums[qa["point"]] += score(Gold(qa["answer"], qa["point"]), text)
        assert list(sums.values()) == pytest.approx(OFFICIAL[name], abs=1e-6), name
