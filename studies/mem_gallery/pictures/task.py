"""Mem-Gallery whose conversations come with vectors of their pictures, where they can be made.

There must be image files, the packages of the extra `pictures`, and the weights of a CLIP. Where
one of them is missing the task is Mem-Gallery by captions, and says which.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from studies.mem_gallery.pictures.clip import Clip, digests, lacking
from studies.mem_gallery.pictures.vectors import Kept, of_text
from studies.mem_gallery.task import MemGallery, asked
from studies.mem_gallery.topics import place
from toolkit import DataError, Item

VARIABLE = "TOOLKIT_CLIP_DIR"
IMAGES = "images"
CAPTIONS_ONLY = "captions only: no vector of a picture is used, for "
Vectors = Mapping[str, list[float]]


class WithPictures(MemGallery):
    """data: the folder of the topics, which may hold `images/TOPIC/FILE`."""

    @property
    def lacks(self) -> Sequence[str]:  # type: ignore[override]
        if why := reason(self.folder):
            return (f"{CAPTIONS_ONLY}{why}",)
        there, named = len(self._named & self._images.keys()), len(self._named)
        if there < named:
            return (f"{named - there:,} of {named:,} pictures have captions only: no image file",)
        return ()

    @classmethod
    def found_here(cls, folder: Path) -> Mapping[str, str]:
        """Digests of the models and of all image files; none where no vector can be made."""
        if reason(folder):
            return {}
        return {"clip": of_all(models()), "images": of_all(images(folder))}

    def contexts(self) -> Mapping[str, Any]:
        """{topic: conversation}, with "vectors": {"pictures": {id: vector}, "texts": {text: …}}.

        Those of questions are named by their text and by the "picture" that they come with: in an
        input vectors would fill the page of whoever looks at it.
        """
        found = super().contexts()
        if reason(self.folder):
            return found
        return {name: {**one, "vectors": self._vectors(name)} for name, one in found.items()}

    def items(self) -> Sequence[Item]:
        return [Item(id, name, self._asked(qa)) for id, name, qa in self._questions()]

    def empty(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        bare = super().empty(context)
        return {name: value for name, value in bare.items() if name != "vectors"}

    def _asked(self, qa: Mapping[str, Any]) -> dict[str, str]:
        """A question, with an id of its picture that tells nothing: the digest of the file."""
        digest = self._images.get(place(qa.get("question_image") or ""), "")
        return {**asked(qa), **({"picture": digest[:12]} if digest else {})}

    def _vectors(self, topic: str) -> dict[str, Vectors]:
        """Vectors of one topic, in an order that tells nothing of the questions'."""
        read, images = self.read[topic], self._images
        ids = {id: images[file] for id, file in read.pictures.items() if file in images}
        shown = {place(qa.get("question_image") or "") for qa in read.questions}
        ids |= {images[file][:12]: images[file] for file in sorted(shown) if file in images}
        texts = sorted({qa["question"] for qa in read.questions})
        return {
            "pictures": {id: self._embedded[digest] for id, digest in sorted(ids.items())},
            "texts": {text: self._embedded[of_text(text)] for text in texts},
        }

    @cached_property
    def _images(self) -> Mapping[str, str]:
        """{TOPIC/FILE: digest} of the image files; none where no vector can be made."""
        return {} if reason(self.folder) else images(self.folder)

    @cached_property
    def _named(self) -> set[str]:
        """TOPIC/FILE of every picture that the topics name."""
        of_questions = (qa.get("question_image") for _, _, qa in self._questions())
        found = {place(name) for name in of_questions if name}
        return found.union(*(topic.pictures.values() for topic in self.read.values()))

    @cached_property
    def _embedded(self) -> Vectors:
        """{digest of a picture or a text: vector}"""
        clip, folder = Clip(weights()), self.folder / IMAGES
        files = sorted(self._named & self._images.keys())
        pictures = {self._images[file]: partial(clip.picture, folder / file) for file in files}
        asked = sorted({qa["question"] for _, _, qa in self._questions()})
        texts = {of_text(text): partial(clip.text, text) for text in asked}
        kept = Kept(of_all(models()))
        return {**kept.all(pictures, "pictures"), **kept.all(texts, "questions")}


def reason(folder: Path) -> str:
    """Why no vector can be made, to follow "for"; "" where they can."""
    if not (folder / IMAGES).is_dir():
        return f"there is no folder {folder.name}/{IMAGES} in the data folder"
    if not os.environ.get(VARIABLE):
        return f"{VARIABLE} names no folder with a CLIP (docs/mem-gallery.md)"
    if missing := lacking():
        return (
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed: type "
            "`pip install 'autoresearch-toolkit[pictures]'`"
        )
    return ""


def weights() -> Path:
    """The folder that the user names; raises DataError where it is none."""
    found = Path(os.environ[VARIABLE]).expanduser()
    if not found.is_dir():
        raise DataError(
            f"{VARIABLE}={str(found)!r} is no folder; name one with a CLIP that was exported to "
            "ONNX, or unset it to go by captions"
        )
    return found


def models() -> Mapping[str, str]:
    """{name: digest} of the model's files; raises DataError where one is missing."""
    return _models(weights())


@lru_cache(maxsize=4)
def _models(folder: Path) -> Mapping[str, str]:
    return digests(Clip(folder).files)


@lru_cache(maxsize=4)
def images(folder: Path) -> Mapping[str, str]:
    """{TOPIC/FILE: digest} of every image file; each is read once by a command."""
    home = folder / IMAGES
    found = sorted(path for path in home.glob("*/*") if path.is_file())
    return {
        path.relative_to(home).as_posix(): next(iter(digests([path]).values())) for path in found
    }


def of_all(parts: Mapping[str, str]) -> str:
    """One digest of many."""
    return hashlib.sha256(json.dumps(sorted(parts.items())).encode()).hexdigest()
