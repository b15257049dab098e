"""An OpenAI-compatible server on loopback whose answers a test writes down beforehand."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "gpt-4o-mini-2026-01-01"  # priced like the model that it is a version of


@dataclass
class Answer:
    """One HTTP answer. cut: bytes of the body that are sent before the line is dropped.

    message: what else the reply's message holds.
    """

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: int | None = None
    finish: str = "stop"
    message: dict[str, Any] = field(default_factory=dict)
    wait: threading.Event | None = None

    def payload(self) -> bytes:
        if self.body is not None:
            return self.body
        if self.status != 200:
            return json.dumps({"error": {"message": self.text}}).encode()
        return json.dumps(
            {
                "id": "1", "object": "chat.completion", "created": 0, "model": MODEL,
                "choices": [{"index": 0, "finish_reason": self.finish,
                             "message": {"role": "assistant", "content": self.text,
                                         **self.message}}],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
            }
        ).encode()  # fmt: skip


class ScriptedServer:
    """answer(number, prompt) -> Answer, for the number-th request, from 0.

    prompts: the last message of each request. bodies: the whole of each.
    """

    def __init__(self, answer: Callable[[int, str], Answer]) -> None:
        self.prompts: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 - the server's self is outside
                body: Any = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
                with lock:
                    number = len(self.prompts)
                    self.bodies.append(body)
                    self.prompts.append(body["messages"][-1]["content"])
                reply(handler, answer(number, self.prompts[number]))

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def reply(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.wait:
        answer.wait.wait(30)
    data = answer.payload()
    handler.send_response(answer.status)
    headers = {"content-type": "application/json", "content-length": str(len(data))}
    for name, value in {**headers, **answer.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    with contextlib.suppress(BrokenPipeError):  # a client that did not wait
        handler.wfile.write(data if answer.cut is None else data[: answer.cut])
    if answer.cut is not None:
        handler.close_connection = True
