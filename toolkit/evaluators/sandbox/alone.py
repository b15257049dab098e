"""Runs one evaluation in an interpreter of its own, unconfined: for where there is no fork server.

`python -s -P alone.py INPUTS RESULT REQUEST`: two descriptors, and what the fork server would be
asked. A command gets the first as its standard input, and the second as its standard output.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -P leaves it out
import child  # type: ignore[import-not-found]
import questions  # type: ignore[import-not-found]
import talk  # type: ignore[import-not-found]


def main(inputs: int, result: int, request: dict[str, Any]) -> None:
    """Ends the process."""
    limits = request["limits"]
    # CUDA reserves addresses without end
    with contextlib.suppress(OSError, ValueError):  # not every system has such a limit
        if not limits.get("gpus"):
            child.cap(resource.RLIMIT_DATA, int(limits["memory_mb"] * child.MEGABYTE))
    child.cap_the_rest(limits)
    seconds = math.ceil(limits["cpu_s"])  # nobody watches fractions
    child.cap(resource.RLIMIT_CPU, seconds, seconds + 1)
    os.environ.update(request["environment"])
    if request["command"]:
        child.place({0: inputs, 1: result})
        run(request["command"])
    child.place({talk.RESULT: result, talk.CALLS: inputs})
    child.forget_host()
    host = questions.Host() if request.get("answers") else talk.Host()
    try:
        host.greet()
        child.evaluate(request, host)
    except BaseException as error:  # SystemExit and KeyboardInterrupt are results as well
        host.give_up(error)
    child.finish()


def run(command: list[str]) -> None:
    try:
        os.execvp(sys.executable if command[0] == "python" else command[0], command)
    except OSError as error:
        sys.exit(f"the command could not be started: {error}")


main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
