"""Importance of the declared parameters for a search's scores: a supplement, no share of a gain.

Importance spreads the variance of the scores over the space that was searched, so a parameter whose
default was right already may have most of it, and one without effect gets some by chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Trial, canonical
from ..study.space import Choice, Flag, Float, Int, Param, settings

FEWEST = 20  # distinct settings with a score
BEST = 5  # settings at least that PED-ANOVA tells from the rest
MOST = 300  # settings for fANOVA: its time grows with the square of their number


def importance(
    space: Mapping[str, Param], baseline: Trial, trials: Sequence[Trial], seed: int
) -> dict[str, Any] | None:
    """{"settings", "fanova_settings": how many, "fanova", "ped_anova": {parameter: share}}.

    None with fewer than FEWEST distinct settings, or fewer than BEST distinct scores.

    fanova: share of the score's variance (Hutter et al. 2014), over a sample of MOST settings where
    there are more. ped_anova: share in telling the best tenth of all settings from the rest
    (Watanabe et al. 2023). Optuna computes both from search scores.
    """
    trials = [t for t in (baseline, *trials) if t.ok and t.score is not None]
    whole = [t for t in trials if t.share == 1 and not t.candidate.patch]
    scored = list({canonical(settings(space, t.candidate.overrides)): t for t in whole}.values())
    if not space or len(scored) < FEWEST or len({trial.score for trial in scored}) < BEST:
        return None
    from optuna.importance import (
        FanovaImportanceEvaluator,
        PedAnovaImportanceEvaluator,
        get_param_importances,
    )

    some = sample(scored)
    quantile = max(0.1, BEST / len(scored))
    evaluators = {
        "fanova": (some, FanovaImportanceEvaluator(seed=seed)),
        "ped_anova": (scored, PedAnovaImportanceEvaluator(target_quantile=quantile)),
    }
    found: dict[str, Any] = {"settings": len(scored), "fanova_settings": len(some)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about many equal scores: the shares are equal then
        for name, (given, evaluator) in evaluators.items():
            shares = get_param_importances(_study(space, given), evaluator=evaluator)
            found[name] = {key: float(share) for key, share in shares.items()}
    return found


def sample(scored: Sequence[Trial]) -> Sequence[Trial]:
    """At most MOST of the trials, evenly over the ranks of their scores.

    The best and the worst are among them: scores that are all equal have no variance to share.
    """
    if len(scored) <= MOST:
        return scored
    ranked = sorted(range(len(scored)), key=lambda place: (scored[place].rank, place))
    steps = (round(n * (len(scored) - 1) / (MOST - 1)) for n in range(MOST))
    return [scored[place] for place in sorted(ranked[step] for step in steps)]


def _study(space: Mapping[str, Param], scored: Sequence[Trial]) -> Any:
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # it announces every study
    study = optuna.create_study(direction="maximize")
    optuna.logging.set_verbosity(verbosity)
    distributions = {name: _distribution(param) for name, param in space.items()}
    for trial in scored:
        values = settings(space, trial.candidate.overrides)
        values = {name: _encoded(space[name], value) for name, value in values.items()}
        known = {"params": values, "distributions": distributions, "value": trial.score}
        study.add_trial(optuna.trial.create_trial(**known))
    return study


def _encoded(param: Param, value: Any) -> Any:
    """A choice by its place: Optuna holds no lists, and takes 1 and True for one value."""
    return param.index(value) if isinstance(param, Choice) else value


def _distribution(param: Param) -> Any:
    # searchers/optuna_search.py has its like: a plugin uses the public surface only, and the core
    # names no searcher
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match param:
        case Float(low, high, _, log):
            return FloatDistribution(low, high, log=log)
        case Int(low, high, _, log):
            return IntDistribution(low, high, log=log)
        case Choice(values):
            return CategoricalDistribution(range(len(values)))
        case Flag():
            return CategoricalDistribution([False, True])
    raise TypeError(f"unknown parameter type {type(param).__name__}")
