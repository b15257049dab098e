"""Files that a program under study may read: Python, its packages, and not ours.

A bundled study's answers, and the scorer, lie in site-packages when the toolkit is installed from a
wheel. So below the interpreter's folders everything is readable but some hidden paths; the folders
on the way to those may be listed, as the import system does, and no more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from landlock import READ_DIR, READ_FILE, WRITE_FILE  # type: ignore[import-not-found]

SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero",
    # how many cores there are, and how much memory: numerical libraries ask
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip


# what commands are made of
PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin", "/usr/libexec", "/usr/share")


def rights(
    hidden: Iterable[str], *, command: bool = False, readable: Iterable[str] = ()
) -> dict[str, int]:
    """{path: rights there and below} for this interpreter. readable: what a study adds to it."""
    found: dict[str, int] = {"/dev/null": READ_FILE | WRITE_FILE}
    system = SYSTEM + PROGRAMS if command else SYSTEM
    secret = sorted({os.path.realpath(path) for path in hidden})
    wanted = (sys.prefix, sys.base_prefix, *system, *readable)
    roots = {os.path.realpath(root) for root in wanted}
    for root in sorted(roots):
        _open(root, secret, found)
    return found


def _open(path: str, hidden: list[str], found: dict[str, int]) -> None:
    """Everything below a path, around what is hidden there."""
    if path in hidden:
        return
    if not any(one.startswith(path + os.sep) for one in hidden):
        found[path] = READ_FILE | READ_DIR
        return
    found[path] = READ_DIR
    for entry in os.scandir(path):
        if not entry.is_symlink():  # the rule of where it leads holds
            _open(entry.path, hidden, found)
