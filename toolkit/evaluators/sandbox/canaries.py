"""Tries, at the start and in a confined process, what no program under study may do.

What the layers promise is one thing, what this machine does is another: a container's own filter or
an old kernel may take a layer away without a word.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

# beside this file, whose folder is run
import confine  # type: ignore[import-not-found]
import landlock  # type: ignore[import-not-found]

OURS = os.path.abspath(__file__)
ALL = 0xFF
Canary = Callable[[int], None]


def read_ours(parent: int) -> None:
    """Beside the sandbox lie the scorer and, in a wheel install, the bundled answers."""
    os.close(os.open(OURS, os.O_RDONLY))


def read_environment(parent: int) -> None:
    os.close(os.open(f"/proc/{parent}/environ", os.O_RDONLY))


def open_socket(parent: int) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def start_process(parent: int) -> None:
    if os.fork() == 0:
        os._exit(0)


def signal_parent(parent: int) -> None:
    os.kill(parent, 0)


CANARIES: tuple[Canary, ...] = (
    read_ours,
    read_environment,
    open_socket,
    start_process,
    signal_parent,
)


def reached(confinement: Any, *, command: bool) -> list[str]:
    """Names of what a confined process could do all the same; all of them if it cannot start.

    A command may start processes: that is no canary for it.
    """
    parent = os.getpid()
    tried = [one for one in CANARIES if not (command and one is start_process)]
    pid = os.fork()
    if pid == 0:
        os._exit(_try_all(tried, confinement, parent, command))
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    mask = code if code >= 0 else ALL
    return [one.__name__ for bit, one in enumerate(tried) if mask >> bit & 1]


def _try_all(tried: Sequence[Canary], confinement: Any, parent: int, command: bool) -> int:
    try:
        if command:
            rules = confinement.rules(execute=True)
            confine.allow_no_new_privileges()
            confinement.apply_to_tree(rules, scoped=landlock.scope_signals(confinement.abi))
        else:
            confinement.apply(confinement.rules())
    except Exception as error:  # this is a forked server: nothing may reach its own code
        sys.stderr.write(f"the sandbox's confinement failed: {error}\n")
        return ALL
    mask = 0
    for bit, canary in enumerate(tried):
        try:
            canary(parent)
            mask |= 1 << bit
        except OSError:
            pass
    return mask
