"""A window: a queue of errands that threads of the host serve.

Whoever holds a window reaches neither the threads nor what they hold. So it is what a lab is given
in place of the bench and the ledger: a lab is in the hands of a searcher, which is anybody's code.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

Waiting = SimpleQueue[tuple["Future[Any]", Any] | None]
Serve = Callable[[Any, Any], Any]


class Window:
    """Takes errands in; `threads` of them are served at a time."""

    def __init__(self, holder: Any, answer: Serve, threads: int = 1) -> None:
        """answer(holder, errand) gives the result; it must be a function that holds nothing."""
        self._waiting: Waiting = SimpleQueue()
        self._threads = threads
        self._closed = False
        self._lock = threading.Lock()
        for _ in range(threads):  # kept nowhere: a thread leads back to what it was given
            arguments = (holder, answer, self._waiting)
            threading.Thread(target=_serve, args=arguments, daemon=True).start()

    def hand_in(self, errand: Any) -> Future[Any]:
        """Its result, later; cancelled where the window closes before its turn."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:  # a searcher that was left behind must not wait for ever
                _cancel(future)
            else:
                self._waiting.put((future, errand))
        return future

    def close(self) -> None:
        """Drop what has not begun; does not wait for what has."""
        with self._lock:
            self._closed = True
            _drop(self._waiting)
            for _ in range(self._threads):
                self._waiting.put(None)


def _serve(holder: Any, answer: Serve, waiting: Waiting) -> None:
    while (handed_in := waiting.get()) is not None:
        future, errand = handed_in
        if future.set_running_or_notify_cancel():
            try:
                found = answer(holder, errand)
            except BaseException as fault:
                future.set_exception(fault)
            else:
                future.set_result(found)
        del future, errand, handed_in  # a waiting thread keeps no trial alive


def _drop(waiting: Waiting) -> None:
    while True:
        try:
            handed_in = waiting.get_nowait()
        except Empty:
            return
        if handed_in is not None:
            _cancel(handed_in[0])


def _cancel(future: Future[Any]) -> None:
    future.cancel()
    future.set_running_or_notify_cancel()  # tells whoever waits
