"""Landlock: which files a process may read, write and run.

Numbers from Linux's include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from kernel import LIBC, call  # type: ignore[import-not-found]  # beside this file, whose folder is run

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# in a scratch folder: files and folders, made, changed and removed; no links, sockets, devices
SCRATCH = WRITE_FILE | READ_FILE | READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
# in a working copy also symbolic links, and what is moved from one folder of it to another
REFER = 1 << 13
TREE = SCRATCH | 1 << 12 | REFER
# of a card: read, written, and asked by ioctl
DEVICE = WRITE_FILE | READ_FILE | 1 << 15
# below one's own threads in /proc: read, and written anew
NAMED = WRITE_FILE | READ_FILE | READ_DIR | 1 << 14
# what a rule about a file, and no folder, can give: execute, write, read, truncate, ioctl
_FILE = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
# the kernel's ABI version -> the rights on files that it knows
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_ABI, SCOPE_ABI = 4, 6
_ALL_NET = 0b11  # bind and connect TCP
_ALL_SCOPES, _SIGNALS = 0b11, 0b10  # abstract unix sockets, signals


def version() -> int:
    """The kernel's version of Landlock; 0 where it has none."""
    found: int = LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    return max(0, found)


def file_rights(abi: int) -> int:
    """Rights that a version of Landlock knows."""
    return max(rights for version, rights in _FILE_RIGHTS.items() if version <= abi)


def ruleset(abi: int, allowed: Iterable[tuple[int, int]], *, network: bool = False) -> int:
    """A ruleset that refuses everything on files but what is allowed.

    allowed: (descriptor opened with O_PATH, rights there and below that it can have). network: TCP
    is not refused.
    """
    handled = file_rights(abi)
    net = _ALL_NET if abi >= _NET_ABI and not network else 0
    scopes = _ALL_SCOPES if abi >= SCOPE_ABI else 0
    wanted = struct.pack("=QQQ", handled, net, scopes)
    # no more than this kernel's version knows: it refuses a larger struct
    size = 24 if scopes else 16 if net else 8
    number: int = call(_CREATE_RULESET, wanted, ctypes.c_size_t(size), 0)
    for descriptor, rights in allowed:
        _allow(number, descriptor, rights)
    return number


def allow(number: int, path: str, rights: int) -> None:
    """One more file or folder, which must exist."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _allow(number, descriptor, fitting(descriptor, rights))
    finally:
        os.close(descriptor)


def _allow(number: int, descriptor: int, rights: int) -> None:
    call(_ADD_RULE, number, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)


def fitting(descriptor: int, rights: int) -> int:
    """Without the rights that a file cannot have: the kernel refuses a rule that asks for them."""
    return rights if stat.S_ISDIR(os.fstat(descriptor).st_mode) else rights & _FILE


def scope_signals(abi: int) -> bool:
    """Let this process signal only itself and what it starts; False if the kernel cannot."""
    if abi < SCOPE_ABI:
        return False
    # moves between folders are refused by every ruleset that does not allow them
    wanted = struct.pack("=QQQ", REFER, 0, _SIGNALS)
    number = call(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0)
    allow(number, "/", REFER)
    restrict(number)
    os.close(number)
    return True


def restrict(number: int) -> None:
    """Bind this process and all that it may become to a ruleset."""
    call(_RESTRICT_SELF, number, 0)
