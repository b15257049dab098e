"""Threads in which the host has programs of its own run side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..figures import counted

T = TypeVar("T")


def run_all(
    jobs: Iterable[Callable[[], T]],
    slots: int,
    tell: Callable[[str], None],
    *,
    wait: bool,
    noun: str = "program",
) -> list[T]:
    """Results of jobs, run as many at a time as there are slots; what one raises is raised here.

    Jobs that have not begun by then are dropped. wait: let those that have end first, so that
    what they find is whole; where nobody waits, somebody must keep them from the record, since a
    program fails when its evaluator is closed below it. tell: is told how far it is, in jobs of
    this noun.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, slots))
    try:
        waiting = [pool.submit(job) for job in jobs]
        found = []
        for done, future in enumerate(waiting, start=1):
            found.append(future.result())
            tell(f"{done} of {counted(len(waiting), noun)}")
        return found
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)
