"""A CLIP that was exported to ONNX: pictures and texts become vectors of one space.

The weights are the user's. A folder holds them as transformers.js and optimum lay them out:
`vision_model.onnx` and `text_model.onnx` (or both below `onnx/`), `tokenizer.json`, and
`preprocessor_config.json`, without which CLIP's own size, mean and deviation are taken. Names of
inputs and outputs are read off the models, so that an export of open_clip does as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from toolkit import DataError

PACKAGES = ("onnxruntime", "PIL", "tokenizers")
VISION, TEXT, TOKENS, SHAPE = (
    "vision_model.onnx", "text_model.onnx", "tokenizer.json", "preprocessor_config.json",
)  # fmt: skip
SIZE = 224
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
MOST_TOKENS = 77
EMBEDDED = ("image_embeds", "text_embeds")
TYPES = {"tensor(float16)": np.float16, "tensor(int32)": np.int32, "tensor(int64)": np.int64}
"""types of a model's inputs that are not float32"""


def lacking() -> list[str]:
    """Packages of the extra `pictures` that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


class Clip:
    """The models of one folder; raises DataError naming the file that does not do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = [self._find(name) for name in (VISION, TEXT, TOKENS)]
        shape = folder / SHAPE
        self.files += [shape] if shape.is_file() else []

    def _find(self, name: str) -> Path:
        for path in (self.folder / name, self.folder / "onnx" / name):
            if path.is_file():
                return path
        raise DataError(
            f"{self.folder} holds no {name}: TOOLKIT_CLIP_DIR must name a folder with {VISION}, "
            f"{TEXT} and {TOKENS} (docs/mem-gallery.md)"
        )

    def picture(self, path: Path) -> np.ndarray:
        """Vector of one image file, of unit length."""
        from PIL import Image

        try:
            with Image.open(path) as image:
                pixels = self.pixels(image.convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(f"{path} is no image that can be read: {error}") from error
        return self._run(self._vision, self.files[0], {"pixel_values": pixels[None]})

    def pixels(self, image: Any) -> np.ndarray:
        """Shape (3, size, size): the middle of a picture whose shorter edge was fitted."""
        from PIL import Image

        size, shape = side(self.shape.get("crop_size", self.shape.get("size"))), image.size
        scale = side(self.shape.get("size")) / min(shape)
        fitted = [max(size, round(edge * scale)) for edge in shape]
        image = image.resize(fitted, Image.Resampling(self.shape.get("resample", 3)))
        left, top = ((edge - size) // 2 for edge in fitted)
        found = np.asarray(image.crop((left, top, left + size, top + size)), dtype=np.float32) / 255
        mean = self.shape.get("image_mean", MEAN)
        deviation = self.shape.get("image_std", DEVIATION)
        scaled = (found - np.float32(mean)) / np.float32(deviation)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))

    def text(self, text: str) -> np.ndarray:
        """Vector of one text, of unit length; of a long one its first tokens count."""
        ids = self._tokens.encode(text).ids
        wanted = next(one.shape[-1] for one in self._text.get_inputs())
        room = max(wanted - len(ids), 0) if isinstance(wanted, int) else 0
        row = np.pad(np.array([ids]), ((0, 0), (0, room)))
        mask = np.pad(np.ones((1, len(ids)), dtype=int), ((0, 0), (0, room)))
        return self._run(self._text, self.files[1], {"input_ids": row, "attention_mask": mask})

    @cached_property
    def shape(self) -> Mapping[str, Any]:
        """Settings of preprocessor_config.json; empty where there is none."""
        path = self.folder / SHAPE
        try:
            found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        except ValueError as error:
            raise DataError(f"{path} is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise DataError(f"{path} must hold an object")
        return found

    @cached_property
    def _vision(self) -> Any:
        return self._session(self.files[0])

    @cached_property
    def _text(self) -> Any:
        return self._session(self.files[1])

    @cached_property
    def _tokens(self) -> Any:
        from tokenizers import Tokenizer

        try:
            found = Tokenizer.from_file(str(self.files[2]))
        except Exception as error:  # the package raises no kind of its own
            raise DataError(f"{self.files[2]} is no tokenizer: {error}") from error
        found.no_padding()
        found.enable_truncation(MOST_TOKENS)
        return found

    def _session(self, path: Path) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # its warnings are about the export, and many
        try:
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # each fault has a class of its own
            raise DataError(f"{path} is no ONNX model that can be loaded: {error}") from error

    def _run(self, session: Any, path: Path, given: Mapping[str, np.ndarray]) -> np.ndarray:
        """The embedding that a model gives, one case at a time: a batch moves the last digits."""
        fed = handed(session, path, given)
        name = embedding(session, path)
        try:
            [found] = session.run([name], fed)
        except Exception as error:
            raise DataError(f"{path} cannot be run: {error}") from error
        vector = np.asarray(found, dtype=np.float32).reshape(-1)
        return vector / max(float(np.linalg.norm(vector)), 1e-12)


def handed(session: Any, path: Path, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays under the names that a model asks for; its only input may have a name of its own."""
    inputs = session.get_inputs()
    if len(inputs) == 1:
        given = {inputs[0].name: next(iter(given.values())), **given}
    lost = [one.name for one in inputs if one.name not in given]
    if lost:
        raise DataError(f"{path} asks for {', '.join(lost)}; known are {', '.join(given)}")
    return {one.name: given[one.name].astype(TYPES.get(one.type, np.float32)) for one in inputs}


def embedding(session: Any, path: Path) -> str:
    """Name of a model's output that is a vector a case."""
    outputs = session.get_outputs()
    named = [one.name for one in outputs if one.name in EMBEDDED]
    flat = [one.name for one in outputs if len(one.shape) == 2]
    if not (named or flat):
        told = ", ".join(f"{one.name} {one.shape}" for one in outputs)
        raise DataError(f"{path} gives no vector (its outputs: {told}); export it with projection")
    return str((named or flat)[0])


def side(size: Any) -> int:
    """A size as preprocessor_config.json may have it: 224, {"shortest_edge": 224}, {"height": …}"""
    if isinstance(size, Mapping):
        size = size.get("shortest_edge", size.get("height"))
    return int(size or SIZE)


def digests(files: Sequence[Path]) -> dict[str, str]:
    """{name: SHA-256 of the content}"""
    import hashlib

    found = {}
    for path in files:
        with path.open("rb") as stream:
            found[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found
