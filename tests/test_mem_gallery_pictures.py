"""Mem-Gallery with its pictures: a CLIP of a few numbers runs for real, by ONNX."""
# ruff: noqa: E402 - what follows needs packages that not everybody has

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

for package in ("onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(package, reason="needs the extra `pictures`, and onnx to build a model")

import gallery_studies
import numpy as np
import tiny_clip
from mem_gallery_topics import NAME, other_topic, topic

from memory_baseline.pipeline import run as plain_run
from studies.mem_gallery.pictures import task as pictures
from studies.mem_gallery.pictures.clip import Clip
from studies.mem_gallery.task import CAPTIONS_ONLY, MemGallery
from studies.mem_gallery.topics import QUESTIONS, SESSIONS
from toolkit import DataError
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
SHOWN = ["red", "green", "blue"]


class Tiny(pictures.WithPictures):
    topics = (NAME,)


class Plain(MemGallery):
    topics = (NAME,)


def coloured() -> dict[str, Any]:
    """A topic with a picture in each round of the second session, of which no word tells."""
    raw = topic()
    rounds = [
        {"round": f"D2:{n}", "user": "Look!", "assistant": "I see.", "image_id": [f"D2:IMG_00{n}"],
         "input_image": [f"../image/{NAME}/D2_IMG_00{n}.jpg"], "image_caption": [None]}
        for n in (1, 2, 3)
    ]  # fmt: skip
    raw[SESSIONS][1]["dialogues"] = rounds
    raw[QUESTIONS][4]["question_image"] = f"../image/{NAME}/QA_IMG_001.png"
    raw[QUESTIONS][2]["question"] = "Which pictures are green ?"
    return raw


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a study with images and a CLIP; the folder that both lie in."""
    gallery_studies.put(
        tmp_path, {NAME: coloured(), "Other_Life": other_topic()}, like="pictures/study.toml"
    )
    images = tmp_path / "data" / "mem-gallery" / "images" / NAME
    for number, colour in enumerate(SHOWN, 1):
        tiny_clip.paint(images / f"D2_IMG_00{number}.jpg", colour)
    tiny_clip.paint(images / "QA_IMG_001.png", "blue")
    monkeypatch.setenv("TOOLKIT_CLIP_DIR", str(tiny_clip.put(tmp_path / "clip")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path / "data"))
    pictures.images.cache_clear()
    pictures._models.cache_clear()
    return tmp_path


def around(there: Path, **more: str) -> dict[str, str]:
    """Variables of a command, which has none of the test's own TOOLKIT_*."""
    named = {"TOOLKIT_DATA_DIR": str(there / "data"), "TOOLKIT_CLIP_DIR": str(there / "clip")}
    return {**named, "XDG_CACHE_HOME": str(there / "cache"), **more}


def task(there: Path) -> Tiny:
    """A task that has read nothing yet."""
    pictures.images.cache_clear()
    pictures._models.cache_clear()
    return Tiny(there / "data" / "mem-gallery")


def test_a_picture_is_near_the_text_that_names_its_colour(there: Path) -> None:
    clip = Clip(there / "clip")
    folder = there / "data" / "mem-gallery" / "images" / NAME
    seen = np.array([clip.picture(folder / f"D2_IMG_00{n}.jpg") for n in (1, 2, 3)])
    told = np.array([clip.text(f"it is {colour}") for colour in SHOWN])
    assert (seen @ told.T).argmax(axis=0).tolist() == [0, 1, 2]
    assert np.linalg.norm([*seen, *told], axis=1) == pytest.approx(1, abs=1e-6)


def test_vectors_come_with_the_conversation_and_ids_with_the_questions(there: Path) -> None:
    found = task(there)
    [context] = found.contexts().values()
    vectors, items = context["vectors"], found.items()
    asked = items[4].input
    assert asked == {"text": "Who is this?", "caption": "a brown dog, running",
                     "picture": asked["picture"]}  # fmt: skip
    assert set(vectors["pictures"]) == {"D2:IMG_001", "D2:IMG_002", "D2:IMG_003", asked["picture"]}
    assert np.argmax(vectors["pictures"][asked["picture"]]) == 2  # blue
    assert set(vectors["texts"]) == {item.input["text"] for item in items}
    assert list(vectors["texts"]) == sorted(vectors["texts"])
    assert list(vectors["pictures"]) == sorted(vectors["pictures"])
    assert found.lacks == ()
    assert "vectors" not in found.empty(context)


def test_an_id_of_a_questions_picture_is_not_its_place_in_the_file(there: Path) -> None:
    found = task(there)
    shown = json.dumps([*found.contexts().values(), [item.input for item in found.items()]])
    for word in ("QA_IMG", ".png", ".jpg", "hound", NAME):
        assert word not in shown, word


def test_the_program_retrieves_by_what_a_picture_shows(cli: Cli, there: Path) -> None:
    study = str(there / "study" / "study.toml")

    def retrieved(*more: str) -> tuple[list[str], str]:
        rows = there / "rows.jsonl"
        done = cli("run", study, "--outputs", str(rows), "--set", "top_k=1", "--set", "window=1",
                   "--set", "stride=1", *more, **around(there))  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        found = {
            row["item"]: row["output"] for row in map(json.loads, rows.read_text().splitlines())
        }
        assert all(len(one["retrieved"]) == 1 for one in found.values())
        return found[f"{NAME}:2"]["retrieved"] + found[f"{NAME}:4"]["retrieved"], done.stderr

    seen, told = retrieved("--set", "picture_weight=2")
    assert seen == ["D2:2", "D2:3"]  # the green one, and the one like the blue picture
    assert "embedding 4 pictures, once" in told
    assert "tiny-gallery: 2 of 6 pictures have captions only: no image file" in told
    unseen, told = retrieved("--set", "picture_weight=0")
    assert unseen != ["D2:2", "D2:3"]
    assert "embedding" not in told  # they were kept


def test_only_a_picture_that_was_changed_is_embedded_anew(
    there: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    task(there).contexts()
    assert "embedding 4 pictures, once" in capfd.readouterr().err
    before = Tiny.found_here(there / "data" / "mem-gallery")
    tiny_clip.paint(there / "data/mem-gallery/images" / NAME / "D2_IMG_001.jpg", "green", (7, 30))
    [context] = task(there).contexts().values()
    assert "embedding 1 pictures, once" in capfd.readouterr().err
    assert np.argmax(context["vectors"]["pictures"]["D2:IMG_001"]) == 1
    assert Tiny.found_here(there / "data" / "mem-gallery") != before  # and so is the study's digest


def test_half_a_cache_is_made_anew(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = task(there).contexts()
    [kept] = (there / "cache").rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    capfd.readouterr()
    assert task(there).contexts() == first
    assert "embedding 4 pictures" in capfd.readouterr().err


def test_the_digest_of_the_study_follows_pictures_and_models(there: Path) -> None:
    def digest() -> str:
        pictures.images.cache_clear()
        pictures._models.cache_clear()
        return study_files.load(there / "study" / "study.toml").digest

    first = digest()
    tiny_clip.paint(there / "data/mem-gallery/images" / NAME / "D2_IMG_001.jpg", "blue")
    second = digest()
    tiny_clip.text(there / "clip" / "onnx" / "text_model.onnx")
    assert len({first, second, digest()}) == 3


@pytest.mark.parametrize("missing", ["images", "weights", "packages"])
def test_without_one_of_three_it_goes_by_captions_and_says_why(
    missing: str, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "images": "there is no folder mem-gallery/images",
        "weights": "TOOLKIT_CLIP_DIR names no folder with a CLIP",
        "packages": "pip install 'autoresearch-toolkit[pictures]'",
    }[missing]
    if missing == "images":
        (there / "data/mem-gallery/images").rename(there / "elsewhere")
    elif missing == "weights":
        monkeypatch.delenv("TOOLKIT_CLIP_DIR")
    else:
        monkeypatch.setattr("studies.mem_gallery.pictures.clip.PACKAGES", ("no_such_package",))
    found = task(there)
    [said] = found.lacks
    assert said.startswith("captions only: ")
    assert told in said
    [context] = found.contexts().values()
    assert "vectors" not in context
    assert all("picture" not in item.input for item in found.items())
    assert Tiny.found_here(found.folder) == {}


def test_by_captions_it_answers_as_the_program_without_pictures(cli: Cli, there: Path) -> None:
    study, rows = str(there / "study" / "study.toml"), there / "rows.jsonl"
    done = cli("run", study, "--outputs", str(rows), **around(there, TOOLKIT_CLIP_DIR=""))
    assert "captions only: no vector of a picture is used, for TOOLKIT_CLIP_DIR" in done.stderr
    found = {row["item"]: row["output"] for row in map(json.loads, rows.read_text().splitlines())}
    plain = Plain(there / "data" / "mem-gallery")
    [context] = plain.contexts().values()
    answers = plain_run(context, [item.input for item in plain.items()], {}, None)
    assert [found[item.id] for item in plain.items()] == answers


def test_pictures_without_a_file_are_counted(there: Path) -> None:
    (there / "data/mem-gallery/images" / NAME / "D2_IMG_003.jpg").unlink()
    found = task(there)
    assert found.lacks == ("1 of 4 pictures have captions only: no image file",)
    [context] = found.contexts().values()
    assert "D2:IMG_003" not in context["vectors"]["pictures"]


def broken_picture(there: Path) -> None:
    (there / "data/mem-gallery/images" / NAME / "D2_IMG_002.jpg").write_bytes(b"\xff\xd8\xff no")


def half_a_picture(there: Path) -> None:
    file = there / "data/mem-gallery/images" / NAME / "QA_IMG_001.png"
    file.write_bytes(file.read_bytes()[:45])


def no_text_model(there: Path) -> None:
    (there / "clip" / "onnx" / "text_model.onnx").unlink()


def broken_model(there: Path) -> None:
    (there / "clip" / "onnx" / "vision_model.onnx").write_bytes(b"no model")


def no_projection(there: Path) -> None:
    tiny_clip.flat(there / "clip" / "onnx" / "vision_model.onnx")


def broken_tokenizer(there: Path) -> None:
    (there / "clip" / "tokenizer.json").write_text("{}")


def other_size(there: Path) -> None:
    (there / "clip" / "preprocessor_config.json").write_text('{"size": 16}')


def broken_settings(there: Path) -> None:
    (there / "clip" / "preprocessor_config.json").write_text("[")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (broken_picture, r"D2_IMG_002\.jpg is no image that can be read"),
        (half_a_picture, r"QA_IMG_001\.png is no image that can be read"),
        (no_text_model, r"clip holds no text_model\.onnx: TOOLKIT_CLIP_DIR must name a folder"),
        (broken_model, r"vision_model\.onnx is no ONNX model that can be loaded"),
        (no_projection, r"vision_model\.onnx gives no vector .*export it with projection"),
        (broken_tokenizer, r"tokenizer\.json is no tokenizer"),
        (other_size, r"vision_model\.onnx cannot be run"),
        (broken_settings, r"preprocessor_config\.json is no JSON"),
    ],
)
def test_what_does_not_do_is_told_by_its_file(
    spoil: Callable[[Path], None], told: str, there: Path
) -> None:
    spoil(there)
    with pytest.raises(DataError, match=told):
        task(there).contexts()


def test_a_folder_that_is_none_stops_the_command(cli: Cli, there: Path) -> None:
    spoilt = around(there, TOOLKIT_CLIP_DIR="/nowhere")
    done = cli("run", str(there / "study" / "study.toml"), **spoilt)
    assert done.returncode == 2
    assert "TOOLKIT_CLIP_DIR='/nowhere' is no folder; name one with a CLIP" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_export_with_names_and_a_length_of_its_own_does_as_well(there: Path) -> None:
    """As of open_clip: one input, one output, 77 tokens."""
    clip, usual = there / "clip" / "onnx", Clip(there / "clip").text("green")
    tiny_clip.vision(clip / "vision_model.onnx", asks="input", gives="output")
    tiny_clip.text(clip / "text_model.onnx", asks="input", gives="output", length=77)
    found = Clip(there / "clip")
    assert np.argmax(found.text("green")) == np.argmax(usual) == 1
    folder = there / "data" / "mem-gallery" / "images" / NAME
    assert np.argmax(found.picture(folder / "D2_IMG_001.jpg")) == 0


def test_mem_gallery_itself_goes_by_captions_whatever_lies_there(there: Path) -> None:
    found = MemGallery(there / "data" / "mem-gallery")
    assert found.lacks == (CAPTIONS_ONLY,) and CAPTIONS_ONLY.startswith("captions only: ")
