"""Talk of a forked child with the host: it takes a call, gives its result, and so on.

What it reads: messages of a stamp, a size and JSON; first the parameters, then the next call for
each answer, then the end. What it writes: the stamp of the call, a size and JSON. The host draws a
stamp for each call, so that a frame which a program has written ahead of it answers nothing.

The first byte of a size tells what kind of message it is of: 0, or QUESTION for a question to a
language model and for the answer to one (questions.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from typing import Any

RESULT, CALLS = 3, 4
DETAIL_CHARS = 6000
STAMP_BYTES = 8
HEADER_BYTES = STAMP_BYTES + 8  # and the kind and the size of what follows
QUESTION = 1
KIND_AT = 56
"""bits of a size below its kind"""
ROLES = ("system", "user", "assistant")
"""of messages to a language model: servers quote others in what they refuse"""
_BLOCK_BYTES = 1 << 20
_OURS = os.path.dirname(os.path.abspath(__file__))


class Host:
    """Host as the child sees it: hands over one call at a time and takes the result of each."""

    def __init__(self) -> None:
        self.stamp = bytes(STAMP_BYTES)
        self.parameters: Any = None

    def greet(self) -> None:
        """Learn the parameters, and how to answer if something goes wrong from here on."""
        self.parameters = self.take()["parameters"]

    def take(self) -> Any:
        """The next message; None where there is none."""
        found = message()
        if found is None:
            return None
        self.stamp, _, body = found
        return body

    def give(self, frame: dict[str, Any]) -> None:
        """Answer; raises where JSON cannot hold it."""
        write(self.stamp, json.dumps(frame, allow_nan=False).encode())

    def give_up(self, error: BaseException) -> None:
        with contextlib.suppress(BaseException):
            self.give(failure(error))


def write(stamp: bytes, data: bytes, kind: int = 0) -> None:
    """Write one message to the host."""
    size = (len(data) + (kind << KIND_AT)).to_bytes(HEADER_BYTES - STAMP_BYTES, "big")
    view = memoryview(stamp + size + data)
    while view:
        view = view[os.write(RESULT, view) :]


def message() -> tuple[bytes, int, Any] | None:
    """(stamp, kind, JSON) of the next message of the host; None where there is none."""
    header = read(HEADER_BYTES)
    if not header:
        return None
    kind, size = divmod(int.from_bytes(header[STAMP_BYTES:], "big"), 1 << KIND_AT)
    return header[:STAMP_BYTES], kind, json.loads(read(size))


def read(size: int) -> bytes:
    """Bytes of the calls, as many as asked for, or none at their end; EOFError in between."""
    blocks: list[bytes] = []
    left = size
    while left:
        block = os.read(CALLS, min(left, _BLOCK_BYTES))
        if not block:
            break
        blocks.append(block)
        left -= len(block)
    if left and blocks:
        raise EOFError("the calls end in the middle of one")
    return b"".join(blocks)


def failure(error: BaseException) -> dict[str, Any]:
    trace = error.__traceback__
    while trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == _OURS:
        trace = trace.tb_next  # our own frames say nothing about the program
    try:
        text = "".join(traceback.format_exception(type(error), error, trace))
    except BaseException:  # an exception whose own text raises
        text = type(error).__name__
    return {"ok": False, "error": type(error).__name__, "detail": text[-DETAIL_CHARS:]}
