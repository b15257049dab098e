"""Ray Tune: its search algorithms and early-stopping schedulers, on growing shares.

Tune runs here as it runs anywhere, with trainables in actors of its own; only that a trainable is a
stub, which asks the lab for one share after the other of its configuration and reports each score.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Literal

import toolkit

Algorithm = Literal["optuna", "hyperopt", "random"]
Scheduler = Literal["asha", "median", "async_hyperband"]
PACKAGES = {"optuna": "optuna", "hyperopt": "hyperopt", "random": "ray"}
TIME = "ninths"  # of the search split: what Tune's schedulers count
POLL_S = 0.5
# beside the driver, and on no CPU: those belong to the evaluations
PLACE = {"node:__internal_head__": 0.001}
NUMPY = threading.Lock()
NUMBERS, REGISTERING = itertools.count(), threading.Lock()
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
        self, *, algorithm: Algorithm = "optuna", scheduler: Scheduler = "asha", parallel: int = 1
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

        exchange = ray.remote(Exchange).options(num_cpus=0).remote()
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


class Exchange:
    """An actor between Tune's stubs, wherever they run, and the thread that serves them."""

    def __init__(self) -> None:
        import asyncio

        self._waiting: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._count = 0

    async def evaluate(self, request: str) -> str:
        """Called by a stub; its answer comes when the lab has one."""
        import asyncio

        number, self._count = self._count, self._count + 1
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._waiting.put((number, request))
        text: str = await answer
        return text

    async def take(self, seconds: float) -> tuple[int, str] | None:
        """The next request, or None after so many seconds without one."""
        import asyncio

        try:
            return await asyncio.wait_for(self._waiting.get(), seconds)
        except TimeoutError:
            return None

    async def answer(self, number: int, text: str) -> None:
        self._answers.pop(number).set_result(text)


class Stopper:
    """Whether Tune is to end."""

    over = False


class Counter(threading.Thread):
    """Drains the exchange into the lab: the only one here that spends."""

    def __init__(self, lab: toolkit.Lab, exchange: Any, stopper: Stopper) -> None:
        super().__init__(daemon=True)
        self.end: BaseException | None = None
        self._lab, self._exchange, self._stopper = lab, exchange, stopper
        self._left = False

    def run(self) -> None:
        import ray

        while not self._left:
            try:
                got = ray.get(self._exchange.take.remote(POLL_S))
            except Exception as error:  # the exchange is gone
                self._finish(error)
                return
            if got is not None:
                self._serve(*got)

    def stop(self) -> None:
        self._left = True
        self.join()

    def _finish(self, error: BaseException) -> None:
        if not self._left and self.end is None:
            self.end = error
        self._stopper.over = True

    def _serve(self, number: int, request: str) -> None:
        told = json.loads(request)
        space = self._lab.space
        values = {name: decoded(space[name], raw) for name, raw in told["values"].items()}
        share = toolkit.RUNGS[told["rung"]]
        try:
            future = self._lab.submit(toolkit.Candidate(values), share=share)
        except BaseException as error:  # the budget's end, or the run's
            self._finish(error)
            self._reply(number, None)
            return
        future.add_done_callback(lambda done: self._settle(number, done))

    def _settle(self, number: int, done: Future[toolkit.Trial]) -> None:
        error = done.exception()
        if error is not None:
            self._finish(error)
        self._reply(number, None if error else done.result())

    def _reply(self, number: int, trial: toolkit.Trial | None) -> None:
        self._exchange.answer.remote(number, json.dumps(report(trial)))


def report(trial: toolkit.Trial | None) -> dict[str, Any]:
    """What Tune is told. A failed trial has no score, and ends."""
    from ray.tune.result import DEFAULT_METRIC

    if trial is None or not trial.ok:
        return {TIME: 0, "done": True}
    return {TIME: round(9 * trial.share), DEFAULT_METRIC: trial.score, "done": trial.share == 1}


def stub(exchange: Any) -> Any:
    """A Trainable that computes nothing: its steps are the rungs."""
    import ray
    from ray import tune

    class Stub(tune.Trainable):  # type: ignore[misc]
        def step(self) -> dict[str, Any]:
            request = json.dumps({"values": self.config, "rung": self.iteration})
            answer: dict[str, Any] = json.loads(ray.get(exchange.evaluate.remote(request)))
            return answer

        def reset_config(self, new_config: Mapping[str, Any]) -> bool:
            return True

        def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
            return {}

        def load_checkpoint(self, checkpoint: Any) -> None:
            """The rung is Tune's own iteration, which it restores itself."""

    return Stub


def trainable(exchange: Any) -> str:
    """The name under which Tune knows the stub of one cell.

    Tune keeps one table of names a process, without a lock: two cells at a time would trip over
    each other, or run each other's candidates.
    """
    from ray import tune

    name = f"stub{next(NUMBERS)}"
    with REGISTERING:
        tune.register_trainable(name, tune.with_resources(stub(exchange), PLACE))
    return name


def tune_stopper(stopper: Stopper) -> Any:
    from ray import tune

    class Ends(tune.Stopper):  # type: ignore[misc]
        def __call__(self, trial_id: str, result: Mapping[str, Any]) -> bool:
            return False

        def stop_all(self) -> bool:
            return stopper.over

    return Ends()


def domain(param: toolkit.Param) -> Any:
    """A declared parameter as Tune's; its integers end before their upper bound.

    A choice is the choice of a place: the libraries behind Tune take 1, 1.0 and True for one value.
    """
    from ray import tune

    if isinstance(param, toolkit.Float):
        return (tune.loguniform if param.log else tune.uniform)(param.low, param.high)
    if isinstance(param, toolkit.Int):
        return (tune.lograndint if param.log else tune.randint)(param.low, param.high + 1)
    if isinstance(param, toolkit.Flag):
        return tune.choice([False, True])
    if isinstance(param, toolkit.Choice):
        return tune.choice(list(range(len(param.values))))
    raise toolkit.UserError(f"ray_tune does not know the parameter type {type(param).__name__}")


def encoded(param: toolkit.Param, value: Any) -> Any:
    return param.index(value) if isinstance(param, toolkit.Choice) else value


def decoded(param: toolkit.Param, raw: Any) -> Any:
    """A number inside its range: some algorithms round a logarithm past the end of it."""
    if isinstance(param, toolkit.Float | toolkit.Int):
        return min(max(raw, param.low), param.high)
    return param.values[raw] if isinstance(param, toolkit.Choice) else raw


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


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("ray_tune", RayTune, summary="Ray Tune: ASHA and others on growing shares")
