"""A view of the file system in which hidden things are not there, and others cannot be changed.

A namespace of mounts has what Landlock lacks: exceptions, so that a folder with something hidden in
it can be listed and written in all the same; and no way to the sockets of daemons, which Landlock
leaves open (in its seventh version at least), and of which some start any process for their user.
Not every machine lets a user have one. Landlock then does what it can, and keeps the agent from
undoing these mounts where it can. Numbers from Linux's include/uapi/linux/mount.h and sched.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping

from kernel import LIBC, call, error  # type: ignore[import-not-found]  # in the sandbox's folder

HIDDEN, READ, ALL = 0, 1, 2
NOTHING = "/dev/null"
COVER = "mode=0755"
_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_NOSUID, _NODEV, _BIND = 2, 4, 4096
_REC, _SLAVE = 16384, 1 << 19
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _ATTR_RDONLY = 442, -100, 0x8000, 1


def draw(rules: Mapping[str, int], veiled: Iterable[str]) -> str:
    """Enter a namespace that keeps the rules. Returns why it cannot be had; "" where it is.

    rules: {path: level}; the nearest above a file counts, and "/" is open. veiled: sockets, and
    folders of them, which may be written in. Must come before Landlock, which refuses mounts.
    """
    veiled = list(veiled)
    why = _tried(rules, veiled)
    if not why:
        _draw(rules, veiled)
    return why


def _tried(rules: Mapping[str, int], veiled: Iterable[str]) -> str:
    """The same in a process that ends: half a namespace is worse than none."""
    told, tells = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _draw(rules, veiled)
        except BaseException as refused:
            os.write(tells, str(refused).encode() or b"?")
        os._exit(0)
    os.close(tells)
    with open(told, "rb") as file:
        why = file.read().decode(errors="replace")
    os.waitpid(pid, 0)
    return why


def _draw(rules: Mapping[str, int], veiled: Iterable[str]) -> None:
    _enter()
    # terminals of its own: whoever has the same user may read and write those of everybody else
    _mount("devpts", "/dev/pts", "devpts", _NOSUID, "newinstance,ptmxmode=0666,mode=0600")
    _mount("/dev/pts/ptmx", "/dev/ptmx", "", _BIND)
    _lay(rules)
    for path in veiled:
        with contextlib.suppress(FileNotFoundError):
            _cover(path, "mode=0700,size=256m")


def _enter() -> None:
    """A namespace of mounts, in one of users where that is what it takes."""
    user, group = os.geteuid(), os.getegid()
    if LIBC.unshare(_NEWNS):
        if LIBC.unshare(_NEWNS | _NEWUSER):
            raise error("unshare")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _mount("", "/", "", _REC | _SLAVE)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _lay(rules: Mapping[str, int]) -> None:
    """Mounts for all rules, the outer ones first: an inner one lies on top."""
    present = {path: level for path, level in rules.items() if os.path.lexists(path)}
    sources = {path: os.open(path, os.O_PATH) for path, level in present.items() if level}
    covered = []
    for path in sorted(present, key=lambda one: one.count("/")):
        level, around = present[path], _around(path, present)
        if level == around:
            continue
        if level == HIDDEN:
            with contextlib.suppress(FileNotFoundError):  # gone meanwhile, with what was hidden
                _cover(path, COVER)
                covered.append(path)
            continue
        if around == HIDDEN:
            _make(path, folder=os.path.isdir(f"/proc/self/fd/{sources[path]}"))
        _mount(f"/proc/self/fd/{sources[path]}", path, "", _BIND | _REC)
        if level == READ:
            _shut(path, _AT_RECURSIVE)
    for path in covered:  # now that what is open again has its place there
        with contextlib.suppress(FileNotFoundError):
            _shut_cover(path)
    for number in sources.values():
        os.close(number)


def _shut_cover(path: str) -> None:
    """Shut what covers a path, which another process may have removed and made anew meanwhile.

    The kernel then takes the cover off, and what is there now would be seen.
    """
    try:
        _shut(path)
    except OSError as refused:
        if refused.errno != errno.EINVAL:  # that nothing is mounted there
            raise
        _cover(path, COVER)
        _shut(path)


def _around(path: str, rules: Mapping[str, int]) -> int:
    """Level of the nearest rule above a path."""
    while path != "/":
        path = os.path.dirname(path)
        if path in rules:
            return rules[path]
    return ALL


def _make(path: str, *, folder: bool) -> None:
    """A place to mount something on, in an empty folder."""
    os.makedirs(path if folder else os.path.dirname(path), exist_ok=True)
    if not folder:
        with open(path, "a"):
            pass


def _cover(path: str, options: str) -> None:
    """An empty folder in the place of a folder; nothing in that of a file."""
    if os.path.isdir(path):
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, options)
    else:
        os.stat(path)  # raises where it is gone
        _mount(NOTHING, path, "", _BIND)


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = [os.fsencode(word) for word in (source, target, kind)]
    if LIBC.mount(*words, ctypes.c_ulong(flags), data.encode()):
        raise error(f"mount {target}")


def _shut(path: str, flags: int = 0) -> None:
    """Nothing can be written there any more."""
    wanted = struct.pack("=QQQQ", _ATTR_RDONLY, 0, 0, 0)
    call(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), flags, wanted, ctypes.c_size_t(len(wanted)))
