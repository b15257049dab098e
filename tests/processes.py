"""What Linux says of a running process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path


def children(process: int) -> list[str]:
    """Numbers of the processes that a process has started."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def showing(mark: str) -> list[str]:
    """Numbers of all processes whose command line shows a mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):  # globbing for cmdline fails where one has ended
        with contextlib.suppress(OSError):
            found += [folder.name] if mark.encode() in (folder / "cmdline").read_bytes() else []
    return found


def sleepers() -> list[str]:
    """Numbers of all processes that sleep for the 86398.5 seconds that only tests sleep."""
    return showing("86398.5")


def wait_for(condition: Callable[[], bool], most_s: float = 10) -> None:
    """Return once it holds; fail where it never does."""
    deadline = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
