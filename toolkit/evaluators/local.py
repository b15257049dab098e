"""Runs jobs on this machine, each in a child of the sandbox's fork server."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..jobs import WALL_PER_CPU, Job, Limits, Outcome
from ..records import Usage
from .cards import Card, Pool, given
from .endings import conclude
from .forkserver import Evaluation, Layers, Server, ServerDied
from .hidden import hidden_paths
from .scripts import files
from .workcopy import Laid, laid_out, work_folder

CLOSE_S = 10.0


class LocalEvaluator:
    """A context manager around one fork server; `run` may be called from many threads."""

    def __init__(
        self,
        *,
        preload: Sequence[str] = (),
        slots: int = 1,
        hidden: Sequence[Path] = (),
        command: bool = False,
        python: str = "",
        readable: Sequence[Path] = (),
        cards: Sequence[Card] = (),
    ) -> None:
        """preload: modules that every program imports; slots: evaluations at a time.

        hidden: folders that no program may read, beside those of the toolkit and its data.
        command: jobs are commands, which may start processes. python: the interpreter that
        programs run in; "" for the toolkit's own. readable: what all of them may read beside
        their own files. cards: those that jobs get which ask for some.
        """
        self.python, self.readable = python, tuple(map(str, readable))
        self.preload, self.command, self.slots = tuple(preload), command, slots
        self.hidden = tuple(str(path.resolve()) for path in hidden)
        self._cards, self.has_cards = Pool(cards), bool(cards)
        self._free = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._server: Server | None = None
        self.confinement = Layers({}, ("not started",))
        self._closed = False
        self._folder, self._held = work_folder()

    def __enter__(self) -> LocalEvaluator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises UserError where a preloaded module cannot be imported or starts a thread."""
        self._live_server()

    def require(self, level: str, *, weak: bool = False) -> None:
        """Raises UserError where less than a level was reached, unless weak is allowed."""
        self.confinement.require(level, weak=weak)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._server:
                self._server.close()
                self._server = None
        emptied(self._free, self.slots, self._folder)
        self._held.close()

    def _live_server(self) -> Server:
        with self._lock:
            if self._closed:
                raise ServerDied("the evaluator is closed")
            if self._server is None or not self._server.alive:
                if self._server:
                    self._server.close()
                hidden = [*hidden_paths(), *self.hidden]
                self._server = Server(
                    self.preload, hidden, command=self.command, python=self.python,
                    readable=self.readable, cards=self.has_cards,
                )  # fmt: skip
                self.confinement = self._server.confinement
            return self._server

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        """There is this machine only."""
        return {}

    @property
    def isolation(self) -> str:
        """The level that was reached when the server started."""
        return self.confinement.level

    def run(self, job: Job) -> Outcome:
        """Evaluate one job; blocks. Every ending is a status."""
        if job.command and not self.command:  # it would run below the level that is told
            raise ValueError("a command needs an evaluator for commands")
        began = time.monotonic()
        with self._free:
            return lost() if self._closed else self._run(job, began)

    def _run(self, job: Job, began: float) -> Outcome:
        for _ in range(2):
            try:
                with (
                    self._cards.lent(job.limits.gpus) as lent,
                    laid_out(job, files(job), self._folder) as laid,
                ):
                    return self._once(job, laid, lent)
            except ServerDied:
                if self._closed:
                    return lost(Usage(wall_s=time.monotonic() - began))
        usage = Usage(wall_s=time.monotonic() - began)
        return Outcome("lost", None, usage, "the evaluation's server died twice")

    def _once(self, job: Job, laid: Laid, lent: Sequence[Card]) -> Outcome:
        began = time.monotonic()
        cap = int(job.limits.output_mb * (1 << 20))
        with Evaluation(cap) as evaluation:
            server = self._live_server()
            try:
                server.send(request(job, laid, lent), evaluation.hand_over(job))
                report, result, printed = evaluation.wait(job.limits.longest_s)
            except ServerDied:
                server.retire()
                raise
        if report.killed == "host gone" or (
            report.killed == "cancelled" and not evaluation.overflow
        ):
            raise ServerDied("the server was told to end")  # not the program's doing
        wall_s = time.monotonic() - began
        confined = self.confinement.layers.get("landlock", False)
        return conclude(
            job, laid, report, wall_s, result, printed, evaluation.overflow,
            confined=confined, python=self.python,
        )  # fmt: skip


def lost(usage: Usage | None = None) -> Outcome:
    """Outcome of a job whose evaluator was closed."""
    return Outcome("lost", None, usage or Usage(), "the evaluator was closed")


def emptied(free: threading.BoundedSemaphore, slots: int, folder: Path) -> None:
    """Wait until no evaluation works in a folder any more, and remove it."""
    taken = [free.acquire(timeout=CLOSE_S) for _ in range(slots)]
    shutil.rmtree(folder, ignore_errors=True)
    for _ in filter(None, taken):
        free.release()


def request(job: Job, laid: Laid, lent: Sequence[Card] = ()) -> bytes:
    """A job as the sandbox is asked for it. lent: the cards that are its own meanwhile."""
    limits = {
        **job.limits.to_json(),
        **clock(job.limits),
        "scratch_mb": laid.room_mb,
        "scratch_files": laid.files,
    }
    parts = {
        "root": str(laid.root),
        "entry": job.entry,
        "command": list(job.command),
        "arguments": job.arguments,
        "scratch": str(laid.folder or ""),
        "writable": job.writable,
        "environment": {**laid.environment, **given(lent)},
        "devices": [card.node for card in lent],
        "limits": limits,
        "seed": job.seed,
        "metered": job.metered,
        "answers": job.answers is not None,
    }
    return json.dumps(parts).encode()


def clock(limits: Limits) -> dict[str, float]:
    """The numbers of Limits.allowed_s, for the sandbox, which imports none of the toolkit."""
    return {
        "longest_s": limits.longest_s,
        "grace_s": limits.allowed_s(0),
        "wall_per_cpu": WALL_PER_CPU,
    }
