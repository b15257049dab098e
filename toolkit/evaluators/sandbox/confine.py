"""Takes from a process what a program under study never needs: files, calls, capabilities.

Three layers, each closing holes of the other: Landlock (which files may be read), seccomp (which
system calls may be made), no capabilities. None can be undone by the process or its children.
Standard library only; numbers from Linux's include/uapi/linux/{prctl,capability}.h.
"""

from __future__ import annotations

import contextlib
import os
import platform
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# beside this file, whose folder is run
import devices  # type: ignore[import-not-found]
import filters  # type: ignore[import-not-found]
import landlock  # type: ignore[import-not-found]
from calls import ARCHITECTURES, CAPSET  # type: ignore[import-not-found]
from kernel import LIBC, call, error  # type: ignore[import-not-found]

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522


def last_capability() -> int:
    with open("/proc/sys/kernel/cap_last_cap") as file:
        return int(file.read())


def drop_capabilities(last: int) -> None:
    """Drop all capabilities, so that root is a user like any other that owns root's files."""
    for number in range(last + 1):
        LIBC.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # refused to those who have none
    LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    where, _ = ARCHITECTURES[platform.machine()]
    call(CAPSET[where], struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), b"\0" * 24)


def allow_no_new_privileges() -> None:
    if LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise error("no_new_privs")


@dataclass(frozen=True)
class Confinement:
    """Confinement that this machine can give, made ready once. allowed: for landlock.ruleset.

    cards: programs may be given cards, and need more for them.
    """

    abi: int
    calls: bool
    capabilities: int
    allowed: tuple[tuple[int, int], ...]
    cards: bool = False

    @property
    def layers(self) -> dict[str, bool]:
        """{layer: whether it is in place}."""
        # before the third version any file of one's own can be truncated
        return {"landlock": self.abi >= 3, "seccomp": self.calls, "capabilities": self.calls}

    def rules(
        self, *more: str, scratch: str = "", tree: bool = False, execute: bool = False,
        nodes: Iterable[str] = (),
    ) -> int | None:  # fmt: skip
        """A ruleset's descriptor with more that may be read; None without Landlock.

        scratch: a folder that may be written in. tree: it is the program's own, with links and
        moves. execute: what may be read may be run. nodes: device files of the cards that it has.
        """
        if not self.abi:
            return None
        run = landlock.EXECUTE if execute else 0
        allowed = [
            (fd, rights | run if rights & landlock.READ_FILE else rights)
            for fd, rights in self.allowed
        ]
        number: int = landlock.ruleset(self.abi, allowed)
        for path in more:
            landlock.allow(number, path, landlock.READ_FILE | landlock.READ_DIR | run)
        if scratch:
            rights = landlock.TREE if tree else landlock.SCRATCH
            writable = (rights | run) & landlock.file_rights(self.abi)
            landlock.allow(number, scratch, writable)
        if self.cards:
            self._allow_cards(number, nodes)
        return number

    def _allow_cards(self, number: int, nodes: Iterable[str]) -> None:
        known = landlock.file_rights(self.abi)
        for path in (*devices.CONTROL, *nodes):
            if os.path.exists(path):
                landlock.allow(number, path, landlock.DEVICE & known)
        for path in devices.NAMES:
            landlock.allow(number, path, landlock.NAMED & known)

    def apply(self, rules: int | None, *, pretend: bool = False) -> None:
        """Irrevocable, for this process and all that it may become.

        pretend: changes of a file's mode, owner and times are not made, and said to be.
        """
        self._enter(rules)
        if self.calls:
            drop_capabilities(self.capabilities)
            filters.restrict(filters.program(os.getpid(), pretend=pretend, unix=self.cards))

    def apply_to_tree(
        self, rules: int | None, *, scoped: bool, pretend: bool = False, metered: bool = False
    ) -> int | None:
        """The same for a command. Returns where its new processes are asked for, if they are.

        metered: it is asked for another action of SIGCHLD as well.
        """
        self._enter(rules)
        if not self.calls:
            return None
        drop_capabilities(self.capabilities)
        code = filters.tree_program(
            os.getpid(), scoped=scoped, pretend=pretend, unix=self.cards, metered=metered
        )
        listener: int = filters.restrict(code, filters.NEW_LISTENER)
        return listener

    def _enter(self, rules: int | None) -> None:
        allow_no_new_privileges()
        if rules is not None:
            landlock.restrict(rules)
            os.close(rules)


def prepare(allowed: Mapping[str, int], *, cards: bool = False) -> Confinement:
    """allowed: {path: rights there and below}; a path that does not exist is passed over.

    cards: see Confinement.
    """
    found = []
    for path, rights in allowed.items():
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            found.append((descriptor, landlock.fitting(descriptor, rights)))
    return Confinement(
        abi=landlock.version(),
        calls=platform.machine() in ARCHITECTURES,
        capabilities=last_capability(),
        allowed=tuple(found),
        cards=cards,
    )
