"""What Linux says of a running process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def children(process: int) -> list[str]:
    """Their numbers."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def wait_for(condition: Callable[[], bool], most_s: float = 10) -> None:
    """Return once it holds; fail where it never does."""
    deadline = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
