"""The wall around agents: what they may not read, what they may not change, and where they work."""

from __future__ import annotations

import os
import site
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from . import mounts, sockets

HIDDEN, READ, ALL = 0, 1, 2
"""as in keeper/wall.py"""
SCOPES_ABI = 6
_SYSTEM = (
    "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/run", "/sbin", "/sys", "/usr",
    "/var",
)  # fmt: skip
_SYSTEM_OPEN = ("/run/lock", "/run/user", "/var/tmp")
"""of a root user, who could otherwise have programs of the system run what he likes"""
_KERNEL = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
_HELPER = "/proc/sys/kernel/core_pattern"
"""names a program that the kernel runs"""


def abi() -> int:
    """Version of Landlock that this machine has; 0 for none."""
    if sys.platform != "linux":
        return 0
    import ctypes

    # landlock_create_ruleset, asked for its version
    found = ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), 1)
    return max(0, int(found))


def require(version: int) -> None:
    """Raises UserError where there can be no walls. version: of Landlock; 0 for none."""
    if not version:
        raise UserError(
            "an agent could read the answers here: this machine has no Landlock (see `toolkit "
            "doctor`); run it all the same with --allow-weak, and the table says so"
        )


@dataclass(frozen=True)
class Walls:
    """Walls of the stations of a run.

    hidden: what no agent may read. readable: what it may read and run all the same, and not change.
    veil: in a namespace of mounts where there can be one (keeper/veil.py).
    """

    hidden: Sequence[Path]
    readable: Sequence[Path] = ()
    veil: bool = True

    def around(self, writable: Iterable[Path]) -> dict[str, Any]:
        """Errand of the keeper. writable: where the agent works, in what is hidden."""
        rules = self.rules(writable)
        hidden = (os.path.realpath(path) for path in self.hidden)
        return {
            "rules": rules,
            "sockets": sockets.veiled(),
            "unveiled": "" if self.veil else "not asked for",
            "unreadable": list(filter(None, (_file_in(path, rules) for path in hidden))),
            "unwritable": [_HELPER] if Path(_HELPER).exists() else [],
            "host": os.getpid(),
        }

    def rules(self, writable: Iterable[Path] = ()) -> dict[str, int]:
        """{path: level}; the nearest above a file counts, and all else is open."""
        # what is not there yet has nothing to read, and would shut the folder around it
        hidden = {Path(os.path.realpath(path)) for path in self.hidden if path.exists()}
        rules = {**_prefixes(self.readable), **(_system() if os.geteuid() == 0 else {})}
        rules |= {str(path): HIDDEN for path in {*hidden, *mounts.aliases(hidden), *_disks()}}
        return rules | {os.path.realpath(path): ALL for path in writable}

    def hider(self, path: Path) -> Path | None:
        """The hidden folder that a file is in; None where the file is open to agents."""
        rules = self.rules()
        real = Path(os.path.realpath(path))
        nearest = next((one for one in (real, *real.parents) if str(one) in rules), None)
        return nearest if nearest and rules[str(nearest)] == HIDDEN else None


def _prefixes(readable: Iterable[Path]) -> Mapping[str, int]:
    """Folders that host and programs take code from: an agent could change either's."""
    own = (sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages())
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [*own, *user, *filter(None, named), *map(str, readable)]
    return {os.path.realpath(path): READ for path in paths}


def _system() -> Mapping[str, int]:
    """Places that belong to root, for an agent that is root."""
    shut = {os.path.realpath(path): READ for path in (*_SYSTEM, *_KERNEL)}
    return shut | {os.path.realpath(path): ALL for path in _SYSTEM_OPEN}


def _disks() -> Iterator[Path]:
    """Disks that this user may read, file systems and all."""
    for path in Path("/dev").iterdir():
        if stat.S_ISBLK(path.lstat().st_mode) and os.access(path, os.R_OK):
            yield path


def _file_in(path: str, rules: Mapping[str, int]) -> str:
    """A file whose reading must fail: the path itself, or one below; "" where there is none."""
    if Path(path).is_file():
        return path
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not rules.get(f"{folder}/{name}")]
        for one in (f"{folder}/{name}" for name in names):
            if not rules.get(one) and os.access(one, os.R_OK) and _is_plain(one):
                return one
    return ""


def _is_plain(path: str) -> bool:
    """True for a file that is still there: evaluations beside this one come and go."""
    try:
        return stat.S_ISREG(Path(path).lstat().st_mode)
    except OSError:
        return False
