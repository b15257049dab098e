"""Requests to the judge, which is a server on this machine.

A raw socket, since http.client takes longer to import than most evaluations of a small program
take to start. No limit of time: an evaluation may take hours, and a host that dies closes the line.
"""

from __future__ import annotations

import _socket
import json
import os

TYPE_CHECKING = False  # `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

PIECE_BYTES = 1 << 16


class UnreachableError(Exception):
    """The judge does not answer."""


class Reply:
    """Answer of the judge. status: of HTTP. data: its JSON object."""

    def __init__(self, status: int, data: dict[str, Any]) -> None:
        self.status, self.data = status, data

    @property
    def error(self) -> str:
        """Complaint of the judge."""
        return str(self.data.get("error", f"status {self.status}"))


class Call:
    """Request that was sent, and whose answer is still to come."""

    def __init__(self, tools: str, method: str, path: str, body: object = None) -> None:
        """tools: the folder that holds the server's address and token, a line each."""
        address, token = _server(tools)
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
            "Connection: close\r\n\r\n"
        )
        self._line = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            self._line.connect(address)
            self._line.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            self._line.sendall(head.encode() + data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server that refuses a large body answers before it has read all of it
        except OSError as error:
            raise UnreachableError(f"the judge cannot be reached ({error.strerror})") from None

    def answer(self) -> Reply:
        """The answer, as soon as it is there; raises UnreachableError where there is none."""
        pieces = []
        try:
            while piece := self._line.recv(PIECE_BYTES):
                pieces.append(piece)
        except OSError:
            pass  # what came before is looked at all the same
        head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
        try:
            data = json.loads(body)
            status = int(head.split(None, 2)[1])
        except (ValueError, IndexError):
            raise UnreachableError("the judge ended before it answered") from None
        return Reply(status, data if isinstance(data, dict) else {"value": data})


def ask(tools: str, method: str, path: str, body: object = None) -> Reply:
    """A request and its answer; raises UnreachableError."""
    return Call(tools, method, path, body).answer()


def _server(tools: str) -> tuple[tuple[str, int], str]:
    try:
        with open(os.path.join(tools, "server"), encoding="utf-8") as file:
            host, port, token = file.read().split()
        return (host, int(port)), token
    except (OSError, ValueError):
        raise UnreachableError(
            "the file .toolkit/server is gone, which says where the judge is"
        ) from None
