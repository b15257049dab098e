"""Threads in which the host has programs of its own run side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from ..figures import counted


def run_all(
    jobs: Iterable[Callable[[], object]], slots: int, tell: Callable[[str], None], *, wait: bool
) -> None:
    """Run jobs, as many at a time as there are slots; what one raises is raised here.

    Jobs that have not begun by then are dropped. wait: let those that have end first, so that
    what they find is whole; where nobody waits, somebody must keep them from the record, since a
    program fails when its evaluator is closed below it. tell: is told how far it is.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, slots))
    try:
        waiting = [pool.submit(job) for job in jobs]
        for done, future in enumerate(waiting, start=1):
            future.result()
            tell(f"{done} of {counted(len(waiting), 'program')}")
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)
