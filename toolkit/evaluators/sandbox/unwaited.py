"""CPU time of processes that nobody waits for: the kernel drops it, so that a bound is charged.

A process that lets its children end unwaited (SIG_IGN or SA_NOCLDWAIT for SIGCHLD) takes their
time out of every sum of the kernel's. The keeper is asked before SIGCHLD is given another action,
and from then on a process that ended between two looks counts as if it had run all the while.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

Name = tuple[int, int]  # number, and when it began
_ROUNDED_S = 2 / os.sysconf("SC_CLK_TCK")  # user and system time are shown in whole ticks


@dataclass
class Unwaited:
    """Bound on what was not seen. possible: somebody may have let children end unwaited.

    started: processes that were let start. met: those of them that a look has seen, or that are
    charged as ended unseen; the command itself was not asked for.
    """

    looked: float
    possible: bool = False
    started: int = 1
    met: int = 0
    unseen_s: float = 0.0
    living: frozenset[Name] = field(default_factory=frozenset)
    known: set[Name] = field(default_factory=set)

    def look(self, living: frozenset[Name], now: float) -> None:
        """Count what ended since the last look. living: the processes that are there now."""
        self.met += len(living - self.known)
        self.known |= living
        unseen = max(0, self.started - self.met)
        self.met += unseen
        gone = len(self.living - living)
        # no more can have run at a time than there are processors
        at_once = min(unseen + gone, os.cpu_count() or 1)
        self.unseen_s += at_once * (now - self.looked) + gone * _ROUNDED_S
        self.living, self.looked = living, now
