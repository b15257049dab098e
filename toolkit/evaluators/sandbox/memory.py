"""Memory of a process by what it has touched, where no limit of its address space can hold.

CUDA reserves more addresses than any machine has memory.
"""

from __future__ import annotations

_KINDS = ("RssAnon:", "RssShmem:")
"""private and shared memory; pages of files, such as libraries, can be dropped and read again"""


def resident_mb(pid: int | str = "self") -> float:
    """Megabytes; 0 of a process that has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            rows = [line.split() for line in file if line.startswith(_KINDS)]
    except OSError:
        return 0.0
    return sum(int(row[1]) for row in rows) / 1024
