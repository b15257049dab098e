"""The toy study's task with its parts replaced, and what a study says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TOY

from toolkit.errors import StudyError
from toolkit.study import study as study_files

TASK = (TOY / "task.py").read_text()

ITEMS = 'toolkit.Item(f"{cluster}:{number}", cluster, {"text": f"question {number}"})'

VAULT = 'toolkit.Vault(gold, score, counted=["number"], best=1.0)'

FLOORS = '{"no number": {"answer": "no"}, "half": {"answer": "0.5"}}'

CONTEXT = '{cluster: {"offset": i / 100} for i, cluster in enumerate(CLUSTERS)}'


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """The toy study with some texts of its task replaced."""
    text = TASK
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "task.py").write_text(text)
    return folder


def told(folder: Path) -> str:
    """What the study's error says, at load or where its task is opened."""
    with pytest.raises(StudyError) as caught:
        study_files.load(folder).task()
    return str(caught.value)
