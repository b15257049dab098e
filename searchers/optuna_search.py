"""Optuna's samplers on the declared parameters."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import toolkit

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

SamplerName = Literal["tpe", "cmaes", "qmc", "gp", "random"]
PrunerName = Literal["none", "successive_halving"]
PATIENCE = 20
"""proposals in a row that break a requirement, before the next is drawn at random"""
NINTHS = {share: round(9 * share) for share in toolkit.RUNGS}


class OptunaSearch(toolkit.AskTell):
    """Asks an Optuna sampler for values, tells it the scores; failed trials are told as failed."""

    def __init__(
        self, *, sampler: SamplerName = "tpe", pruner: PrunerName = "none", parallel: int = 1
    ) -> None:
        """parallel: evaluations in flight. pruner: stops candidates at growing shares."""
        if parallel < 1:
            raise toolkit.UserError(f"optuna.parallel must be at least 1, got {parallel}")
        if sampler == "gp" and importlib.util.find_spec("torch") is None:
            raise toolkit.UserError(
                "optuna.sampler=gp needs PyTorch: pip install 'autoresearch-toolkit[gp]', "
                "or choose one of tpe, cmaes, qmc, random"
            )
        self.sampler = sampler
        self.pruner = pruner
        self.parallel = parallel
        self.independent = sampler == "random"
        self.share = 1.0 if pruner == "none" else toolkit.RUNGS[0]

    def check_study(self, outline: toolkit.Outline) -> None:
        outline.need_parameters()

    def start(self, lab: toolkit.Lab) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # QMC is one
        self._optuna = optuna
        self._distributions = {name: distribution(lab.space[name]) for name in sorted(lab.space)}
        self._study = optuna.create_study(
            direction="maximize", sampler=self._sampler(lab.seed), pruner=self._pruner()
        )
        # every searcher holds the baseline's score; to Optuna it is a trial that is already done
        self._study.add_trial(
            optuna.trial.create_trial(
                params={
                    name: encoded(lab.space[name], lab.space[name].default)
                    for name in self._distributions
                },
                distributions=self._distributions,
                value=lab.baseline.score,
            )
        )
        self._space = lab.space
        self._asked: dict[str, list[Any]] = {}
        self._skipped = 0
        self._at_random = optuna.samplers.RandomSampler(seed=lab.seed)

    def _sampler(self, seed: int) -> Any:
        samplers = self._optuna.samplers
        if self.sampler == "tpe":
            return samplers.TPESampler(seed=seed, constant_liar=self.parallel > 1)
        if self.sampler == "cmaes":
            return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        if self.sampler == "qmc":
            return samplers.QMCSampler(seed=seed, scramble=True, warn_independent_sampling=False)
        if self.sampler == "gp":
            return samplers.GPSampler(seed=seed)
        return samplers.RandomSampler(seed=seed)

    def _pruner(self) -> Any:
        if self.pruner == "none":
            return self._optuna.pruners.NopPruner()
        return self._optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)

    def ask(self) -> toolkit.Candidate:
        with self._drawn_at_random():
            trial = self._study.ask(self._distributions)
        values = {name: decoded(self._space[name], raw) for name, raw in trial.params.items()}
        candidate = toolkit.Candidate(values)
        self._asked.setdefault(candidate.digest, []).append(trial)
        return candidate

    @contextlib.contextmanager
    def _drawn_at_random(self) -> Iterator[None]:
        """Draw at random after a few proposals in a row that may not be run.

        What a sampler learns of them is only that they failed, and it may stay where it was.
        """
        usual = self._study.sampler
        if self._skipped >= PATIENCE:
            self._study.sampler = self._at_random
        try:
            yield
        finally:
            self._study.sampler = usual

    def skip(self, candidate: toolkit.Candidate) -> None:
        self._skipped += 1
        asked = self._asked[candidate.digest].pop()
        self._study.tell(asked, state=self._optuna.trial.TrialState.FAIL)

    def promote(self, trial: toolkit.Trial) -> float | None:
        if not trial.ok or trial.share == 1:
            return None
        asked = self._asked[trial.candidate.digest][0]
        asked.report(trial.score, NINTHS[trial.share])
        if asked.should_prune():
            return None
        return toolkit.RUNGS[toolkit.RUNGS.index(trial.share) + 1]

    def tell(self, trial: toolkit.Trial) -> None:
        self._skipped = 0
        asked = self._asked[trial.candidate.digest].pop(0)
        if trial.ok and trial.share < 1:
            self._study.tell(asked, state=self._optuna.trial.TrialState.PRUNED)
        elif trial.ok:
            self._study.tell(asked, trial.score)
        else:
            self._study.tell(asked, state=self._optuna.trial.TrialState.FAIL)


def encoded(param: toolkit.Param, value: Any) -> Any:
    """A choice by its place: Optuna takes 1, 1.0 and True for one value, and holds no lists."""
    return param.index(value) if isinstance(param, toolkit.Choice) else value


def decoded(param: toolkit.Param, raw: Any) -> Any:
    return param.values[raw] if isinstance(param, toolkit.Choice) else raw


def distribution(param: toolkit.Param) -> BaseDistribution:
    """A declared parameter as Optuna's distribution; a choice is the choice of a place."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(param, toolkit.Float):
        return FloatDistribution(param.low, param.high, log=param.log)
    if isinstance(param, toolkit.Int):
        return IntDistribution(param.low, param.high, log=param.log)
    if isinstance(param, toolkit.Flag):
        return CategoricalDistribution([False, True])
    if isinstance(param, toolkit.Choice):
        return CategoricalDistribution(range(len(param.values)))
    raise toolkit.UserError(f"optuna does not know the parameter type {type(param).__name__}")


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("optuna", OptunaSearch, summary="Optuna: TPE, CMA-ES, QMC, GP on the parameters")
