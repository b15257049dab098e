"""Keeps an agent: reads what it prints, and ends it with all that it started.

The host starts it in a clean interpreter, `python -I -S <this folder> FD SANDBOX`, and writes what
is asked for on its standard input: a command line and an environment can be read by others. FD is a
SOCK_SEQPACKET socket to the host; SANDBOX the folder of the sandbox, whose modules are used here.

It is a subreaper: a process that forks twice, takes a session of its own or outlives its parent
becomes its child, so that no child means nobody. It ends all of them when the agent itself ends,
when the host asks for it, or when the host's end of the socket closes, as it does however the host
is killed. A signal at the parent's death is not used for that: it comes at the end of the thread
that started the keeper, not of the host.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

sys.path.append(sys.argv[2])

# beside this file, whose folder is run, and in the sandbox's
import agent  # type: ignore[import-not-found]
import confine  # type: ignore[import-not-found]
import descendants  # type: ignore[import-not-found]
import landlock  # type: ignore[import-not-found]
import line  # type: ignore[import-not-found]
import record  # type: ignore[import-not-found]
import scratch  # type: ignore[import-not-found]
import veil  # type: ignore[import-not-found]

BLOCK_BYTES = 1 << 16
MORE_FILES = 1_000_000
GONE_S = 0.5
"""for an agent whose host is gone"""
FLUSH_S = 1.0
LOOK_S, SHARE = 2.0, 50
"""between looks at the folder's size, which take one part in so many of the time at most"""
_PR_SET_CHILD_SUBREAPER = 36


class Keeper:
    """Watch over one agent until nothing of it is left."""

    def __init__(self, host: socket.socket, asked: dict[str, Any]) -> None:
        self.asked, self.host = asked, line.Line(host)
        self.code: int | None = None
        self.reason = ""
        self.ends_at: float | None = None
        self.flush_at = self.look_at = 0.0
        self.scoped = self.alone = False
        self.open = True  # for output

    def keep(self) -> None:
        self.record = record.Record(self.asked["output"], self.asked["output_bytes"])
        wake, awake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(awake, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # what is ignored writes nothing into the pipe
        try:
            unveiled = self.enclose() if self.asked["wall"] else ""
            self.pid, self.output = agent.start(self.asked)
        except (agent.Refused, OSError) as refused:
            self.host.tell(line.REFUSED, str(refused))
            self.host.close()
            return
        self.host.tell(line.STARTED, unveiled)
        self.poll = select.poll()
        for fd in (self.output, wake):
            self.poll.register(fd, select.POLLIN)
        self.watch(wake)
        self.kill()
        self.drain()
        self.record.flush()
        self.host.tell(line.ENDED, {"code": self.code, "reason": self.reason})
        self.host.close()

    def enclose(self) -> str:
        """Go where the agent will be, but for its wall. Returns why there is no veil; "" for one.

        No signal of this process gets out of there either, so that one to everybody reaches the
        agent and all that it started, and nobody else.
        """
        wanted = self.asked["wall"]
        unveiled: str = wanted["unveiled"] or veil.draw(wanted["rules"], wanted["sockets"])
        if not unveiled:
            wanted["rules"] = {}  # of Landlock, which shuts the way back
        confine.allow_no_new_privileges()
        alone = landlock.scope_signals(landlock.version())
        # tried, not believed: what is not really scoped would kill all of this user's processes
        self.scoped = alone and not any(map(descendants.may_signal, (wanted["host"], 1)))
        return unveiled

    def watch(self, wake: int) -> None:
        """Until the agent itself has ended, or all of it, or the time that it was given to end."""
        while not self.is_over():
            self.listen()
            if not self.alone:
                waits = select.POLLOUT if self.host.waits else 0
                self.poll.register(self.host.host, select.POLLIN | waits)
            for fd, event in self.poll.poll(self.wait_ms()):
                if fd == wake:
                    self.wake(os.read(wake, 4096))
                elif fd == self.output:
                    # not asked for, it says that nobody writes there any more: the rest is small
                    self.read(last=not event & select.POLLIN)
                else:
                    self.hear(event)
            self.look()

    def is_over(self) -> bool:
        if self.ends_at is None:
            return self.code is not None
        return time.monotonic() >= self.ends_at or descendants.none_left()

    def listen(self) -> None:
        """Take output only while the host takes it too: the pipe is what an agent waits at."""
        if self.open and self.host.full:
            self.poll.modify(self.output, 0)
        elif self.open:
            self.poll.modify(self.output, select.POLLIN)

    def wait_ms(self) -> float:
        now = time.monotonic()
        until = [FLUSH_S] if self.ends_at is None else [FLUSH_S, self.ends_at - now]
        return max(0.0, 1000 * min(until))

    def wake(self, signals: bytes) -> None:
        if signal.SIGTERM in signals:
            self.end("the keeper was told to end", GONE_S)
        self.reap()

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self.code = os.waitstatus_to_exitcode(ended[1])

    def read(self, *, last: bool = False) -> bool:
        """Take a block of output; False where there is none any more."""
        data = os.read(self.output, BLOCK_BYTES)
        if not data:  # everybody has closed it, and may still be at work
            self.poll.unregister(self.output)
            self.open = False
            return False
        self.record.write(data)
        self.host.output(data, last=last)
        return True

    def drain(self) -> None:
        """Take what the dead have left in the pipe."""
        os.set_blocking(self.output, False)
        with contextlib.suppress(BlockingIOError):
            while self.open and self.read(last=True):
                pass

    def hear(self, event: int) -> None:
        if event & select.POLLOUT:
            self.host.push()
        if not event & ~select.POLLOUT:
            return
        try:
            told = self.host.host.recv(64)
        except OSError:
            told = b""
        if told:
            self.end(self.reason, float(told))
        else:
            self.alone = True
            self.poll.unregister(self.host.host)
            self.end("the host is gone", GONE_S)

    def end(self, reason: str, grace_s: float) -> None:
        """Ask all of it to end, within a time; a shorter one counts."""
        self.reason = self.reason or reason
        at = time.monotonic() + grace_s
        self.ends_at = at if self.ends_at is None else min(at, self.ends_at)
        for number in (signal.SIGTERM, signal.SIGCONT):
            for pid in descendants.pids():
                with contextlib.suppress(OSError):
                    os.kill(pid, number)

    def look(self) -> None:
        """Put the output's end on disk, and see that the folder has not outgrown its limit."""
        now = time.monotonic()
        if now >= self.flush_at:
            self.record.flush()
            self.flush_at = now + FLUSH_S
        most = self.asked["scratch_mb"]
        if most and now >= self.look_at:
            folder = self.asked["folder"]
            if scratch.outgrown(folder, descendants.pids(), most, MORE_FILES):
                self.end(f"its folder takes more than {most:g} MB (or cannot be measured)", GONE_S)
            took = time.monotonic() - now
            self.look_at = now + max(LOOK_S, SHARE * took)

    def kill(self) -> None:
        """Kill until nothing is left."""
        while True:
            descendants.kill(scoped=self.scoped)
            self.reap()
            if descendants.none_left():
                return


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGHUP):  # the host's to handle
        signal.signal(number, signal.SIG_IGN)
    asked = json.load(sys.stdin)
    Keeper(socket.socket(fileno=int(sys.argv[1])), asked).keep()


main()
