"""What Linux says of a running process."""

from __future__ import annotations

from pathlib import Path


def children(process: int) -> list[str]:
    """Their numbers."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()
