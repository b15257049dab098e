"""Talks for the memory under study, and the program after repairs."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

FAULTS = ROOT / "studies" / "faults"

PATCHES = sorted(FAULTS.glob("*.patch"))

Run = Callable[..., list[dict[str, Any]]]


def turn(id: str, speaker: str, text: str, **shared: Any) -> dict[str, Any]:
    return {"id": id, "speaker": speaker, "text": text, **shared}


def talk(*turns: dict[str, Any], date: str = "1:56 pm on 8 May, 2023") -> dict[str, Any]:
    """A conversation of one session."""
    session = {"id": "D1", "date": date, "turns": list(turns)}
    return {"speakers": ["Ann", "Ben"], "sessions": [session]}


@pytest.fixture
def repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """repaired(1, 3) -> run of a copy to which these patches were applied."""

    def make(*numbers: int) -> Run:
        tree = tmp_path / "-".join(map(str, numbers))
        shutil.copytree(ROOT / "memory_baseline", tree / "memory_baseline")
        for number in numbers:
            apply(PATCHES[number - 1], tree)
        for name in [name for name in sys.modules if name.startswith("memory_baseline")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tree)
        module = importlib.import_module("memory_baseline.pipeline")
        assert Path(module.__file__ or "").is_relative_to(tree)
        return module.run  # type: ignore[no-any-return]

    yield make
    for name in [name for name in sys.modules if name.startswith("memory_baseline")]:
        del sys.modules[name]  # monkeypatch then restores the pristine ones


def apply(patch: Path, tree: Path) -> None:
    # without the ceiling git takes a repository further up for the patch's root
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    subprocess.run(["git", "apply", str(patch)], cwd=tree, env=environment, check=True)
