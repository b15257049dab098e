"""Tune's search algorithms and schedulers, each repeatable from a seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import toolkit
from searchers.ray_tune.exchange import TIME
from searchers.ray_tune.values import encoded

Algorithm = Literal["optuna", "hyperopt", "random"]
SchedulerName = Literal["asha", "median", "async_hyperband"]
PACKAGES = {"optuna": "optuna", "hyperopt": "hyperopt", "random": "ray"}
NUMPY = threading.Lock()


def search_algorithm(name: str, lab: toolkit.Lab, parallel: int) -> Any:
    """Seeded, and with so many trials in flight."""
    import optuna
    from ray.tune import search
    from ray.tune.search.optuna import OptunaSearch

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if name == "random":
        return search.BasicVariantGenerator(random_state=lab.seed, max_concurrent=parallel)
    if name == "hyperopt":
        from ray.tune.search.hyperopt import HyperOptSearch

        inner = HyperOptSearch(random_state_seed=lab.seed)
    else:
        # every searcher holds the baseline's score; only Optuna can be told of it
        defaults = {n: encoded(lab.space[n], lab.space[n].default) for n in sorted(lab.space)}
        inner = OptunaSearch(
            seed=lab.seed, points_to_evaluate=[defaults], evaluated_rewards=[lab.baseline.score]
        )
    return search.ConcurrencyLimiter(tolerant(inner), max_concurrent=parallel)


def tolerant(inner: Any) -> Any:
    """The algorithm, told of a trial without a score that it failed: never a sentinel score."""
    from ray.tune import search

    class Tolerant(search.Searcher):  # type: ignore[misc]
        def set_search_properties(
            self, metric: str | None, mode: str | None, config: Any, **spec: Any
        ) -> bool:
            super().set_search_properties(metric, mode, config, **spec)
            return bool(inner.set_search_properties(metric, mode, config, **spec))

        def suggest(self, trial_id: str) -> Any:
            return inner.suggest(trial_id)

        def on_trial_result(self, trial_id: str, result: Mapping[str, Any]) -> None:
            if self.metric in result:
                inner.on_trial_result(trial_id, result)

        def on_trial_complete(
            self, trial_id: str, result: Mapping[str, Any] | None = None, error: bool = False
        ) -> None:
            scored = result is not None and self.metric in result
            inner.on_trial_complete(trial_id, result if scored else None, error or not scored)

        def save(self, checkpoint_path: str) -> None:
            inner.save(checkpoint_path)

        def restore(self, checkpoint_path: str) -> None:
            inner.restore(checkpoint_path)

    return Tolerant()


def scheduler(name: str, seed: int) -> Any:
    from ray.tune import schedulers

    if name == "median":
        return schedulers.MedianStoppingRule(time_attr=TIME, grace_period=1)
    rungs = {"time_attr": TIME, "grace_period": 1, "max_t": 9, "reduction_factor": 3}
    if name == "asha":
        return schedulers.ASHAScheduler(**rungs)
    return brackets(seed, rungs)


def brackets(seed: int, rungs: Mapping[str, Any]) -> Any:
    """Asynchronous HyperBand; its draw of a bracket, from numpy's own state, made repeatable."""
    import random

    from ray.tune import schedulers

    rng = random.Random(seed)

    class Seeded(schedulers.AsyncHyperBandScheduler):  # type: ignore[misc]
        def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
            add = super().on_trial_add
            with_seed(rng.randrange(1 << 32), lambda: add(tune_controller, trial))

    return Seeded(brackets=len(toolkit.RUNGS), **rungs)


def with_seed(seed: int, call: Callable[[], None]) -> None:
    """A call that draws from numpy's own state, which is left as it was."""
    import numpy

    with NUMPY:
        before = numpy.random.get_state()
        numpy.random.seed(seed)
        call()
        numpy.random.set_state(before)
