"""Runs an identical program once: what came of it is kept in the run folder.

Only the host writes here: a program that could would choose its own outputs. What is kept is
`ok`, a property of the program; a crash, a timeout or a loss may be the machine's, and is tried
again. The usage is kept too and charged again: else what a cell pays would depend on which cell
happened to come first.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from ..errors import UserError
from ..evaluator import Evaluator
from ..jobs import Job, Outcome
from ..records import Usage, canonical, digest

FILENAME = "cache.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS outcomes (
  key TEXT PRIMARY KEY, result BLOB NOT NULL, usage TEXT NOT NULL
) WITHOUT ROWID;
"""


class CachedEvaluator:
    """A context manager around an evaluator; `run` may be called from many threads."""

    def __init__(
        self, inner: Evaluator, folder: Path, *, preload: Sequence[str] = (), python: str = ""
    ) -> None:
        """folder: the run's. Raises UserError where its cache cannot be opened."""
        self.inner, self.preload, self.python = inner, tuple(preload), python
        self._guard = threading.Lock()
        self._busy: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        path = folder / FILENAME
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is run again
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise UserError(
                f"{path} is not a readable cache ({error}); it only saves time: remove it and type "
                "the same command again"
            ) from error

    def __enter__(self) -> CachedEvaluator:
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._db.close()

    @property
    def slots(self) -> int:
        return self.inner.slots

    @property
    def answers(self) -> Any:
        """Language model that answers questions of programs; None where there is none."""
        return getattr(self.inner, "answers", None)

    @property
    def isolation(self) -> str:
        return self.inner.isolation

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        return getattr(self.inner, "nodes", {})

    def require(self, level: str, *, weak: bool = False) -> None:
        self.inner.require(level, weak=weak)

    def run(self, job: Job) -> Outcome:
        """Outcome of the inner evaluator; unless job.fresh, one that it gave before (`cached`)."""
        if job.fresh:
            return self.inner.run(job)
        key = self.key(job)
        with self._one_at_a_time(key):
            known = self._read(key)
            if known is not None:
                return known
            outcome = self.inner.run(job)
            if outcome.status == "ok":
                self._write(key, outcome)
            return outcome

    def key(self, job: Job) -> str:
        """Digest of everything that a result depends on."""
        parts = {
            "files": {path: digest(content) for path, content in job.files.items()},
            "entry": job.entry,
            "command": list(job.command),
            "parameters": dict(job.parameters),
            "calls": digest(job.all_calls),
            # not the grace: the unchanged program ran before its time was known, and what is
            # kept here has come to its end within any limit by the clock
            "limits": replace(job.limits, grace_s=0.0).to_json(),
            "seed": job.seed,
            "isolation": self.inner.isolation,
            "preload": self.preload,
            **self._unusual(job),
        }
        return digest(canonical(parts))

    def _unusual(self, job: Job) -> dict[str, Any]:
        """Keys that say more than the default, so that a new one changes no key that has none.

        What the links lead to is in the digest of the study, whose run folder this is.
        """
        found = {
            "script": job.script,
            "leaves": list(job.leaves),
            "arguments": job.arguments if job.arguments != "run" else "",
            "environment": dict(job.environment),
            "writable": job.writable,
            "links": dict(job.links),
            "python": self.python,
            "answers": job.answers.identity if job.answers else "",
        }
        return {name: value for name, value in found.items() if value}

    @contextlib.contextmanager
    def _one_at_a_time(self, key: str) -> Iterator[None]:
        """The second of two identical programs waits for what came of the first."""
        with self._guard:
            lock = self._busy.setdefault(key, threading.Lock())
        with lock:
            yield

    def _read(self, key: str) -> Outcome | None:
        sql = "SELECT result, usage FROM outcomes WHERE key = ?"
        try:
            with self._guard:
                row = self._db.execute(sql, (key,)).fetchone()
            if row is None:
                return None
            usage = Usage.from_json(json.loads(row[1]))
            if usage.answers:
                usage = replace(usage, answers=usage.answers.again())
            return Outcome("ok", json.loads(zlib.decompress(row[0])), usage, cached=True)
        except (sqlite3.Error, zlib.error, ValueError):  # a damaged row is run again
            return None

    def _write(self, key: str, outcome: Outcome) -> None:
        """A cache that cannot be written costs time and nothing else; the ledger says why."""
        try:
            result = zlib.compress(json.dumps(outcome.values).encode(), 1)
        except (TypeError, ValueError, RecursionError):  # of a plugin: the judge says what it is
            return
        sql = "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)"
        with self._guard, contextlib.suppress(sqlite3.Error):
            self._db.execute(sql, (key, result, canonical(outcome.usage.to_json())))
