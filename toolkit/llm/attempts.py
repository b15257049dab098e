"""One request to a provider, tried again on errors of transport only."""

from __future__ import annotations

import math
from collections.abc import Callable

from .provider import LlmError, Provider, Reply, Request, TransportError

ATTEMPTS = 6
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0


def answered(
    source: Provider,
    request: Request,
    sleep: Callable[[float], object],
    note: Callable[[str], None],
) -> tuple[Reply, int]:
    """(reply, attempts). Waits twice as long each time, or as long as the server asks.

    note: gets a line for each wait. Raises LlmError where no attempt is answered.
    """
    wait = FIRST_WAIT_S
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return source.complete(request), attempt
        except TransportError as error:
            asked = _asked(error)
            longer = asked > LONGEST_WAIT_S
            told = f"{error} (it asks to wait {asked:.0f} s)" if longer else str(error)
            if attempt == ATTEMPTS:
                raise LlmError(
                    f"{source.name}: no answer after {ATTEMPTS} attempts: "
                    f"{told}; type the same command again when it answers: nothing is lost"
                ) from error
            pause = min(LONGEST_WAIT_S, asked or wait)
            again = f"asking again in {pause:.3g} s ({attempt + 1} of {ATTEMPTS} attempts)"
            note(f"{told}; {again}")
            sleep(pause)
            wait *= 2
    raise AssertionError("unreachable")


def _asked(error: TransportError) -> float:
    """Seconds that a server asks to wait; 0 where it does not, or asks for what cannot be."""
    asked = error.retry_after_s
    return asked if asked is not None and 0 < asked < math.inf else 0.0
