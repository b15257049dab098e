"""The bound on CPU time that the kernel drops: of processes that ended between two looks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import toolkit.evaluators

TICKS_S = 2 / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def unwaited(monkeypatch: pytest.MonkeyPatch) -> type:
    """The class, from the folder that the sandbox runs."""
    folder = Path(toolkit.evaluators.__file__).parent / "sandbox"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.delitem(sys.modules, "unwaited", raising=False)
    from unwaited import Unwaited  # type: ignore[import-not-found]

    return Unwaited


def test_what_started_and_ended_between_two_looks_is_charged_the_time_between_them(
    unwaited: type,
) -> None:
    one = unwaited(looked=0.0)
    command = frozenset({(1, 1)})
    one.look(command, 0.02)
    assert one.unseen_s == 0
    one.started += 1
    one.look(command, 0.05)
    assert one.unseen_s == pytest.approx(0.03)
    one.started += 9
    one.look(command, 0.07)  # no more than two of the nine can have run at a time
    assert one.unseen_s == pytest.approx(0.03 + 2 * 0.02)


def test_what_was_seen_and_is_gone_is_charged_the_time_since_and_what_was_rounded_off(
    unwaited: type,
) -> None:
    one = unwaited(looked=0.0)
    one.started += 1
    one.look(frozenset({(1, 1), (2, 1)}), 0.02)
    one.look(frozenset({(1, 1)}), 0.05)
    assert one.unseen_s == pytest.approx(0.03 + TICKS_S)


def test_a_process_that_is_seen_late_is_not_charged_twice(unwaited: type) -> None:
    one = unwaited(looked=0.0)
    one.look(frozenset({(1, 1)}), 0.02)
    one.started += 1
    one.look(frozenset({(1, 1)}), 0.04)
    one.look(frozenset({(1, 1), (2, 4)}), 0.06)
    one.started += 1
    one.look(frozenset({(1, 1), (2, 4)}), 0.08)
    assert one.unseen_s == pytest.approx(0.02)
