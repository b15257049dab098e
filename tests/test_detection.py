"""The difference that can be detected, and what it would take to decide one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from toolkit.report.comparisons import Contrast
from toolkit.report.verdict import _more
from toolkit.report.wording import Wording
from toolkit.statistics import (
    Components,
    Estimate,
    Noise,
    Spread,
    detectable,
    needed,
    smallest_gain,
)


def test_what_a_thousand_questions_detect() -> None:
    """2.80 sqrt(d / Q), d the share of questions that differ: 4.0 points at d = 0.2."""
    found = Components(0, 0, 0.2, seeds=1, clusters=1000, items=1000)
    assert detectable(found) == pytest.approx(2.80 * (0.2 / 1000) ** 0.5, rel=0.01)
    assert detectable(Components(0, 0, 0.2, 1, 1, 1000)) is None


def test_what_would_decide_a_gap() -> None:
    found = Components(seed=4e-4, cluster=9e-4, item=0.1, seeds=3, clusters=5, items=800)
    gap = 0.066
    assert detectable(found) > gap
    more = needed(gap, found)
    assert more.clusters > 5
    enough = replace(found, clusters=more.clusters, items=160 * more.clusters)
    short = replace(found, clusters=more.clusters - 1, items=160 * (more.clusters - 1))
    assert detectable(enough) <= gap < detectable(short)
    assert needed(0.01, found).items is None  # five conversations differ too much by themselves
    assert needed(0.01, found).seeds is None
    assert needed(0.5, found).clusters == 5  # decided already
    times = needed(0.01, found).times
    assert times

    def many(k: int) -> Components:
        return replace(found, seeds=k * found.seeds, clusters=k * 5, items=k * found.items)

    assert detectable(many(times)) <= 0.01 < detectable(many(times - 1))
    assert needed(0.01, found, level=0.99).times > times  # as one of several comparisons
    assert needed(gap, replace(found, seed=0, seeds=1)).seeds is None


def test_smallest_gain_by_hand() -> None:
    """At a likeness of one half differences vary as the scores do."""
    found = Components(0, 9e-4, 0.1, seeds=1, clusters=12, items=276)
    assert smallest_gain(found) == pytest.approx(detectable(found))
    assert smallest_gain(found, likeness=0.92) == pytest.approx(0.4 * detectable(found))
    assert smallest_gain(found, level=0.99) > smallest_gain(found)
    assert smallest_gain(found, power=0.5) < smallest_gain(found)


def test_smallest_gain_under_noise_by_hand() -> None:
    # 5 replicates each, 4 degrees of freedom: (2.776 + 0.941) sqrt(2 / 5) deviations of one run
    noise = Spread(0.01, 4)
    alone = smallest_gain(None, noise=noise, replicates=(5, 5))
    assert alone == pytest.approx((2.7764 + 0.9410) * 0.01 * 0.4**0.5, rel=1e-3)
    assert smallest_gain(None, noise=noise) > alone
    found = Components(0, 9e-4, 0.1, seeds=1, clusters=12, items=276)
    assert smallest_gain(found, noise=noise, replicates=(5, 5)) > smallest_gain(found)
    assert smallest_gain(None) is None
    assert smallest_gain(replace(found, clusters=1)) is None


def test_an_open_gain_that_no_larger_sample_decides_names_the_runs_that_it_takes() -> None:
    spread = Components(
        seed=0.0, cluster=0.0208, item=0.0, seeds=2, clusters=698, items=698,
        noise=Noise(error=0.0033, df=2.4), replicates=3,
    )  # fmt: skip
    gap = Estimate(0.0158, 0.0028, 0.0287, 0.0285, 698)
    found = Contrast("tpe", "baseline", gap, 0.0855, spread, {})
    assert _more(found, Wording()).endswith(
        " alone would decide such a difference; it also takes more runs of each program "
        "(`[replicates] final` in study.toml)"
    )
    quiet = Contrast("tpe", "baseline", gap, 0.0855, replace(spread, noise=None), {})
    assert "more runs" not in _more(quiet, Wording())
