"""The host's ends of one program's pipes: what it reads, what it returns, what it prints.

A function gets its calls one at a time: the next is written when what the last one returned has
come. Until then the host alone holds it, so no trick inside a program's process can find it; and
what has come is the host's, so no later call can change it. An honest child answers each stamp
once; what is out of turn is not believed.

A pipe each way. Handing over a sealed file a call instead would save a copy, but takes a
socket, through which a program also learns of its host's process and sends open files; and programs
that hold the same file share its offset. The fork server could write the calls without waking the
host, but then they would lie in memory that every child inherits.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..jobs import Job
from ..records import DETAIL_CHARS
from .questions import Questions
from .sandbox.talk import HEADER_BYTES, KIND_AT, QUESTION, STAMP_BYTES

BLOCK_BYTES = 1 << 16
MOST_UNREAD = 1000  # answers that a program leaves in its pipe before it is heard no further
NO_STAMP = b""  # what nothing can bear


@dataclass(frozen=True)
class Returned:
    """Bytes that a function returned for its calls, or that a command wrote, as they came.

    stray: something else was written there too.
    """

    frames: tuple[bytes, ...]
    stray: bool = False


def read_by_command(job: Job) -> bytes:
    """The JSON object that a command reads: all of its calls at once; a script reads nothing."""
    if job.script:
        return b""
    return parameters(job, seed=job.seed)[:-1] + b', "calls": ' + job.all_calls + b"}"


def parameters(job: Job, **more: int) -> bytes:
    return json.dumps({"parameters": dict(job.parameters), **more}).encode()


class Drain(threading.Thread):
    """Reads a pipe to its end, or to its cap, and closes it."""

    def __init__(self, fd: int, cap: int, *, keep_all: bool, full: Callable[[str], None]) -> None:
        super().__init__(daemon=True)
        self.fd, self.cap, self.keep_all, self.full = fd, cap, keep_all, full
        self.data = b""
        self.start()

    def run(self) -> None:
        blocks: list[bytes] = []
        seen = 0
        with contextlib.suppress(OSError):
            while block := os.read(self.fd, BLOCK_BYTES):
                seen += len(block)
                if seen > self.cap:
                    self.full("result" if self.keep_all else "output")
                    break
                blocks.append(block)
                if not self.keep_all:
                    blocks = [b"".join(blocks)[-DETAIL_CHARS:]]
        os.close(self.fd)
        self.data = b"".join(blocks)

    @property
    def returned(self) -> Returned:
        return Returned((self.data,) if self.data else ())


class Exchange(threading.Thread):
    """Hands over a function's calls, each for an answer; closes both pipes at the end.

    Each call is stamped with random bytes that its answer must begin with. So an answer cannot be
    written before its call has come, nor twice; and stray bytes are known at once, while a host
    that only counted would wait for the rest of a frame, and its child for the next call.

    Neither pipe ever blocks it: a program that reads nothing is heard all the same. Only what asks
    faster than it takes answers is left to wait, or its questions would fill the host's memory.

    A program that may ask a language model does so under the stamp of its call, and gets answers
    under it: a question stands out of turn where a result does, and an answer of a call that has
    returned is dropped.
    """

    def __init__(
        self, calls: int, result: int, job: Job, cap: int, full: Callable[[str], None]
    ) -> None:
        """calls and result: pipes, to write to and to read from. full: told when the cap is met."""
        super().__init__(daemon=True)
        self._calls, self._result, self._cap, self._full = calls, result, cap, full
        self._parameters, self._left = parameters(job), deque(job.calls)
        self._stamp = os.urandom(STAMP_BYTES)
        self._unsent: deque[tuple[memoryview, bool]] = deque()  # (bytes, whether they are a call)
        self._questions = Questions(job.answers) if job.answers else None
        self._came = bytearray()
        self._seen = 0
        self._wanted, self._open, self._stray = len(job.calls), True, False
        self._frames: list[bytes] = []
        self._poll = select.poll()
        self.start()

    @property
    def returned(self) -> Returned:
        return Returned(tuple(self._frames), self._stray)

    def run(self) -> None:
        try:
            self._talk()
        finally:
            self._hang_up()
            os.close(self._result)
            if self._questions:
                self._questions.close()

    def _talk(self) -> None:
        for fd in (self._calls, self._result):
            os.set_blocking(fd, False)
        self._poll.register(self._result, select.POLLIN)
        if self._questions:
            self._poll.register(self._questions.woken, select.POLLIN)
        # both under one stamp: what goes wrong before the first call is the answer to it
        self._send(self._parameters, *self._next())
        if not self._wanted:
            self._hang_up()
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Wait for either pipe. False at the end of the result, or of its cap."""
        for fd, _ in self._poll.poll():
            if fd == self._result and not self._pull():
                return False
            if self._questions and fd == self._questions.woken:
                self._answer(self._questions.answers())
            elif fd == self._calls and self._open:
                self._push()
        if self._questions:
            full = self._questions.full or len(self._unsent) > MOST_UNREAD
            self._poll.modify(self._result, 0 if full else select.POLLIN)  # its end is told anyway
        return True

    def _answer(self, came: list[tuple[bytes, bytes]]) -> None:
        for stamp, answer in came:
            if self._open and stamp == self._stamp:  # else the call that asked has returned
                self._unsent.append((memoryview(self._message(answer, QUESTION)), False))
                self._push()

    def _next(self) -> list[bytes]:
        return [self._left.popleft()] if self._left else []

    def _send(self, *bodies: bytes) -> None:
        whole = b"".join(self._message(one) for one in bodies)
        self._unsent.append((memoryview(whole), True))
        self._push()

    def _message(self, body: bytes, kind: int = 0) -> bytes:
        size = len(body) + (kind << KIND_AT)
        return self._stamp + size.to_bytes(HEADER_BYTES - STAMP_BYTES, "big") + body

    def _push(self) -> None:
        """Write as much as the pipe takes now."""
        try:
            while self._unsent:
                data, is_call = self._unsent[0]
                if left := data[os.write(self._calls, data) :]:
                    self._unsent[0] = left, is_call
                else:
                    self._unsent.popleft()
        except BlockingIOError:
            self._poll.register(self._calls, select.POLLOUT)
        except OSError:  # it has ended, or closed its end
            self._hang_up()
        else:
            self._forget_calls()

    def _forget_calls(self) -> None:
        with contextlib.suppress(KeyError):
            self._poll.unregister(self._calls)

    def _hang_up(self) -> None:
        """Hand over nothing more: an honest child ends by itself."""
        if self._open:
            self._open = False
            self._unsent.clear()
            self._forget_calls()  # the number may soon be another file's
            os.close(self._calls)

    def _pull(self) -> bool:
        """Read what has come. False at its end, or where it is too much."""
        try:
            block = os.read(self._result, BLOCK_BYTES)
        except BlockingIOError:  # a program can empty its own pipe
            return True
        self._seen += len(block)
        if self._seen > self._cap or (not self._stray and not self._take(block)):
            self._full("result")
            return False
        return bool(block)

    def _take(self, block: bytes) -> bool:
        """Put frames together. False where one is to be larger than the cap."""
        came = self._came
        came += block
        while came and not self._stray:
            if not self._stamp.startswith(bytes(came[:STAMP_BYTES])):
                self._refuse()
            if len(came) < HEADER_BYTES:
                break
            kind, size = divmod(int.from_bytes(came[STAMP_BYTES:HEADER_BYTES], "big"), 1 << KIND_AT)
            asks, end = kind == QUESTION and self._questions is not None, HEADER_BYTES + size
            if end > self._cap or (kind and not asks):
                return False
            if len(came) < end:
                break
            frame = bytes(came[HEADER_BYTES:end])
            del came[:end]
            self._asked(frame) if asks else self._returned(frame)
        return True

    def _asked(self, frame: bytes) -> None:
        """Take a question, which counts against no cap: its size does, and how many there are."""
        self._seen -= HEADER_BYTES + len(frame)
        if not (self._questions and self._questions.ask(self._stamp, frame)):
            self._refuse()

    def _returned(self, frame: bytes) -> None:
        self._frames.append(frame)
        if self._questions:
            self._questions.next_call()
        self._answered()

    def _answered(self) -> None:
        """The call that is out was answered: hand over the next."""
        if self._came:  # and more
            self._refuse()
        # else it has not even read its call
        elif self._open and self._left and not any(is_call for _, is_call in self._unsent):
            self._stamp = os.urandom(STAMP_BYTES)
            self._send(*self._next())
        else:
            self._stamp = NO_STAMP
            self._hang_up()

    def _refuse(self) -> None:
        self._stray = True
        self._came.clear()
        self._hang_up()
