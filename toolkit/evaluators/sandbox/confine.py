"""Takes from a process what a program under study never needs: files, calls, capabilities.

Three layers, each closing holes of the other: Landlock (which files may be read), seccomp (which
system calls may be made), no capabilities. None can be undone by the process or its children.
Standard library only; numbers from Linux's include/uapi/linux/{landlock,seccomp,prctl}.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import stat
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calls import (  # type: ignore[import-not-found]  # beside this file, whose folder is run
    CAPSET,
    CLONE,
    CLONE3,
    NEWEST,
    OWN,
    OWN_OR_ZERO,
    REFUSED_VALUES,
    SECCOMP,
    denied,
    forks,
    processes_allowed,
)

_LIBC = ctypes.CDLL(None, use_errno=True)

# --- Landlock -----------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# in a scratch folder: files and folders, made, changed and removed; no links, sockets, devices
SCRATCH = WRITE_FILE | READ_FILE | READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
# the kernel's ABI version -> the rights on files that it knows
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_ABI, _SCOPE_ABI = 4, 6
_ALL_NET = 0b11  # bind and connect TCP
_ALL_SCOPES, _SIGNALS = 0b11, 0b10  # abstract unix sockets, signals

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522


def landlock_abi() -> int:
    """The kernel's version of Landlock; 0 where it has none."""
    found: int = _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    return max(0, found)


def file_rights(abi: int) -> int:
    """All that a version of Landlock knows."""
    return max(rights for version, rights in _FILE_RIGHTS.items() if version <= abi)


def ruleset(abi: int, allowed: Iterable[tuple[int, int]]) -> int:
    """A ruleset that refuses everything on files but what is allowed.

    allowed: (descriptor opened with O_PATH, rights there and below that it can have).
    """
    handled = file_rights(abi)
    net = _ALL_NET if abi >= _NET_ABI else 0
    scopes = _ALL_SCOPES if abi >= _SCOPE_ABI else 0
    wanted = struct.pack("=QQQ", handled, net, scopes)
    size = 24 if scopes else 16 if net else 8
    number = _call(_CREATE_RULESET, wanted, ctypes.c_size_t(size), 0)
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
    _call(_ADD_RULE, number, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)


def fitting(descriptor: int, rights: int) -> int:
    """Without the right that a file cannot have: the kernel refuses a rule that asks for it."""
    return rights if stat.S_ISDIR(os.fstat(descriptor).st_mode) else rights & ~READ_DIR


def scope_signals(abi: int) -> bool:
    """From here on this process signals only itself and what it starts. False: it cannot be."""
    if abi < _SCOPE_ABI:
        return False
    wanted = struct.pack("=QQQ", 0, 0, _SIGNALS)
    number = _call(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0)
    restrict_files(number)
    os.close(number)
    return True


def restrict_files(number: int) -> None:
    _call(_RESTRICT_SELF, number, 0)


# --- seccomp ------------------------------------------------------------------------------------

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# offsets in struct seccomp_data: the number, the architecture, the low half of args[0]
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16
_ARGUMENT_BYTES = 8
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_KILL, _ASK = 0x80000000, 0x7FC00000
_CLONE_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
_X32 = 0x40000000
_MODE_FILTER = 1
_NEW_LISTENER = 1 << 3

Instruction = tuple[int, int, int, int]
_REFUSE: Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)


def restrict_calls(code: Iterable[Instruction], flags: int = 0) -> int:
    """Raises OSError where the kernel has no seccomp. Returns what its flags ask for."""
    data = b"".join(struct.pack("=HBBI", *one) for one in code)
    memory = ctypes.create_string_buffer(data, len(data))
    wanted = struct.pack("=HxxxxxxQ", len(data) // 8, ctypes.addressof(memory))
    where, _ = _ARCHITECTURES[platform.machine()]
    return _call(SECCOMP[where], _MODE_FILTER, flags, wanted)


def program(own: int) -> list[Instruction]:
    """The filter of one process, in classic BPF: a chain of questions, then allow.

    own: its number.
    """
    where, _ = _ARCHITECTURES[platform.machine()]
    threads_only: list[Instruction] = [
        (_EQUAL, 0, 4, CLONE[where]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        _REFUSE,
    ]
    return _filter(threads_only, own, denied(where), OWN)


def tree_program(own: int, *, scoped: bool) -> list[Instruction]:
    """The filter of a command and all that it starts; each new process is asked for.

    scoped: Landlock keeps its signals among themselves; else each may signal only itself.
    """
    where, _ = _ARCHITECTURES[platform.machine()]
    ask: Instruction = (_RETURN, 0, 0, _ASK)
    processes: list[Instruction] = [
        (_EQUAL, 0, 6, CLONE[where]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NAMESPACES),
        _REFUSE,
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        ask,
    ]
    for number in forks(where):
        processes += [(_EQUAL, 0, 1, number), ask]
    refused = [number for number in denied(where) if number not in processes_allowed(where)]
    return _filter(processes, own, refused, {} if scoped else OWN)


def _filter(
    clone: list[Instruction],
    own: int,
    refused: Iterable[int],
    to_itself: Mapping[str, tuple[int, int]],
) -> list[Instruction]:
    where, architecture = _ARCHITECTURES[platform.machine()]
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _REFUSE,
        (_AT_LEAST, 0, 1, NEWEST + 1),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_EQUAL, 0, 1, CLONE3[where]),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        *clone,
    ]
    for table, also in ((to_itself, own), (OWN_OR_ZERO, 0)):
        for numbers in table.values():
            code += [
                (_EQUAL, 0, 5, numbers[where]),
                (_LOAD, 0, 0, _FIRST),
                (_EQUAL, 1, 0, own),
                (_EQUAL, 0, 1, also),
                (_RETURN, 0, 0, _ALLOW),
                _REFUSE,
            ]
    for numbers, argument, values in REFUSED_VALUES.values():
        code += [
            (_EQUAL, 0, len(values) + 3, numbers[where]),
            (_LOAD, 0, 0, _FIRST + _ARGUMENT_BYTES * argument),
            *((_EQUAL, len(values) - at, 0, one) for at, one in enumerate(values)),
            (_RETURN, 0, 0, _ALLOW),
            _REFUSE,
        ]
    for number in refused:
        code += [(_EQUAL, 0, 1, number), _REFUSE]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


# --- capabilities -------------------------------------------------------------------------------


def last_capability() -> int:
    with open("/proc/sys/kernel/cap_last_cap") as file:
        return int(file.read())


def drop_capabilities(last: int) -> None:
    """For root, too: from then on it is a user like any other, apart from owning root's files."""
    for number in range(last + 1):
        _LIBC.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # refused to those who have none
    _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    where, _ = _ARCHITECTURES[platform.machine()]
    _call(CAPSET[where], struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), b"\0" * 24)


def allow_no_new_privileges() -> None:
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise _error("no_new_privs")


# --- all of it ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Confinement:
    """What this machine can do, made ready once. allowed: as `ruleset` takes it."""

    abi: int
    calls: bool
    capabilities: int
    allowed: tuple[tuple[int, int], ...]

    @property
    def layers(self) -> dict[str, bool]:
        """{layer: whether it is in place}."""
        # before the third version any file of one's own can be truncated
        return {"landlock": self.abi >= 3, "seccomp": self.calls, "capabilities": self.calls}

    def rules(self, *more: str, scratch: str = "", execute: bool = False) -> int | None:
        """A ruleset's descriptor with more that may be read; None without Landlock.

        scratch: a folder that may be written in. execute: what may be read may be run.
        """
        if not self.abi:
            return None
        run = EXECUTE if execute else 0
        allowed = [
            (fd, rights | run if rights & READ_FILE else rights) for fd, rights in self.allowed
        ]
        number = ruleset(self.abi, allowed)
        for path in more:
            allow(number, path, READ_FILE | READ_DIR | run)
        if scratch:
            allow(number, scratch, (SCRATCH | run) & file_rights(self.abi))
        return number

    def apply(self, rules: int | None) -> None:
        """Irrevocable, for this process and all that it may become."""
        self._enter(rules)
        if self.calls:
            drop_capabilities(self.capabilities)
            restrict_calls(program(os.getpid()))

    def apply_to_tree(self, rules: int | None, *, scoped: bool) -> int | None:
        """The same for a command. Returns where its new processes are asked for, if they are."""
        self._enter(rules)
        if not self.calls:
            return None
        drop_capabilities(self.capabilities)
        return restrict_calls(tree_program(os.getpid(), scoped=scoped), _NEW_LISTENER)

    def _enter(self, rules: int | None) -> None:
        allow_no_new_privileges()
        if rules is not None:
            restrict_files(rules)
            os.close(rules)


def prepare(allowed: Mapping[str, int]) -> Confinement:
    """allowed: {path: rights there and below}; a path that does not exist is passed over."""
    found = []
    for path, rights in allowed.items():
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            found.append((descriptor, fitting(descriptor, rights)))
    return Confinement(
        landlock_abi(), platform.machine() in _ARCHITECTURES, last_capability(), tuple(found)
    )


def _call(number: int, *arguments: object) -> int:
    found: int = _LIBC.syscall(ctypes.c_long(number), *arguments)
    if found < 0:
        raise _error(f"system call {number}")
    return found


def _error(what: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{what}: {os.strerror(code)}")
