"""Ctrl-C, SIGTERM and SIGHUP: one exception in the main thread, one line, one exit code.

Imports next to nothing: a signal that comes before `install` finds Python's own handler.
"""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import time

INTERRUPTED = 130  # what shells give for a command ended by Ctrl-C
_AGAIN_S = 0.01


class Interrupted(KeyboardInterrupt):
    """The process was told to stop.

    A class of its own: where a plain KeyboardInterrupt passes through code that `exec` made of a
    text (as dataclasses do on import), Python ends by the signal itself, although it was caught.
    And a plugin that raises KeyboardInterrupt is no Ctrl-C.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def came(error: BaseException) -> bool:
    """True if somebody stopped this process, not the code that raised the error."""
    if behind(error) is not None:
        return True
    return isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) != _stop


def behind(error: BaseException) -> Interrupted | None:
    """The stop that an error is, or took the place of.

    Until Python 3.12 what is raised while a class is made, in a `__set_name__`, comes out as a
    RuntimeError.
    """
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if isinstance(one, Interrupted):
            return one
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            left += [one.__context__, one.__cause__]
    return None


class _Stop:
    """State of a stop. number: the signal that came, or 0; code: set when all is done."""

    main = 0
    number = 0
    code: int | None = None
    told = False
    more = ""


def install() -> None:
    """Make signals raise Interrupted, unless whoever started the process ignores them."""
    _Stop.main = _thread.get_ident()
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) == usual:
            signal.signal(number, _stop)
    sys.unraisablehook = _raise_again
    atexit.register(_ignore)  # registered first, so called last


def resumable(more: str) -> None:
    """Set what the line on a stop adds, such as how to go on."""
    _Stop.more = more


def _tell(number: int) -> None:
    """The one line on a stop; written past Python's buffers, which may be in use."""
    if not _Stop.told:
        _Stop.told = True
        what = "interrupted" if number == signal.SIGINT else f"ended by {_name(number)}"
        try:
            os.write(2, f"{what}{_Stop.more}\n".encode())
        except OSError:  # nobody reads it any more
            return


def finish(code: int) -> None:
    """Mark the work as done: a later signal changes nothing but how soon the process ends."""
    _Stop.code = code


def end(stop: KeyboardInterrupt) -> int:
    """Exit code after Ctrl-C; after another signal the process ends by that signal."""
    return _end(stop.number if isinstance(stop, Interrupted) else signal.SIGINT)


def _end(number: int) -> int:
    _tell(number)
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return INTERRUPTED


def _stop(number: int, _: object) -> None:
    if _Stop.code is not None:
        os._exit(_Stop.code)
    if _Stop.number:  # the second time: nothing is waited for
        os._exit(_end(number))
    _Stop.number = number
    raise Interrupted(number)


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    """A stop that fell into a callback of the interpreter's, such as an import's, comes again."""
    if not isinstance(lost.exc_value, Interrupted):
        sys.__unraisablehook__(lost)
        return
    _Stop.number = 0
    _thread.start_new_thread(_send_again, (lost.exc_value.number,))


def _send_again(number: int) -> None:
    time.sleep(_AGAIN_S)
    signal.pthread_kill(_Stop.main, number)


def _ignore() -> None:
    """The interpreter takes itself apart: a signal would end it by the signal."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == _stop:
            signal.signal(number, signal.SIG_IGN)


def _name(number: int) -> str:
    return signal.Signals(number).name
