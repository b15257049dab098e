"""Mem-Gallery as a task: what a program is given, what is counted, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mem_gallery_topics import NAME, Tiny, topic, write

from memory_baseline.pipeline import run
from studies.mem_gallery.task import TOPICS, MemGallery
from studies.mem_gallery.topics import QUESTIONS
from toolkit import Gold
from toolkit.bench.bench import Bench
from toolkit.bench.judge import Judge
from toolkit.evaluators.local import LocalEvaluator
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.objective import CONVERSATIONS, Objective

Cli = Callable[..., subprocess.CompletedProcess[str]]
STUDY = Path(__file__).parent.parent / "studies" / "mem_gallery"
DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "mem-gallery"
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs TOOLKIT_DATA_DIR with mem-gallery")


def given(task: Tiny) -> tuple[Any, list[Any]]:
    """Context and inputs, in no order: the program under study gets nothing else."""
    [context] = task.contexts().values()
    return context, sorted((item.input for item in task.items()), key=json.dumps)


def test_a_round_is_two_turns_of_one_id_and_the_picture_is_the_users(tmp_path: Path) -> None:
    context, _ = given(write(tmp_path, topic()))
    assert context["speakers"] == ["Mia", "assistant"]
    assert [(s["id"], s["date"]) for s in context["sessions"]] == [
        ("D1", "2024-06-17"), ("D2", "2024-06-24"),
    ]  # fmt: skip
    assert context["sessions"][1]["turns"][:2] == [
        {
            "id": "D2:1", "speaker": "Mia", "text": "My dogs!",
            "img_url": ["D2:IMG_001", "D2:IMG_002"], "caption": "a brown dog\na white dog",
        },
        {"id": "D2:1", "speaker": "assistant", "text": "Lovely."},
    ]  # fmt: skip


def test_items_have_the_topic_and_their_place_as_id_and_text_and_caption_as_input(
    tmp_path: Path,
) -> None:
    task = write(tmp_path, topic())
    items = task.items()
    assert [item.id for item in items] == [f"{NAME}:{n}" for n in range(5)]
    assert items[0].input == {"text": "What does Mia like?"}
    assert items[4].input == {"text": "Who is this?", "caption": "a brown dog, running"}
    assert task.vault().gold[f"{NAME}:1"] == Gold("Not mentioned.", "AR")
    assert task.evidence()[f"{NAME}:0"] == ("D1:1",)  # each round once
    assert task.evidence()[f"{NAME}:1"] == ()
    assert task.passages(NAME)["D2:1"] == (
        "[2024-06-24] Mia: My dogs! (photo: a brown dog\na white dog)\n"
        "[2024-06-24] assistant: Lovely."
    )


def test_other_labels_give_a_program_nothing_else(tmp_path: Path) -> None:
    """Points, answers, clues, sessions and the files of pictures are all of another kind."""
    plain, other = topic(), topic()
    points = ["AR", "FR", "CD", "VS", "MR"]
    for qa, point in zip(other[QUESTIONS], points, strict=True):
        qa.update(point=point, answer="another", clue=["D9:9"], session_id=["D9"])
        if "question_image" in qa:
            qa["question_image"] = "../image/Other/QA_IMG_099.jpg"
    assert given(write(tmp_path, plain)) == given(write(tmp_path, other))


def test_the_order_of_the_file_does_not_reach_the_set_of_inputs(tmp_path: Path) -> None:
    turned = topic()
    turned[QUESTIONS].reverse()
    assert given(write(tmp_path, topic())) == given(write(tmp_path, turned))


def test_no_label_and_no_path_of_a_picture_is_in_what_a_program_gets(tmp_path: Path) -> None:
    task = write(tmp_path, topic())
    shown = json.dumps(given(task))
    for word in ("Gold tea", "hound", "mentioned", "QA_IMG", ".jpg", "clue", "point", "persona",
                 "hidden", "session_id", "TTL", NAME):  # fmt: skip
        assert word not in shown, word


def test_the_program_under_study_reads_it_as_it_is(tmp_path: Path) -> None:
    task = write(tmp_path, topic())
    asked = [item.input for item in task.items()]
    answers = run(task.contexts()[NAME], asked, {"top_k": 30}, None)
    assert [task.check(answer) for answer in answers] == [""] * 5
    assert {id for answer in answers for id in answer["retrieved"]} == {"D1:1", "D2:1", "D2:2"}


def test_refusals_and_contradictions_stand_beside_the_objective(tmp_path: Path) -> None:
    task = write(tmp_path, topic())
    judge = Judge(task, task.vault(), Objective(), CONVERSATIONS)
    answers = ["gold tea", "Not mentioned.", "D2:IMG_001", "Yes", "that is not mentioned"]
    found = judge.judge(
        {f"{NAME}:{n}": {"answer": a, "retrieved": ["D1:1"]} for n, a in enumerate(answers)}
    )
    assert found.score == pytest.approx((1 + 2 / 3 + 0) / 3)  # FR, VS, TTL
    assert found.metrics["AR"] == 1 and found.metrics["CD"] == 0
    assert found.metrics["without_AR"] == pytest.approx((1 + 2 / 3 + 0 + 0) / 4)
    assert found.metrics["overall"] == pytest.approx((1 + 1 + 2 / 3 + 0 + 0) / 5)
    assert found.metrics["evidence_recall"] == pytest.approx(1 / 3)
    assert found.metrics["false_refusals"] == pytest.approx(1 / 3)


def test_guesses_read_no_round(tmp_path: Path) -> None:
    task = write(tmp_path, topic())
    told = {name: made["answer"] for name, made in task.guesses(task.items()[0]).items()}
    assert told == {"middle date": "2024-06-24", "middle picture": "D2:IMG_001"}


@pytest.mark.parametrize("captions", [None, [], [None, None]])
def test_pictures_without_captions_keep_their_ids(tmp_path: Path, captions: Any) -> None:
    raw = topic()
    raw["multi_session_dialogues"][1]["dialogues"][0]["image_caption"] = captions
    raw[QUESTIONS][4]["image_caption"] = None
    task = write(tmp_path, raw)
    said = task.contexts()[NAME]["sessions"][1]["turns"][0]
    assert said["img_url"] == ["D2:IMG_001", "D2:IMG_002"] and "caption" not in said
    assert task.items()[4].input == {"text": "Who is this?"}
    run(task.contexts()[NAME], [item.input for item in task.items()], {}, None)


def test_a_caption_stays_in_the_line_of_its_picture(tmp_path: Path) -> None:
    raw = topic()
    raw["multi_session_dialogues"][1]["dialogues"][0]["image_caption"] = [None, "a white dog"]
    said = write(tmp_path, raw).contexts()[NAME]["sessions"][1]["turns"][0]
    assert said["caption"] == "\na white dog"


def test_the_study_names_a_file_for_every_topic_and_seals_the_last_ten() -> None:
    study = study_files.load(STUDY)
    assert study.source is not None
    assert [file.name for file in study.source.files] == [f"{name}.json" for name in TOPICS]
    home = "https://huggingface.co/datasets/Ethan-Bei/Mem-Gallery/resolve/main/dialog/"
    assert [file.url for file in study.source.files] == [f"{home}{name}.json" for name in TOPICS]
    assert sorted(TOPICS) == list(TOPICS)
    assert list(study.splits["search"]) == list(TOPICS[:10])
    assert list(study.splits["test"]) == list(TOPICS[10:])


@pytest.mark.slow
@real
def test_the_published_files_hold_what_the_paper_says() -> None:
    task = MemGallery(DATA)
    talks = task.contexts().values()
    points = Counter(gold.kind for gold in task.vault().gold.values())
    assert len(talks) == 20
    assert sum(len(talk["sessions"]) for talk in talks) == 240
    assert sum(len(s["turns"]) for talk in talks for s in talk["sessions"]) == 2 * 3962
    assert points == {
        "TTL": 337, "VS": 306, "FR": 219, "MR": 206, "AR": 184, "VR": 174, "TR": 123, "CD": 81,
        "KR": 81,
    }  # fmt: skip
    assert points.total() == 1711
    assert sum("caption" in item.input for item in task.items()) == 487
    assert {len(task.evidence()[id]) > 0 for id, gold in task.vault().gold.items()
            if gold.kind != "AR"} == {True}  # fmt: skip


@pytest.mark.slow
@real
def test_the_naive_program_scores_low_and_costs_little() -> None:
    study = study_files.load(STUDY)
    with LocalEvaluator(preload=study.preload) as evaluator:
        found = Bench(study, evaluator).run(Candidate())
    assert found.status == "ok", found.detail
    assert found.score == pytest.approx(0.0507, abs=5e-4)
    assert found.metrics["overall"] == pytest.approx(0.0425, abs=5e-4)
    assert found.metrics["VS"] == 0
    assert found.usage.cpu_s <= 2


@real
def test_the_place_in_the_list_tells_nothing_of_refusals() -> None:
    study = study_files.load(STUDY)
    with LocalEvaluator() as evaluator:
        bench = Bench(study, evaluator)
    bench.follow("a secret")
    for split in ("search", "test"):
        batches = bench.selection(split).batches
        flags = [[bench.vault.gold[item.id].kind == "AR" for item in items] for items in batches]
        tail = [flag for row in flags for flag in row[len(row) // 2 :]]
        whole = [flag for row in flags for flag in row]
        assert abs(sum(tail) / len(tail) - sum(whole) / len(whole)) < 0.05


BY_WORDING = """
def respond(question, hits, parameters):
    yes = question.split()[0] in ("Please", "Does")  # what the wording of a contradiction tells
    ids = dict.fromkeys(turn.id for hit in hits for turn in hit.chunk)
    return {"answer": "Yes." if yes else "No.", "retrieved": list(ids)}
"""


@pytest.mark.slow
@real
def test_contradictions_are_guessed_from_the_wording_whatever_memory_is_read() -> None:
    """Which is why they stand beside the objective."""
    study = study_files.load(STUDY)
    path = "memory_baseline/pipeline.py"
    text = study.sources[path]
    changed = {**study.sources, path: text[: text.index("def respond")] + BY_WORDING.strip() + "\n"}
    guesser = Candidate(patch=diff.make(study.sources, changed))
    with LocalEvaluator(preload=study.preload) as evaluator:
        bench = Bench(study, evaluator)
        for split, level in (("search", 0.784), ("test", 0.767)):
            right, wrong = (
                bench.run(guesser, split, wrong_context=other)  # type: ignore[arg-type]
                for other in (False, True)
            )
            assert right.metrics["CD"] == pytest.approx(level, abs=1e-3)
            assert wrong.metrics["CD"] == right.metrics["CD"]
            assert wrong.metrics["AR"] == 0 and wrong.score is not None and wrong.score < 0.07


@pytest.mark.slow
@real
def test_its_table_says_captions_only_and_how_well_contradictions_are_guessed(
    cli: Cli, tmp_path: Path
) -> None:
    done = cli(
        "compare", "mem-gallery", "--budget", "1", "--searchers", "random", "--seeds", "1", "--out",
        "run", "--after", "light", "--no-plots", TOOLKIT_DATA_DIR=str(DATA.parent),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "captions only: no picture is read" in done.stdout
    table, page = ((tmp_path / "run" / name).read_text() for name in ("table.txt", "report.html"))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    for text in (table, page, *summary["lacks"]):
        assert "captions only: no picture is read" in text
    told = "beside the objective, best floor on test: AR 1.000 (refuse all); CD 0.733 (yes)"
    assert told in table and told in page
    assert summary["floors"]["yes"]["beside"]["search"]["CD"] == pytest.approx(0.588, abs=1e-3)
