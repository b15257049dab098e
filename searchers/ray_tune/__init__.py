"""Ray Tune: its search algorithms and early-stopping schedulers, on growing shares.

Tune runs here as it runs anywhere, with trainables in actors of its own; only that a trainable is a
stub, which asks the lab for one share after the other of its configuration and reports each score.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping

import toolkit
from searchers.ray_tune.algorithms import (
    PACKAGES,
    Algorithm,
    SchedulerName,
    scheduler,
    search_algorithm,
)
from searchers.ray_tune.exchange import Counter, Relay, Stopper
from searchers.ray_tune.stubs import trainable, tune_stopper
from searchers.ray_tune.values import domain

ENVIRONMENT: Mapping[str, str | None] = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # no CSV, JSON and TensorBoard files of each trial
    "RAY_AIR_NEW_OUTPUT": "0",  # the new output prints a box at every verbosity
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_DISABLE_AUTO_INIT": "1",
    # Tune hands these to its actors where they are set
    **{f"AWS_{name}": None for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")},
    "AWS_SECURITY_TOKEN": None,
}


class RayTune:
    """A Tuner whose candidates are promoted through 1/9, 1/3 and all of the search split."""

    def __init__(
        self,
        *,
        algorithm: Algorithm = "optuna",
        scheduler: SchedulerName = "asha",
        parallel: int = 1,
    ) -> None:
        """parallel: trials in flight; with more than one Tune's order is that of the clock."""
        if parallel < 1:
            raise toolkit.UserError(f"ray_tune.parallel must be at least 1, got {parallel}")
        if importlib.util.find_spec(PACKAGES[algorithm]) is None:
            raise toolkit.UserError(
                f"ray_tune.algorithm={algorithm} needs a package that is not installed: "
                f"pip install {PACKAGES[algorithm]}, or choose another of "
                f"{', '.join(name for name in PACKAGES if name != algorithm)}"
            )
        self.algorithm, self.scheduler, self.parallel = algorithm, scheduler, parallel

    def check_study(self, outline: toolkit.Outline) -> None:
        outline.need_parameters()

    def run(self, lab: toolkit.Lab) -> None:
        with (
            toolkit.ray_connection(ENVIRONMENT) as place,
            tempfile.TemporaryDirectory(prefix="toolkit-tune-", dir=place) as folder,
        ):
            self._tune(lab, folder)

    def _tune(self, lab: toolkit.Lab, folder: str) -> None:
        import ray
        from ray import tune
        from ray.tune.result import DEFAULT_METRIC

        exchange = ray.remote(Relay).options(num_cpus=0).remote()
        stopper = Stopper()
        counter = Counter(lab, exchange, stopper)
        counter.start()
        name = trainable(exchange)
        tuner = tune.Tuner(
            name,
            param_space={name: domain(lab.space[name]) for name in sorted(lab.space)},
            tune_config=tune.TuneConfig(
                metric=DEFAULT_METRIC, mode="max", num_samples=-1, reuse_actors=True,
                search_alg=search_algorithm(self.algorithm, lab, self.parallel),
                scheduler=scheduler(self.scheduler, lab.seed),
            ),
            run_config=tune.RunConfig(
                name=name, storage_path=folder, verbose=0, stop=tune_stopper(stopper)
            ),
        )  # fmt: skip
        try:
            found = tuner.fit()
        finally:
            counter.stop()
            ray.kill(exchange)
        if counter.end is not None:
            raise counter.end
        raise RuntimeError(f"Tune ended by itself: {found.errors or 'it has nothing to propose'}")


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("ray_tune", RayTune, summary="Ray Tune: ASHA and others on growing shares")
