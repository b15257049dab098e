"""Runs jobs on a Ray cluster: one actor a slot, each with a fork server of its own.

Programs, parameters and inputs travel one way, outputs the other, as JSON. Gold, keys
and the scorer stay in the driver. A node's word is trusted; a program's is not, wherever it runs.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from ..errors import UserError
from ..jobs import LEVELS, Job, Outcome
from ..records import Usage
from . import ray_worker
from .forkserver import START_S
from .local import lost
from .ray_session import SESSION, details
from .ray_slots import Idle, Slot

ATTEMPTS = 2
PING_S = 30
KEPT_INPUTS = 64


class RayEvaluator:
    """A context manager around the workers; `run` may be called from many threads.

    At most one job a worker is on its way; who asks for more waits, so ten thousand queued
    candidates take no room in the cluster.
    """

    def __init__(
        self, *, preload: Sequence[str] = (), slots: int | None = None, address: str | None = None,
        hidden: Sequence[Path] = (), command: bool = False, confine: bool = True,
        python: str = "", readable: Sequence[Path] = (),
    ) -> None:  # fmt: skip
        """address: see Session.open. slots: workers; by default one for each CPU of the cluster.

        hidden, command, confine, python, readable: as on one machine, on every node, which has
        that interpreter and those files under the same names.
        """
        self.preload = tuple(preload)
        self._machine = {
            "preload": self.preload,
            "hidden": tuple(str(path.resolve()) for path in hidden),
            "command": command,
            "confine": confine,
            "python": python,
            "readable": tuple(map(str, readable)),
        }
        self.slots = slots or 0
        self._address = address
        self._required = LEVELS[0]
        self._idle = Idle()
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, str]] = {}
        self._actors: list[Any] = []
        self._alive = 0
        self._problem = ""
        self._closed = self._opened = False
        self._inputs = lru_cache(maxsize=KEPT_INPUTS)(ray.put)  # equal inputs travel once

    def __enter__(self) -> RayEvaluator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises UserError where the cluster or one of its nodes cannot run the jobs."""
        self._opened = SESSION.open(self._address, slots=self.slots or None)
        try:
            self._start_workers()
        except BaseException:
            self.close()
            raise

    def _start_workers(self) -> None:
        cpus = int(details().get("CPU", 0))
        self.slots = self.slots or cpus
        if not 0 < self.slots <= cpus:
            raise UserError(
                f"--slots {self.slots}: the cluster has {cpus} CPUs, and each slot takes one"
            )
        actors = [self._new() for _ in range(self.slots)]
        for actor in actors:
            self._admit(actor)

    def _new(self) -> Any:
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        worker = ray.remote(ray_worker.Worker).options(**options, scheduling_strategy="SPREAD")
        actor = worker.remote(**self._machine)
        with self._lock:
            self._actors.append(actor)
        return actor

    def _admit(self, actor: Any) -> None:
        """Let a worker work; stop one that must not. Raises UserError, which says why."""
        try:
            slot = self._greet(actor)
        except BaseException:
            self._discard(actor)
            raise
        with self._lock:
            self._alive += 1
        self._idle.put(slot)

    def _greet(self, actor: Any) -> Slot:
        try:
            told = json.loads(ray.get(actor.hello.remote(), timeout=START_S))
        except RayError as error:
            raise UserError(ray_worker.unfit(error)) from error
        where = f"node {told['host']} ({told['node'][:8]})"
        if told["problem"]:
            raise UserError(f"{where}: {told['problem']}")
        different = ray_worker.difference(ray_worker.versions(self.preload), told["versions"])
        if different:
            raise UserError(
                f"{where} has {different}: scores could differ; install the same versions there"
            )
        with self._lock:
            self._known[told["node"]] = {name: told[name] for name in ("host", "level", "reason")}
        self._check(told["node"])
        return Slot(actor, told["node"])

    def _check(self, node: str) -> None:
        found = self._known[node]
        if LEVELS.index(found["level"]) < LEVELS.index(self._required):
            raise UserError(
                f"this study wants its programs isolated as {self._required!r}, and on node "
                f"{found['host']} they are {found['level']!r}: {found['reason']}; mend that node, "
                "or run it all the same with --allow-weak"
            )

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where a node reaches less than a level, unless weak is allowed.

        It holds for the nodes that join later too.
        """
        self._required = LEVELS[0] if weak else level
        for node in dict(self._known):
            self._check(node)

    @property
    def isolation(self) -> str:
        """The weakest level of all nodes that ran something."""
        with self._lock:
            found = [node["level"] for node in self._known.values()]
        return min(found, key=LEVELS.index, default="not started")

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        """{node: {host, level, reason}} of every node that has had a worker."""
        with self._lock:
            return dict(self._known)

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending of a program is a status.

        A job whose worker or node is lost runs once more; the second loss is its end.
        Raises UserError where no worker is left.
        """
        if self._closed:
            return lost()
        began = time.monotonic()
        program, calls, reason = ray_worker.pack(job), self._inputs(job.calls), ""
        patience_s = ray_worker.patience_s(job)
        for attempt in range(ATTEMPTS):
            slot = self._take() if attempt == 0 else self._take_alive()
            if slot is None:
                reason = "the evaluator is closed"
                break
            try:
                answer = ray.get(slot.actor.run.remote(program, calls), timeout=patience_s)
            except RayError as error:
                reason = ray_worker.last_line(error)
                self._replace(slot)
                continue
            except BaseException:  # Ctrl-C: this worker may still be busy with the job
                self._replace(slot)
                raise
            self._idle.put(slot)
            return ray_worker.unpack_outcome(answer)
        usage = Usage(wall_s=time.monotonic() - began)
        return Outcome("lost", None, usage, f"its worker was lost twice: {reason}")

    def _take(self) -> Slot | None:
        """An idle worker; None once this is closed. Raises UserError where none is left."""
        since, waiter = time.monotonic(), self._idle.ask()
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                return waiter.result(timeout=0.5)
            if self._alive > 0:
                since = time.monotonic()
            elif time.monotonic() - since > START_S and waiter.cancel():
                raise UserError(
                    f"no Ray worker is left and none came back within {START_S} s "
                    f"({self._problem or 'the cluster has no room'}); mend the cluster and type "
                    "the same command again"
                )
        return None

    def _take_alive(self) -> Slot | None:
        """After a loss: a node may have taken idle workers with it, which is no second loss."""
        while (slot := self._take()) is not None:
            try:
                ray.get(slot.actor.ping.remote(), timeout=PING_S)
                return slot
            except RayError:
                self._replace(slot)
        return None

    def _replace(self, slot: Slot) -> None:
        """A new worker for a lost one, wherever there is room; nobody waits for it."""
        with self._lock:
            self._alive -= 1
        self._discard(slot.actor)
        if not self._closed:
            threading.Thread(target=self._readmit, daemon=True).start()

    def _discard(self, actor: Any) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._actors.remove(actor)
        with contextlib.suppress(Exception):  # it, or its node, may be gone
            ray.kill(actor)

    def _readmit(self) -> None:
        while not self._closed:
            try:
                self._admit(self._new())
                return
            except Exception as error:  # the next try may find a node that is fit
                self._problem = ray_worker.last_line(error)
                time.sleep(1)

    def close(self) -> None:
        """Stop the workers, and Ray where it was started or connected to for them."""
        with self._lock:
            self._closed = True
            actors, self._actors = self._actors, []
        with contextlib.suppress(Exception):
            ray.wait([actor.close.remote() for actor in actors], num_returns=len(actors), timeout=5)
        for actor in actors:
            with contextlib.suppress(Exception):
                ray.kill(actor)
        self._inputs.cache_clear()
        if self._opened:
            SESSION.close()
