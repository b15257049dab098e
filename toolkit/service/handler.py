"""Requests of one connection: read, let in, sent to the judge, answered in JSON."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from ..records import parse
from ..text import said, short
from .refusal import Refusal
from .requests import malformed

if TYPE_CHECKING:
    from .server import JudgeServer, _Server

MOST_BYTES = 32 * 1024**2
DRAINED_BYTES = 8 * MOST_BYTES
MOST_DIGITS = 19
IDLE_S = 600.0
LINGER_S = 0.5
Route = Callable[[Any], Any]


class Handler(BaseHTTPRequestHandler):
    """One connection, which is kept for further requests."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "toolkit", ""
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    @property
    def home(self) -> JudgeServer:
        return cast("_Server", self.server).home

    def _serve(self) -> None:
        try:
            status, reply = 200, self._reply()
        except Refusal as refusal:
            status, reply = refusal.status, refusal.reply
        except Exception as fault:
            self.home.fault = self.home.fault or fault
            status, reply = 500, {"error": f"{type(fault).__name__}: {said(fault)}"}
        self._answer(status, reply)

    def _reply(self) -> Any:
        self._require_token()
        where = urlsplit(self.path)
        route = self._route(where.path)
        body = self._body() if self.command == "POST" else dict(parse_qsl(where.query))
        return route(body)

    def _route(self, path: str) -> Route:
        judge = self.home.judge
        routes: Mapping[str, Mapping[str, Route]] = {
            "/trial": {"POST": judge.trial},
            "/look": {"POST": judge.look, "GET": lambda query: judge.look(_numbers(query))},
            "/budget": {"GET": lambda query: judge.budget()},
            "/program": {"GET": lambda query: judge.program()},
            "/done": {"POST": judge.done},
        }
        methods = routes.get(path)
        if methods is None:
            raise self._unread(404, f"there is no {short(path)}; there are {', '.join(routes)}")
        if self.command not in methods:
            raise self._unread(405, f"{path} takes {' and '.join(methods)}, not {self.command}")
        return methods[self.command]

    def _require_token(self) -> None:
        given = self.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self.home.token}".encode()):
            raise self._unread(401, "send the header `Authorization: Bearer TOKEN`")

    def _body(self) -> Any:
        """The JSON of a request; raises Refusal where it has none, or too much of it."""
        size = self._size()
        if size is None:
            raise self._unread(411, "send a body with a Content-Length")
        if size > MOST_BYTES:
            raise self._unread(413, f"a request has {MOST_BYTES:,} bytes at most, not {size:,}")
        data = self.rfile.read(size)
        try:
            return parse(data) if data.strip() else {}
        except ValueError as error:
            raise malformed(f"the body is no JSON: {error}") from error

    def _size(self) -> int | None:
        """Bytes of the body; None where the request does not say."""
        size = self.headers.get("Content-Length", "")
        plain = size.isascii() and size.isdecimal() and len(size) < MOST_DIGITS
        return int(size) if plain else None

    def _unread(self, status: int, error: str) -> Refusal:
        """Refusal of a request whose body is no use, which ends its connection.

        The body is read for nothing: a client that is still sending would not see the answer.
        """
        self.close_connection = True
        chunked = "Transfer-Encoding" in self.headers
        left = min(self._size() or DRAINED_BYTES * chunked, DRAINED_BYTES)
        self.connection.settimeout(LINGER_S)
        with contextlib.suppress(OSError):
            while left > 0 and (piece := self.rfile.read1(min(left, 1 << 16))):
                left -= len(piece)
        return Refusal(status, error)

    def _answer(self, status: int, reply: Any) -> None:
        data = json.dumps(reply, default=repr, ensure_ascii=False)
        body = data.encode(errors="backslashreplace") + b"\n"
        with contextlib.suppress(OSError):  # a client that did not wait
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is no HTTP, in the same words as every other answer."""
        self.close_connection = True
        self._answer(code, {"error": message or HTTPStatus(code).phrase})

    def log_message(self, *_: Any) -> None:
        """Write nothing: standard error belongs to the command."""


def _numbers(query: Mapping[str, str]) -> Mapping[str, Any]:
    return {name: int(text) if _is_number(text) else text for name, text in query.items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS
