"""Between Tune's stubs, which run as actors anywhere, and the lab, which is in this process."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future
from typing import Any

import toolkit
from searchers.ray_tune.values import decoded

TIME = "ninths"  # of the search split: what Tune's schedulers count
POLL_S = 0.5
MOST_REFUSED = 1000
"""proposals in a row that may break a requirement between parameters"""


class Relay:
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
    """Stopper that tells Tune to end."""

    over = False


class Counter(threading.Thread):
    """Drains the exchange into the lab: the only one here that spends."""

    def __init__(self, lab: toolkit.Lab, exchange: Any, stopper: Stopper) -> None:
        super().__init__(daemon=True)
        self.end: BaseException | None = None
        self._lab, self._exchange, self._stopper = lab, exchange, stopper
        self._left, self._refused = False, 0

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
        if broken := self._lab.infeasible(values):
            self._refuse(number, broken)
            return
        self._refused = 0
        try:
            future = self._lab.submit(toolkit.Candidate(values), share=share)
        except BaseException as error:  # the budget's end, or the run's
            self._finish(error)
            self._reply(number, None)
            return
        future.add_done_callback(lambda done: self._settle(number, done))

    def _refuse(self, number: int, broken: str) -> None:
        """Values that may not be run: Tune is told of a failed trial, and nothing is charged."""
        self._refused += 1
        if self._refused >= MOST_REFUSED:
            self._finish(
                toolkit.UserError(
                    f"{MOST_REFUSED:,} proposals in a row broke a requirement of [space], the last "
                    f"one so: {broken}; widen the ranges"
                )
            )
        self._reply(number, None)

    def _settle(self, number: int, done: Future[toolkit.Trial]) -> None:
        error = done.exception()
        if error is not None:
            self._finish(error)
        self._reply(number, None if error else done.result())

    def _reply(self, number: int, trial: toolkit.Trial | None) -> None:
        self._exchange.answer.remote(number, json.dumps(report(trial)))


def report(trial: toolkit.Trial | None) -> dict[str, Any]:
    """Report of a trial to Tune. A failed one has no score, and ends."""
    from ray.tune.result import DEFAULT_METRIC

    if trial is None or not trial.ok:
        return {TIME: 0, "done": True}
    return {TIME: round(9 * trial.share), DEFAULT_METRIC: trial.score, "done": trial.share == 1}
