"""Judges of real labs behind HTTP, and a client that asks them."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.search.budget import Budget
from toolkit.search.cells import SERVE, CellSpec, Plan
from toolkit.service.outside import Outside
from toolkit.service.server import JudgeServer

MAIN = "toy_pipeline/main.py"
Answer = tuple[int, dict[str, Any]]
"""status and JSON of a reply"""


class Client:
    """A program outside: one connection, which is kept."""

    def __init__(self, url: str, token: str) -> None:
        self.token = token
        where = urlsplit(url)
        self.connection = HTTPConnection(str(where.hostname), where.port, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """body: a text as it is, or a value as JSON."""
        data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        self.connection.request(method, path, data, headers)
        reply = self.connection.getresponse()
        return reply.status, json.loads(reply.read())

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.ask("POST", path, {} if body is None else body)

    def trial(self, **asked: Any) -> dict[str, Any]:
        """The reply to a trial that is served."""
        status, reply = self.post("/trial", asked)
        assert status == 200, reply
        return reply


class Served(Client):
    """A client, its server, and what became of the cell once it has ended."""

    cell: CellState

    def __init__(self, server: JudgeServer) -> None:
        super().__init__(server.url, server.token)
        self.server, self.lab = server, server.judge.lab

    def another(self) -> Client:
        return Client(self.server.url, self.token)

    def edited(self, old: str, new: str) -> dict[str, str]:
        """Files of a candidate that has one text in place of another."""
        text = self.lab.sources[MAIN]
        assert old in text
        return {MAIN: text.replace(old, new)}


@contextlib.contextmanager
def served(
    bench: Bench, folder: Path, budget: float = 5, max_seconds: float | None = None
) -> Iterator[Served]:
    """A study's judge behind HTTP, until its budget is spent or the block ends."""
    servers: queue.SimpleQueue[JudgeServer] = queue.SimpleQueue()
    factory = partial(Outside, 0, "", servers.put, later_s=0.0)
    spec = CellSpec("outside", SERVE, factory, {}, 0)
    plan = Plan([spec], Budget(budget, max_seconds), 2, 60, search_only=True)
    states: list[Any] = []

    def run() -> None:
        with Ledger(folder, writer=True) as ledger:
            states.append(Comparison(bench, ledger, plan).run())

    thread = threading.Thread(target=run)
    thread.start()
    client = Served(servers.get(timeout=30))
    try:
        yield client
    finally:
        with contextlib.suppress(OSError):  # it may have ended by itself
            client.another().post("/done")
        thread.join(30)
        client.connection.close()
    client.cell = states[0].cells[spec.key]


def run(bench: Bench, folder: Path, factory: type, budget: float = 5) -> CellState:
    """The cell of a searcher of a test's own."""
    spec = CellSpec("mine", "mine", factory, {}, 0)
    plan = Plan([spec], Budget(budget), 2, 60, search_only=True)
    with Ledger(folder, writer=True) as ledger:
        return Comparison(bench, ledger, plan).run().cells[spec.key]
