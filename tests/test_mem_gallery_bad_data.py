"""Mem-Gallery's data where they are not as published: what is refused, by which words."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gallery_studies
import pytest
from mem_gallery_topics import NAME, Tiny, other_topic, question, topic, write

from memory_baseline.pipeline import run
from studies.mem_gallery.task import TOPICS, MemGallery
from studies.mem_gallery.topics import AGAIN, PROFILE, QUESTIONS, SESSIONS
from toolkit import DataError
from toolkit.study import data
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
STUDY = gallery_studies.STUDIES
GONE: Any = object()


def without(key: str) -> dict[str, Any]:
    raw = topic()
    del raw[key]
    return raw


def asking(qa: dict[str, Any]) -> dict[str, Any]:
    return {**topic(), QUESTIONS: [qa]}


def with_round(**other: Any) -> dict[str, Any]:
    """A topic with other keys in the second session's first round; None takes one away."""
    raw = topic()
    said = raw[SESSIONS][1]["dialogues"][0]
    said.update(other)
    for name in [name for name, value in other.items() if value is GONE]:
        del said[name]
    return raw


def twice(*place: str | int) -> dict[str, Any]:
    """A topic in which the first of a list stands twice."""
    raw = topic()
    some: Any = raw
    for key in place:
        some = some[key]
    some.append(some[0])
    return raw


ROUND = r"multi_session_dialogues\[1\].dialogues\[0\]"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (without(QUESTIONS), "it has no 'human-annotated QAs'"),
        (without(PROFILE), "it has no 'character_profile'"),
        ({**topic(), PROFILE: {}}, "it has no 'character_profile.name'"),
        (asking(question("XX", "Who?", "Me.")), "point 'XX' is none of FR, VS"),
        (asking({"point": "FR", "question": "Who?", "clue": []}), r"no '.*QAs\[0\].answer'"),
        (asking(question("FR", "Who?", "Me.") | {"answer": None}), "answer must be a text, not None"),
        (asking(question("FR", "Who?", "Me.") | {"clue": "D1:1"}), "clue must be a list, not 'D1:1'"),
        ({**topic(), QUESTIONS: ["Who?"]}, r"QAs\[0\] must be an object, not 'Who\?'"),
        (with_round(user=GONE), f"it has no '{ROUND}.user'"),
        (with_round(assistant=None), f"{ROUND}.assistant must be a text, not None"),
        (with_round(image_caption="a dog"), f"{ROUND}.image_caption must be a list, not 'a dog'"),
        (with_round(image_id=[7]), f"{ROUND}.image_id must hold texts, not 7"),
        ({**topic(), SESSIONS: {}}, "multi_session_dialogues must be a list, not {}"),
        (twice(SESSIONS), "session_id 'D1' stands twice"),
        (twice(SESSIONS, 0, "dialogues"), "round 'D1:1' stands twice"),
        ([], r"the file must hold an object, not \[\]"),
    ],
)  # fmt: skip
def test_a_topic_of_another_version_is_refused_by_file_and_place(
    tmp_path: Path, raw: Any, told: str
) -> None:
    with pytest.raises(DataError, match=rf"{NAME}\.json is not a topic .*{told}.*; {AGAIN}$"):
        write(tmp_path, raw).items()


def test_half_a_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.json").write_text(json.dumps(topic())[:100], encoding="utf-8")
    with pytest.raises(DataError, match=rf"is no JSON .* a download that was cut; {AGAIN}"):
        Tiny(tmp_path).items()
    with pytest.raises(DataError, match=rf"{TOPICS[0]}\.json is missing.*type `toolkit data fetch"):
        MemGallery(tmp_path).items()


def test_a_session_without_a_word_is_a_session(tmp_path: Path) -> None:
    raw = topic()
    for one in raw[SESSIONS]:
        one["dialogues"] = []
    task = write(tmp_path, raw)
    [context] = task.contexts().values()
    assert [session["turns"] for session in context["sessions"]] == [[], []]
    answers = run(context, [item.input for item in task.items()], {}, None)
    assert {answer["answer"] for answer in answers} == {"No information available"}
    assert task.passages(NAME) == {}


def test_the_same_question_twice_is_two_items(tmp_path: Path) -> None:
    """The published data have such a row, which stands twice."""
    items = write(tmp_path, twice(QUESTIONS)).items()
    assert len({item.id for item in items}) == 6
    assert items[0].input == items[5].input


def test_half_a_download_is_told_in_two_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = study_files.load(STUDY).source
    assert source is not None
    folder = tmp_path / source.folder
    folder.mkdir()
    (folder / f"{TOPICS[0]}.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError) as refused:
        data.require(source)
    cut, missing = str(refused.value).splitlines()
    assert f"{TOPICS[0]}.json is not the published file" in cut
    assert f"19 of 20 files are missing from {folder}, the first is {TOPICS[1]}.json;" in missing
    assert "type `toolkit data fetch mem-gallery`" in missing


def test_bad_data_end_a_command_with_2_and_what_to_type(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mem-gallery"
    folder.mkdir(parents=True)
    for name in TOPICS[1:]:
        (folder / f"{name}.json").write_text("{", encoding="utf-8")
    for command in ("run", "compare"):
        done = cli(command, "mem-gallery", TOOLKIT_DATA_DIR=str(tmp_path / "data"))
        assert done.returncode == 2
        assert f"{TOPICS[0]}.json is missing; type `toolkit data fetch mem-gallery`" in done.stderr
        assert f"{TOPICS[1]}.json is not the published file" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_topic_of_another_version_ends_a_command_with_2(cli: Cli, tmp_path: Path) -> None:
    other = with_round(image_caption="a dog")
    study = gallery_studies.put(tmp_path, {NAME: other, "Other_Life": other_topic()})
    done = cli("run", str(study), TOOLKIT_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 2
    assert f"{NAME}.json is not a topic of Mem-Gallery as published: multi_session_dialogues" in (
        done.stderr
    )
    assert "Traceback" not in done.stderr
