"""A CLIP of a few numbers: a picture is its mean colour, a text the colours that it names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
WORDS = {"[UNK]": 0, **{name: number for number, name in enumerate(COLOURS, 1)}}
TABLE = np.array([[0.01] * 3, [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)


def save(path: Path, nodes: list[onnx.NodeProto], given: list[onnx.ValueInfoProto],
         made: onnx.ValueInfoProto, *constants: onnx.TensorProto) -> None:  # fmt: skip
    graph = helper.make_graph(nodes, "tiny", given, [made], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def vision(path: Path, *, asks: str = "pixel_values", gives: str = "image_embeds") -> None:
    """The mean colour of the pixels."""
    given = helper.make_tensor_value_info(asks, TensorProto.FLOAT, ["batch", 3, 8, 8])
    made = helper.make_tensor_value_info(gives, TensorProto.FLOAT, ["batch", 3])
    node = helper.make_node("ReduceMean", [asks], [gives], axes=[2, 3], keepdims=0)
    save(path, [node], [given], made)


def text(
    path: Path, *, asks: str = "input_ids", gives: str = "text_embeds", length: int | str = "length",
    masked: bool = False,
) -> None:  # fmt: skip
    """The mean of the words' colours; with a mask, which it adds to nothing."""
    shape = ["batch", length]
    given = [helper.make_tensor_value_info(asks, TensorProto.INT64, shape)]
    if masked:
        given.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, shape))
    made = helper.make_tensor_value_info(gives, TensorProto.FLOAT, ["batch", 3])
    nodes = [
        helper.make_node("Gather", ["table", asks], ["words"]),
        helper.make_node("ReduceMean", ["words"], [gives], axes=[1], keepdims=0),
    ]
    save(path, nodes, given, made, numpy_helper.from_array(TABLE, "table"))


def flat(path: Path) -> None:
    """An export without projection: all that it gives is a row a patch."""
    given = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, 8, 8])
    made = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", 3, 8, 8])
    save(
        path, [helper.make_node("Identity", ["pixel_values"], ["last_hidden_state"])], [given], made
    )


def tokenizer(path: Path) -> None:
    found = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    found.pre_tokenizer = pre_tokenizers.Whitespace()
    found.save(str(path))


def put(folder: Path) -> Path:
    """A whole CLIP in a folder, laid out as transformers.js has it."""
    vision(folder / "onnx" / "vision_model.onnx")
    text(folder / "onnx" / "text_model.onnx", masked=True)
    tokenizer(folder / "tokenizer.json")
    told = {"size": {"shortest_edge": 8}, "crop_size": {"height": 8, "width": 8},
            "image_mean": [0, 0, 0], "image_std": [1, 1, 1], "resample": 3}  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    return folder


def paint(path: Path, colour: str, size: tuple[int, int] = (12, 9)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[colour]).save(path)
