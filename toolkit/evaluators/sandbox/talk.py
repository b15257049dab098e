"""Talk of a forked child with the host: it takes a call, gives its result, and so on.

What it reads: messages of a stamp, a size and JSON; first the parameters, then the next call for
each answer, then the end. What it writes: the stamp of the call, a size and JSON. The host draws a
stamp for each call, so that a frame which a program has written ahead of it answers nothing.
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
HEADER_BYTES = STAMP_BYTES + 8  # and the size of what follows
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
        header = read(HEADER_BYTES)
        if not header:
            return None
        self.stamp = header[:STAMP_BYTES]
        body = read(int.from_bytes(header[STAMP_BYTES:], "big"))
        return json.loads(body)

    def give(self, frame: dict[str, Any]) -> None:
        """Answer; raises where JSON cannot hold it."""
        data = json.dumps(frame, allow_nan=False).encode()
        size = len(data).to_bytes(HEADER_BYTES - STAMP_BYTES, "big")
        view = memoryview(self.stamp + size + data)
        while view:
            view = view[os.write(RESULT, view) :]

    def give_up(self, error: BaseException) -> None:
        with contextlib.suppress(BaseException):
            self.give(failure(error))


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
