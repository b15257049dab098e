"""`toolkit replay`: a run from its first trial to its report, in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import click

from ..ledger.ledger import Event, Ledger
from . import lookup
from .following import STEPS, Follower
from .live import Screen
from .watch import show

LONGEST_S = 60.0
"""a pause of the run that is shown at its length, beside the others; a longer one is cut"""
AFTERWARDS = 0.1
"""part of its length at which what follows the search is shown"""
FRAME_S = 0.05
LINES = 10  # where there is no terminal


@click.command("replay")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=10, show_default=True,
    help="Length of the replay on a terminal; elsewhere a few lines are printed at once.",
)  # fmt: skip
def command(run: str, seconds: float) -> None:
    """Replay RUN (a folder, or a name below ./runs) from its ledger, then print its report.

    Nothing runs again, and nothing is written.
    """
    folder = lookup.run_folder(run)
    with Ledger(folder, writer=False) as ledger:
        events = list(ledger.events())
        follower = Follower(ledger, lambda: follower.last.at if follower.last else 0.0)
        with Screen(lambda: follower.board) as screen:
            if screen.is_live:
                play(follower, events, seconds, time.sleep)
            else:
                for line in told(follower, events):
                    screen.note(line)
    show(follower.state, folder)


def moments(events: Sequence[Event]) -> list[float]:
    """Seconds of the replay at each event, before they are scaled: mostly those of the search."""
    found = [0.0] if events else []
    for one, two in pairwise(events):
        pace = AFTERWARDS if two.kind in STEPS else 1.0
        found.append(found[-1] + pace * min(max(0.0, two.at - one.at), LONGEST_S))
    return found


def play(
    follower: Follower, events: Sequence[Event], seconds: float, sleep: Callable[[float], None]
) -> None:
    """Hand the events over at the run's own pace, so that all of them take so many seconds."""
    whole = moments(events)
    scale = seconds / whole[-1] if whole and whole[-1] else 0.0
    shown = 0.0
    for event, at in zip(events, whole, strict=True):
        while at * scale - shown >= FRAME_S:
            sleep(FRAME_S)
            shown += FRAME_S
        follower.take(event)


def told(follower: Follower, events: Sequence[Event]) -> Iterator[str]:
    """A few lines over the course of the search, and its last."""
    trials = [number for number, event in enumerate(events) if event.kind == "finished"]
    steps: set[int] = (
        {trials[len(trials) * step // LINES - 1] for step in range(1, LINES + 1)}
        if trials
        else set()
    )
    ends = [number for number, event in enumerate(events) if event.kind == "ended"]
    if trials and ends and ends[-1] > trials[-1]:  # the last line then has all cells at their end
        steps = steps - {trials[-1]} | {ends[-1]}
    for number, event in enumerate(events):
        follower.take(event)
        if number in steps and follower.board:
            yield follower.board.line()
