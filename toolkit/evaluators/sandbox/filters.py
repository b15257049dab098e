"""Seccomp: which system calls a process may make, as filters in classic BPF.

Numbers from Linux's include/uapi/linux/{seccomp,filter,audit}.h.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import signal
import struct
from collections.abc import Iterable, Mapping

from calls import (  # type: ignore[import-not-found]  # beside this file, whose folder is run
    ARCHITECTURES,
    CLONE,
    CLONE3,
    FCNTL,
    FLOCK,
    LOCKS,
    NEWEST,
    OWN,
    OWN_OR_ZERO,
    REFUSED_VALUES,
    SECCOMP,
    SIGACTION,
    SOCKET,
    STREAMS,
    UNIX,
    denied,
    forks,
    listening,
    pretended,
    processes_allowed,
)
from kernel import call  # type: ignore[import-not-found]

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
NEW_LISTENER = 1 << 3

# (what it does, how many to pass over if so, how many if not, with which value)
Instruction = tuple[int, int, int, int]
_REFUSE: Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
_PRETEND: Instruction = (_RETURN, 0, 0, _ERRNO)  # no error, and no call


def restrict(code: Iterable[Instruction], flags: int = 0) -> int:
    """Raises OSError where the kernel has no seccomp. Returns what its flags ask for."""
    data = b"".join(struct.pack("=HBBI", *one) for one in code)
    memory = ctypes.create_string_buffer(data, len(data))
    wanted = struct.pack("=HxxxxxxQ", len(data) // 8, ctypes.addressof(memory))
    where, _ = ARCHITECTURES[platform.machine()]
    listener: int = call(SECCOMP[where], _MODE_FILTER, flags, wanted)
    return listener


def program(own: int, *, pretend: bool = False, unix: bool = False) -> list[Instruction]:
    """The filter of one process, in classic BPF: a chain of tests, then allow.

    own: its number. pretend: calls that change a file's mode, owner and times do nothing, and
    say that they did it. unix: Unix sockets of streams and packets may be made and listened on.
    """
    where, _ = ARCHITECTURES[platform.machine()]
    threads_only: list[Instruction] = [
        (_EQUAL, 0, 4, CLONE[where]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        _REFUSE,
    ]
    refused = _without_unix(denied(where), where) if unix else denied(where)
    more = _unix_only(where) if unix else []
    return _filter([*threads_only, *_no_locks(where), *more], own, refused, OWN, pretend=pretend)


def tree_program(
    own: int, *, scoped: bool, pretend: bool = False, unix: bool = False, metered: bool = False
) -> list[Instruction]:
    """The filter of a command and all that it starts; each new process is asked for.

    scoped: Landlock keeps its signals among themselves; else each may signal only itself.
    metered: asked for is also what may take the time of ended children out of the kernel's sums.
    """
    where, _ = ARCHITECTURES[platform.machine()]
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
    if metered:
        processes += _other_action(where, ask)
    refused = [number for number in denied(where) if number not in processes_allowed(where)]
    if unix:
        refused, processes = _without_unix(refused, where), [*processes, *_unix_only(where)]
    return _filter(processes, own, refused, {} if scoped else OWN, pretend=pretend)


def _no_locks(where: int) -> list[Instruction]:
    """Locks of files are not taken, and said to be; other uses of fcntl go on to the next test."""
    several = len(LOCKS)
    return [
        (_EQUAL, 0, 1, FLOCK[where]),
        _PRETEND,
        (_EQUAL, 0, several + 4, FCNTL[where]),
        (_LOAD, 0, 0, _FIRST + _ARGUMENT_BYTES),
        *((_EQUAL, several + 1 - at, 0, one) for at, one in enumerate(LOCKS)),
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 1, 1, 0),
        _PRETEND,
    ]


def sigaction() -> int:
    """Number of the call that sets what a signal does."""
    number: int = SIGACTION[ARCHITECTURES[platform.machine()][0]]
    return number


def _other_action(where: int, ask: Instruction) -> list[Instruction]:
    """SIGCHLD is given an action: the second argument is no null pointer, in either half."""
    return [
        (_EQUAL, 0, 8, SIGACTION[where]),
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 0, 5, signal.SIGCHLD),
        (_LOAD, 0, 0, _FIRST + _ARGUMENT_BYTES),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _FIRST + _ARGUMENT_BYTES + 4),
        (_EQUAL, 1, 0, 0),
        ask,
        (_RETURN, 0, 0, _ALLOW),
    ]


def _without_unix(refused: Iterable[int], where: int) -> list[int]:
    return [number for number in refused if number not in listening(where)]


def _unix_only(where: int) -> list[Instruction]:
    """A socket of no other family, and of no kind that can be addressed to any other."""
    return [
        (_EQUAL, 0, len(STREAMS) + 6, SOCKET[where]),
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 1, 0, UNIX),
        _REFUSE,
        (_LOAD, 0, 0, _FIRST + _ARGUMENT_BYTES),
        *((_EQUAL, len(STREAMS) - at, 0, one) for at, one in enumerate(STREAMS)),
        _REFUSE,
        (_RETURN, 0, 0, _ALLOW),
    ]


def _filter(
    clone: list[Instruction],
    own: int,
    refused: Iterable[int],
    to_itself: Mapping[str, tuple[int, int]],
    *,
    pretend: bool,
) -> list[Instruction]:
    where, architecture = ARCHITECTURES[platform.machine()]
    code: list[Instruction] = [
        # 32-bit calls, and the x32 ones below, have other numbers for the same
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
    # each group below ends in an answer: its argument has taken the place of the call's number
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
    only_said = pretended(where) if pretend else set()
    for number in refused:
        code += [(_EQUAL, 0, 1, number), _PRETEND if number in only_said else _REFUSE]
    return [*code, (_RETURN, 0, 0, _ALLOW)]
