"""The judge by HTTP, on the loopback interface: who has the token may ask."""

from __future__ import annotations

import secrets
import socket
import socketserver
import threading
from http.server import ThreadingHTTPServer
from typing import Any, Self

from ..errors import UserError
from .handler import Handler
from .judge import Judge

HOST = "127.0.0.1"
MOST_CONNECTIONS = 256
POLL_S = 0.05


def check_port(port: int) -> None:
    """Raises UserError where a port cannot be had, before anything is spent."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise _unhad(port, error) from error


def _unhad(port: int, error: OSError) -> UserError:
    return UserError(
        f"port {port} cannot be had ({error.strerror}); give another one, or 0 for any"
    )


class JudgeServer:
    """Serves one judge while its `with` lasts. url: without a path; token: what requests bear.

    port: 0 for any that is free. A fault of ours in a request is answered with status 500, and
    raised at the end.
    """

    def __init__(self, judge: Judge, *, port: int = 0, token: str = "") -> None:
        """Raises UserError where the port cannot be had."""
        self.judge, self.token = judge, token or secrets.token_urlsafe(24)
        self.fault: Exception | None = None
        try:
            self._server = _Server(self, port)
        except OSError as error:
            raise _unhad(port, error) from error
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self.fault and kind is None:
            raise self.fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, home: JudgeServer, port: int) -> None:
        self.home = home
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        """Without asking a name server who we are, as HTTPServer does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, up to a number of them: an agent must not take them all."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is nothing to write about on standard error."""
