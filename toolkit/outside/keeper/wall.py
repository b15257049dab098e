"""The wall around an agent, by Landlock: everything is open to it but what is hidden.

Landlock knows no exception from what it allows. So on the way to something hidden the other entries
of each folder are allowed one by one, and the folder itself is not: it can be passed, but neither
listed nor given new entries. Without rules, where a veil hides things, it still keeps the agent
from memory and signals of the processes outside, and from mounts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

# in the sandbox's folder
import confine  # type: ignore[import-not-found]
import landlock  # type: ignore[import-not-found]
from veil import ALL, READ  # type: ignore[import-not-found]  # beside this file


def grants(rules: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """(path, rights there and below). rules: {path: level}; the nearest above a file counts."""
    yield from _opened("/", rules.get("/", ALL), rules)


def _opened(path: str, level: int, rules: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Rights of a path and all below it. level: that of the nearest rule."""
    inner = {one: rules[one] for one in rules if one.startswith(path.rstrip("/") + "/")}
    inner.pop(path, None)
    least = min([level, *inner.values()])
    rights = (0, _READ, landlock.file_rights(landlock.version()))[least]
    if level == READ and least < READ:  # Python lists the folders that it imports from
        rights = landlock.READ_DIR
    if rights:
        yield path, rights
    for name in _names(path, inner, every=level > least):
        below = os.path.join(path, name)
        new = rules.get(below, level)
        if new > least or any(one.startswith(below + "/") for one in inner):
            yield from _opened(below, new, inner)


_READ = landlock.EXECUTE | landlock.READ_FILE | landlock.READ_DIR


def _names(path: str, inner: Mapping[str, int], *, every: bool) -> list[str]:
    """Entries of a folder that need a rule of their own; a link has that of where it leads."""
    start = len(path.rstrip("/")) + 1
    found = {one[start:].partition("/")[0] for one in inner}
    if every:
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            found |= {entry.name for entry in entries if not entry.is_symlink()}
    return sorted(found)


def ruleset(rules: Mapping[str, int]) -> int:
    """A ruleset of Landlock for the nearest rules."""
    number: int = landlock.ruleset(landlock.version(), _descriptors(rules), network=True)
    return number


def _descriptors(rules: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """One at a time is open: a folder may have more entries than a process may open."""
    for path, rights in grants(rules):
        with contextlib.suppress(OSError):  # gone meanwhile, or shut to this user
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                yield descriptor, landlock.fitting(descriptor, rights)
            finally:
                os.close(descriptor)


def enter(wanted: Mapping[str, Any]) -> None:
    """Bind this process and all that it starts. Raises OSError where the wall does not hold."""
    number = ruleset(wanted["rules"])
    confine.drop_capabilities(confine.last_capability())
    confine.allow_no_new_privileges()
    landlock.restrict(number)
    os.close(number)
    leaks = list(_leaks(wanted))
    if leaks:
        raise OSError(f"the wall does not hold: an agent could {', '.join(leaks)}")


def _leaks(wanted: Mapping[str, Any]) -> Iterator[str]:
    """Breaches that can be made all the same: a kernel may promise more than it does."""
    host = wanted["host"]
    for path in [*wanted["unreadable"], f"/proc/{host}/environ"]:
        with contextlib.suppress(OSError), open(path, "rb", buffering=0) as file:
            if file.read(1):  # in the place of a hidden file lies an empty one
                yield f"read {path}"
    for path in wanted["unwritable"]:
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_WRONLY))
            yield f"write {path}"
    if landlock.version() >= landlock.SCOPE_ABI:
        with contextlib.suppress(OSError):
            os.kill(host, 0)
            yield "signal the host"
