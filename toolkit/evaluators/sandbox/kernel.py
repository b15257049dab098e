"""Linux's own interface, where Python has no function for it."""

from __future__ import annotations

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """A system call by its number; raises OSError."""
    found: int = LIBC.syscall(ctypes.c_long(number), *arguments)
    if found < 0:
        raise error(f"system call {number}")
    return found


def error(what: str) -> OSError:
    """The error of the C library's last call."""
    code = ctypes.get_errno()
    return OSError(code, f"{what}: {os.strerror(code)}")
