"""Talks for the memory under study, and the program after repairs."""

from __future__ import annotations

import importlib
import os
import random
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


def chatter(sessions: int = 6, turns: int = 10) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A conversation of random words, and questions in the same words."""
    rng = random.Random(0)
    names = ("Ann", "Ben")
    words = [a + b + c for a in ("ba", "ko", "mi") for b in ("tu", "ze", "lo") for c in "lmnprstv"]
    weights = [1 / rank for rank in range(1, len(words) + 1)]  # few are frequent, many are rare

    def say(count: int) -> str:
        return " ".join(rng.choices(words, weights, k=count))

    said = [
        {
            "id": f"D{s}",
            "date": f"1:56 pm on {s} May, 2023",
            "turns": [turn(f"D{s}:{t}", rng.choice(names), say(3 + t)) for t in range(turns)],
        }
        for s in range(1, sessions + 1)
    ]
    asked = [{"text": f"What did {rng.choice(names)} say of {say(4)}?"} for _ in range(30)]
    return {"speakers": list(names), "sessions": said}, asked


@pytest.fixture
def repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """repaired(1, 3) -> run of a copy to which these patches were applied."""

    def make(*numbers: int) -> Run:
        tree = tmp_path / "-".join(map(str, numbers))
        shutil.copytree(ROOT / "memory_baseline", tree / "memory_baseline")
        for number in numbers:
            apply(PATCHES[number - 1], tree)
        return imported(tree, monkeypatch)

    yield make
    forget()


def imported(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run` of the memory baseline in a tree; call forget() before monkeypatch takes back."""
    for name in loaded():
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tree)
    module = importlib.import_module("memory_baseline.pipeline")
    assert Path(module.__file__ or "").is_relative_to(tree)
    return module.run  # type: ignore[no-any-return]


def forget() -> None:
    """Drop the modules that were imported; monkeypatch then restores the pristine ones."""
    for name in loaded():
        del sys.modules[name]


def loaded() -> list[str]:
    return [name for name in sys.modules if name.startswith("memory_baseline")]


def apply(patch: Path, tree: Path) -> None:
    # without the ceiling git takes a repository further up for the patch's root
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    subprocess.run(["git", "apply", str(patch)], cwd=tree, env=environment, check=True)
