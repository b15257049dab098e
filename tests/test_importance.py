"""fANOVA and PED-ANOVA beside the values of parts, and what independent trials are worth."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.attribution.importance import BEST, FEWEST, MOST, importance, sample
from toolkit.ledger.state import State
from toolkit.records import Candidate, Trial
from toolkit.report import independent
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.study.space import Choice, Flag, Float, Int, Param

Compare = Callable[..., State]
SPACE: Mapping[str, Param] = {
    "weight": Float(0, 1, 0.9),
    "size": Int(1, 100, 10, log=True),
    "kind": Choice(("a", "b", "c"), "a"),
    "idle": Flag(False),
}


def trial(number: int, values: Mapping[str, Any], score: float, **more: Any) -> Trial:
    found = Trial(number=number, candidate=Candidate(values), share=1.0, status="ok", score=score)
    return replace(found, **more)


def drawn(count: int, score: Callable[[Mapping[str, Any]], float]) -> list[Trial]:
    rng = random.Random(3)
    found = []
    for number in range(1, count + 1):
        values = {name: param.sample(rng) for name, param in SPACE.items()}
        found.append(trial(number, values, score(values)))
    return found


@pytest.mark.slow
def test_the_parameter_that_moves_the_score_is_important_though_its_default_is_best() -> None:
    found = importance(SPACE, trial(0, {}, 1.0), drawn(60, lambda v: 1 - abs(v["weight"] - 0.9)), 0)
    assert found
    assert found["settings"] == 61
    for measure in ("fanova", "ped_anova"):
        shares = found[measure]
        assert set(shares) == set(SPACE)
        assert sum(shares.values()) == pytest.approx(1)
        assert max(shares, key=shares.__getitem__) == "weight"


def test_a_loss_has_the_importances_of_the_same_gain_and_no_score_is_not_zero() -> None:
    """Scores below 0, as of a loss: 0 for one that is missing would be the best of all."""
    trials = drawn(60, lambda v: 1 - abs(v["weight"] - 0.9))
    below = [replace(one, score=(one.score or 0) - 9) for one in trials]
    unscored = replace(trials[0], number=99, score=None, candidate=Candidate({"size": 77}))
    found = importance(SPACE, trial(0, {}, 1.0), trials, 0)
    assert found
    lower = importance(SPACE, trial(0, {}, -8.0), [*below, unscored], 0)
    assert lower
    assert lower["settings"] == found["settings"]
    assert lower["fanova"] == pytest.approx(found["fanova"], abs=0.01)  # drawn at equal splits
    assert lower["ped_anova"] == pytest.approx(found["ped_anova"])


def test_only_whole_scored_settings_of_the_pristine_code_count() -> None:
    base, fine = trial(0, {}, 0.5), drawn(FEWEST - 1, lambda v: v["weight"])
    assert importance(SPACE, base, [*fine[:-1], fine[0]], 0) is None  # one of them twice
    assert importance({}, base, fine, 0) is None
    assert importance(SPACE, base, fine, 0)
    others: list[dict[str, Any]] = [
        {"status": "crashed", "score": None}, {"share": 1 / 3},
        {"candidate": Candidate(patch="--- a\n")},
    ]  # fmt: skip
    for change in others:
        assert importance(SPACE, base, [*fine[:-1], replace(fine[-1], **change)], 0) is None
    assert importance(SPACE, base, [replace(one, score=0.5) for one in fine], 0) is None
    ties = [replace(one, score=0.5 + (n == 3) / 10) for n, one in enumerate(fine)]
    assert importance(SPACE, base, ties, 0) is None  # nothing to tell the best by


def test_a_choice_may_be_of_lists() -> None:
    space = {**SPACE, "stages": Choice(([1], [1, 2]), [1])}
    trials = drawn(30, lambda v: v["weight"])
    for n, one in enumerate(trials):
        values = {**one.candidate.overrides, "stages": [1, 2] if n % 2 else [1]}
        trials[n] = replace(one, candidate=Candidate(values))
    found = importance(space, trial(0, {}, 0.5), trials, 0)
    assert found and set(found["fanova"]) == set(space)


@pytest.mark.slow
def test_importance_is_told_as_a_supplement(compare: Compare) -> None:
    summary = summarise(compare({"random": RandomSearch}, budget=25))
    (account,) = summary["attribution"]["cells"].values()
    assert max(account["importance"]["fanova"], key=account["importance"]["fanova"].get) == "x"
    shown = " ".join(text(summary).split())
    assert "importance over the space that was searched" in shown
    assert "no share of the gain" in shown
    assert account["parts"][0]["value"]  # beside it, not in place of it
    assert "unused" not in account["importance"]["fanova"]  # it is dead


@pytest.mark.slow
def test_a_larger_budget_with_the_same_champion_renews_the_importance(compare: Compare) -> None:
    class Once:
        def run(self, lab: Any) -> None:
            for n in itertools.count():
                lab.evaluate(Candidate({"x": 0.7 if n == 5 else n / 100}))

    for budget in (22, 30):
        summary = summarise(compare({"once": Once}, budget=budget))
        (account,) = summary["attribution"]["cells"].values()
        assert account["champion"] == 6
        assert account["importance"]["settings"] == budget  # one is the baseline again


@pytest.mark.slow
def test_independent_trials_of_all_seeds_tell_what_a_tuner_is_worth(compare: Compare) -> None:
    class Tuned:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(Candidate({"x": 0.7, "y": 0.3, "shape": "peaked", "steps": 6}))

    class Poor:
        def run(self, lab: Any) -> None:
            while True:
                lab.evaluate(Candidate({"x": 0.0}))

    state = compare(
        {"random": RandomSearch, "tuned": Tuned, "poor": Poor,
         "uniform": lambda: OptunaSearch(sampler="random"), "tpe": OptunaSearch},
        budget=8, seeds=2,
    )  # fmt: skip
    found = summarise(state)["searchers"]
    assert {name for name, row in found.items() if row["expected"]} == {"random", "uniform"}
    steps = {row["trials"]: row["search"] for row in found["random"]["expected"]}
    assert list(steps) == [1, 2, 5, 8]
    cells = [cell for cell in state.cells.values() if cell.alias == "random"]
    base = state.baseline.score or 0.0
    scores = [max(base, t.score or 0.0) for cell in cells for t in cell.trials.values()]
    assert steps[1] == pytest.approx(fmean(scores))
    assert steps[2] == pytest.approx(fmean(map(max, itertools.combinations(scores, 2))))
    subsets = itertools.combinations(scores, 8)
    assert steps[8] == pytest.approx(fmean(map(max, subsets)))
    assert found["poor"]["as_many"]["random"] == 1  # nothing beat the baseline: that costs nothing
    assert found["tuned"]["search"] > max(scores)
    assert found["tuned"]["as_many"]["random"] is None
    shown = " ".join(text(summarise(state)).split())
    assert "random draws every trial independently of the others: its best score on" in shown
    assert (
        f"is expected to be {steps[1]:.3f} after 1 trial, {steps[2]:.3f} after 2 trials, " in shown
    )
    assert "reach tuned's" in shown and "more than 8" in shown


def test_as_many_is_the_fewest_that_reach() -> None:
    scores = [0.1, 0.2, 0.3, 0.4]
    expected = [row["search"] for row in independent.expected(scores)]
    assert expected == pytest.approx([1 / 4, 1 / 3])  # of 1 and 2: half of them
    assert independent.as_many(scores, 0.25) == 1
    assert independent.as_many(scores, 0.251) == 2
    assert independent.as_many(scores, 1 / 3) == 2
    assert independent.as_many(scores, 0.34) is None


def test_trials_on_a_part_of_the_split_are_no_draws(compare: Compare) -> None:
    class Thirds(RandomSearch):
        share = 1 / 3

        def promote(self, trial: toolkit.Trial) -> float | None:
            return 1.0 if trial.share < 1 else None

    assert (
        summarise(compare({"thirds": Thirds}, budget=3))["searchers"]["thirds"]["expected"] is None
    )


def test_fanova_is_given_three_hundred_settings_at_most_with_the_best_and_the_worst() -> None:
    trials = drawn(700, lambda v: 0.5)
    for n in range(BEST):  # all that differ: a sample that missed them would have no variance
        trials[100 * n + 7] = replace(trials[100 * n + 7], score=0.6 + n / 100)
    some = sample(trials)
    assert (len(some), len(sample(trials[:300]))) == (MOST, 300)
    assert [one.number for one in some] == sorted({one.number for one in some})
    assert {min(t.score for t in some), max(t.score for t in some)} == {0.5, 0.64}
    found = importance(SPACE, trial(0, {}, 0.5), trials, 0)
    assert found and (found["settings"], found["fanova_settings"]) == (701, 300)
    assert sum(found["fanova"].values()) == pytest.approx(1)
