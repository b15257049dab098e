"""What hostile programs are after, and what must still be so afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from toolkit.bench import judge
from toolkit.evaluators.local import LocalEvaluator

GOLD = "the-gold-answer-is-gold"
KEY = "sk-the-key-of-the-host"


@dataclass
class Targets:
    """Files, sockets and a process that nobody may touch."""

    folder: Path
    victim: subprocess.Popen[bytes]
    listeners: list[socket.socket]

    @property
    def file(self) -> Path:
        return self.folder / "gold.json"

    def told(self) -> dict[str, Any]:
        """What a program is told, so that it need not look for it."""
        return {
            "folder": str(self.folder),
            "file": str(self.file),
            "victim": self.victim.pid,
            "host": os.getpid(),
            "port": self.listeners[0].getsockname()[1],
            "unix": str(self.folder / "socket"),
            "ours": str(Path(judge.__file__).resolve(strict=True)),
        }

    def harm(self) -> list[str]:
        """Everything that is no longer as it was."""
        found = []
        if self.victim.poll() is not None:
            found.append("the victim is dead")
        if sorted(path.name for path in self.folder.iterdir()) != ["gold.json", "socket"]:
            found.append(f"the folder holds {sorted(p.name for p in self.folder.iterdir())}")
        elif self.file.read_text() != GOLD or self.file.stat().st_mode & 0o777 != 0o644:
            found.append("the file was changed")
        elif self.file.stat().st_mtime != 1_000_000_000:
            found.append("the file's time was changed")
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept() if listener.type == socket.SOCK_STREAM else listener.recv(1)
                found.append(f"something arrived at {listener.getsockname()}")
        found += [f"{path} was written" for path in ("/tmp/hostile", "/dev/shm/hostile")
                  if Path(path).exists()]  # fmt: skip
        return found


@contextlib.contextmanager
def targets(folder: Path) -> Iterator[Targets]:
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        ]
        tcp, udp, unix = listeners
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        unix.bind(str(folder / "socket"))
        for listener in listeners:
            listener.setblocking(False)
        tcp.listen()
        unix.listen()
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        found = Targets(folder, victim, listeners)
        found.file.write_text(GOLD)
        found.file.chmod(0o644)
        os.utime(found.file, (1_000_000_000, 1_000_000_000))
        yield found


def leaked(values: Any, detail: str) -> list[str]:
    """Secrets, and admissions of success, in what came out of a program."""
    text = json.dumps(values) + detail.partition("--- end of its output ---")[2]
    return [word for word in (GOLD, KEY, "HARM", "root:x:0") if word in text]


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    with targets(tmp_path_factory.mktemp("hostile") / "targets") as found:
        yield found


@contextlib.contextmanager
def sandboxed(*, command: bool = False) -> Iterator[LocalEvaluator]:
    """A sandbox of a host whose environment holds a key."""
    os.environ["OPENAI_API_KEY"] = KEY
    try:
        with LocalEvaluator(command=command) as running:
            yield running
    finally:
        del os.environ["OPENAI_API_KEY"]
