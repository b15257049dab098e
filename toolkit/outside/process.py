"""The host's end of an agent: its keeper, what it prints, and how it ended."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..evaluators import sandbox
from . import leftovers
from .output import Output

KEEPER = Path(__file__).parent / "keeper"
SANDBOX = Path(str(sandbox.__file__)).parent
MESSAGE_BYTES = 1 << 17
START_S = 60.0
SLACK_S = 10.0
"""for the keeper to kill and to tell, beside the time that the agent is given"""
KEEPER_LOST = "its keeper was ended from outside"


class Process:
    """A running agent, with all that it starts. A context manager, which ends it."""

    def __init__(self, asked: Mapping[str, Any], mark: str) -> None:
        """asked: see keeper/__main__.py. Raises UserError where the agent cannot be started."""
        self._mark = mark
        self._output, self._ended = Output(), threading.Event()
        self._code: int | None = None
        self.reason = ""
        """why its keeper ended it; empty where it ended by itself or was asked to"""
        self.unveiled = ""
        """why it has no view of its own of the file system (keeper/veil.py); empty where it has"""
        self._began = time.monotonic()
        self._took_s: float | None = None
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), str(theirs.fileno()), str(SANDBOX)],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/",
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
                pass_fds=[theirs.fileno()], start_new_session=True,  # Ctrl-C is the host's
            )  # fmt: skip
        self._ask(asked)
        threading.Thread(target=self._listen, daemon=True).start()

    def _ask(self, asked: Mapping[str, Any]) -> None:
        assert self._keeper.stdin
        with contextlib.suppress(BrokenPipeError), self._keeper.stdin as stream:
            stream.write(json.dumps(dict(asked)).encode())
        self._line.settimeout(START_S)
        try:
            hello = self._line.recv(MESSAGE_BYTES)
        except TimeoutError:
            hello = b""
        self._line.settimeout(None)
        if hello[:1] == b"s":
            self.unveiled = json.loads(hello[1:])
            return
        told = json.loads(hello[1:]) if hello[:1] == b"r" else "its keeper did not start"
        self._keeper.kill()
        self._keeper.wait()
        self._line.close()
        leftovers.end({self._mark})  # an agent that is quick may have ended its keeper
        raise UserError(f"the agent cannot be started: {told}")

    def _listen(self) -> None:
        """Take what the keeper says until it has nothing more to say."""
        last: dict[str, Any] = {}
        with contextlib.suppress(OSError):
            while message := self._line.recv(MESSAGE_BYTES):
                if message[:1] == b"o":
                    self._output.write(message[1:])
                else:
                    last = json.loads(message[1:])
        code = self._keeper.wait()
        if not last:  # whoever ended the keeper has let go of what it kept
            leftovers.end({self._mark})
            last = {"code": code, "reason": KEEPER_LOST}
        self._code, self.reason = last["code"], last["reason"]
        if self._code is None:
            self._code = -9
        self._took_s = time.monotonic() - self._began
        self._ended.set()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def poll(self) -> int | None:
        """Exit status once it and all that it started have ended; -N where signal N ended it."""
        return self._code if self._ended.is_set() else None

    @property
    def seconds(self) -> float:
        """Seconds on the clock since it was started, until its end."""
        return self._took_s if self._took_s is not None else time.monotonic() - self._began

    def tail(self, n_bytes: int) -> str:
        """End of what it printed, cleaned; of the last MB at most."""
        return self._output.tail(n_bytes)

    def read_new(self) -> str:
        """Output since the last call, cleaned."""
        return self._output.read_new()

    def end(self, grace_s: float = 5.0) -> None:
        """Ask it to end, and kill what is left after a while; afterwards nothing of it is left."""
        if not self._ended.is_set():
            with contextlib.suppress(OSError):
                self._line.send(str(grace_s).encode())
            self._output.release()
            if not self._ended.wait(grace_s + SLACK_S):
                self._keeper.kill()
                self._ended.wait()
        self._line.close()
