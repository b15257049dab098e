"""The notebook of the docs runs as it stands, and shows what is stored in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import notebooks
import pytest
from conftest import ROOT

from toolkit.plots import __all__ as pictures
from toolkit.runs import frames

PATH = ROOT / "docs" / "a-run-in-python.ipynb"
PAGE = (ROOT / "docs" / "python.md").read_text()


def texts(outputs: list[dict[str, Any]]) -> str:
    return "".join(
        "".join(one.get("text", one.get("data", {}).get("text/plain", ""))) for one in outputs
    )


@pytest.mark.slow
def test_the_notebook_runs_and_shows_what_is_stored(tmp_path: Path) -> None:
    notebook = notebooks.read(PATH)
    shown = notebooks.execute(notebook, tmp_path)
    for cell, outputs in zip(notebooks.code(notebook), shown, strict=True):
        assert texts(outputs).split() == texts(cell["outputs"]).split()
        assert [one["output_type"] for one in outputs] == [
            one["output_type"] for one in cell["outputs"]
        ]


def test_its_stored_outputs_are_small_and_name_no_machine() -> None:
    assert PATH.stat().st_size < 150_000
    notebook = notebooks.read(PATH)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)
    told = json.dumps([texts(cell["outputs"]) for cell in notebooks.code(notebook)])
    assert not re.search(r"/(home|root|tmp|work|Users)/", told)
    assert sum(bool(cell["outputs"]) for cell in notebooks.code(notebook)) >= 10


def test_the_page_names_every_column_and_every_picture() -> None:
    columns = {*frames.TRIALS, *frames.ITEMS, *frames.LOOKS, *frames.CELLS, *frames.STANDINGS,
               *frames.PAIRS, *frames.OF_PART, *frames.FIGURES, *pictures}  # fmt: skip
    assert [name for name in sorted(columns) if f"`{name}`" not in PAGE] == []
