"""Work folders of evaluators that were killed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from toolkit.evaluators import workcopy

DAYS = 2 * 24 * 3600.0


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def aged(folder: Path) -> Path:
    then = time.time() - DAYS
    os.utime(folder, (then, then))
    return folder


def test_what_a_killed_evaluator_left_is_removed_by_the_next_one(temporary: Path) -> None:
    killed, held = workcopy.work_folder()
    (killed / "copy").mkdir()
    held.close()  # as the kernel does at a kill
    older = temporary / f"{workcopy.WORK}of-an-earlier-version"
    older.mkdir()
    aged(killed), aged(older)
    mine, held = workcopy.work_folder()
    held.close()
    assert list(temporary.iterdir()) == [mine]


def test_a_folder_that_is_held_or_young_or_a_link_stays(temporary: Path) -> None:
    working, held = workcopy.work_folder()
    young, ended = workcopy.work_folder()
    ended.close()
    aged(working)
    other = temporary / "other"
    other.mkdir()
    link = temporary / f"{workcopy.WORK}link"
    link.symlink_to(other)
    os.utime(link, (0, 0), follow_symlinks=False)
    workcopy.sweep(temporary)
    held.close()
    assert set(temporary.iterdir()) == {working, young, other, link}
