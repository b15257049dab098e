"""Gains that the metric shaped: parts that another rule does not see, by hand on the quotes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from viewed_studies import compared, lay, tries

from toolkit.evaluators.local import LocalEvaluator
from toolkit.report import shaped
from toolkit.report import tables as report_tables
from toolkit.report.summary import summarise

Figure = tuple[float | None, float | None, float | None]
SHORT, LONG = {"n": 2}, {"n": 5}


@pytest.fixture
def summary(tmp_path: Path, evaluator: LocalEvaluator) -> Callable[..., dict[str, Any]]:
    """summary(cell, …, default=…) -> summary.json of a comparison of the quotes, attributed."""

    def make(*cells: Any, default: int = 1, after: str = "full") -> dict[str, Any]:
        study = lay(tmp_path / "quotes", default=default)
        return summarise(compared(study, tmp_path / "run", evaluator, cells, after))

    return make


def test_parts_whose_gain_another_rule_does_not_see_are_shaped_by_the_metric(
    summary: Callable[..., dict[str, Any]],
) -> None:
    """From the whole context to its first five words: F1 1/2 to 3/4, recall 1 as before."""
    found = summary(tries("f1", [LONG]), default=9)
    by = found["attribution"]["cells"]["f1-0"]["shaped"]["recall"]
    assert by == {
        "parts": ["n"], "by_score": pytest.approx(1 / 4), "by_view": pytest.approx(0),
        "less": pytest.approx(1 / 4), "fraction": pytest.approx(1),
        "whole": pytest.approx(1 / 4),
    }  # fmt: skip
    told = " ".join(report_tables.text(found, 400).split())
    line = (
        "shaped by the metric: 1 part (n=5) with +0.250 by the score, 100% of the gain; by recall "
        "+0.000 of it is there"
    )
    assert line in told
    assert "+0.250 of its gain are shaped by the metric" in " ".join(found["verdict_short"])


def test_a_part_that_another_rule_values_as_well_is_not_shaped_by_the_metric(
    summary: Callable[..., dict[str, Any]],
) -> None:
    found = summary(tries("f1", [SHORT]))
    by = found["attribution"]["cells"]["f1-0"]["shaped"]["recall"]
    assert (by["parts"], by["by_score"], by["less"]) == ([], 0, 0)
    assert "shaped by the metric" not in report_tables.text(found, 400)
    assert "shaped by the metric" not in " ".join(found["verdict_short"])


@pytest.mark.parametrize(
    ("value", "seen", "vanishes"),
    [
        ((0.1, 0.05, 0.15), (0.04, -0.01, 0.09), True),
        ((0.1, 0.05, 0.15), (-0.04, -0.09, -0.01), True),
        ((0.1, 0.05, 0.15), (0.06, -0.01, 0.13), False),
        ((0.1, 0.05, 0.15), (0.04, 0.01, 0.07), False),
        ((0.1, -0.05, 0.25), (0.0, -0.1, 0.1), False),
        ((0.1, None, None), (0.0, None, None), False),
    ],
)
def test_a_part_is_shaped_by_the_metric_where_its_decided_gain_is_neither_decided_nor_half_as_large(
    value: Figure, seen: Figure, vanishes: bool
) -> None:
    def figure(one: Figure) -> dict[str, float | None]:
        return dict(zip(("mean", "low", "high"), one, strict=True))

    part = {"part": "a", "value": figure(value), "views": {"symmetric": {"value": figure(seen)}}}
    account = {
        "parts": [part], "decided": True, "gain": figure(value),
        "views": {"quoted": "symmetric", "gain": {"symmetric": figure(seen)}},
    }  # fmt: skip
    assert shaped.section(account)["shaped"]["symmetric"]["parts"] == ["a"] * vanishes
