"""Other paths of the same files: a folder may be mounted in several places."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mount:
    """Mount as the kernel lists it. root: the folder of the device that is seen at point."""

    device: str
    root: str
    point: str


def aliases(paths: Iterable[Path]) -> set[Path]:
    """Paths by which these files can be reached too."""
    mounts = list(_mounts())
    return {alias for path in paths for alias in _aliases(str(path), mounts)} - {*paths}


def _aliases(path: str, mounts: list[Mount]) -> Iterator[Path]:
    home = next((one for one in reversed(mounts) if _below(path, one.point) is not None), None)
    if home is None:
        return
    inside = f"{home.root.rstrip('/')}/{_below(path, home.point)}".rstrip("/") or "/"
    for other in mounts:
        if other.device != home.device or other == home:
            continue
        if (rest := _below(inside, other.root)) is not None:
            yield Path(os.path.normpath(f"{other.point}/{rest}"))
        elif _below(other.root, inside) is not None:  # a part of it is mounted there
            yield Path(other.point)


def _below(path: str, folder: str) -> str | None:
    """The rest of a path below a folder; None where it lies elsewhere."""
    if path == folder or folder == "/":
        return path[len(folder) :].lstrip("/")
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else None


def _mounts() -> Iterator[Mount]:
    for row in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
        _, _, device, root, point, *_ = row.split()
        yield Mount(device, _unescaped(root), _unescaped(point))


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
