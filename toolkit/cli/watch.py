"""`toolkit watch`: the live display of a run that goes on elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from ..ledger.ledger import Event, Ledger
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..ledger.writer import has_writer, is_reported
from . import lookup, output
from .board import failure
from .following import Follower
from .live import Pace, Screen

POLL_S = 0.5


@click.command("watch")
@click.argument("run", shell_complete=lookup.complete_run)
@click.option(
    "--keep", is_flag=True,
    help="Go on where no process of this machine writes the run: one of another machine may.",
)  # fmt: skip
def command(run: str, keep: bool) -> None:
    """Watch RUN (a folder, or a name below ./runs) while another process writes it.

    The ledger is only read, and not locked. At the run's end its report is printed. Ctrl-C ends the
    watching and leaves the run alone.
    """
    folder = lookup.run_folder(run)
    with Ledger(folder, writer=False) as ledger:
        follower = Follower(ledger, time.time)
        _follow(follower, folder, keep=keep)
    show(follower.state, folder)


def _follow(follower: Follower, folder: Path, *, keep: bool) -> None:
    """Show the run until its report is written, or nobody writes it."""
    pace, begun = Pace(time.monotonic), False
    with Screen(lambda: follower.board) as screen:
        while True:
            written = has_writer(folder)  # before the last look, so that nothing is missed
            new, board, last = follower.read(), follower.board, follower.last
            for why in failures(follower, new) if begun else ():
                screen.note(why)
            begun = True
            if new and board and not screen.is_live and pace.is_due():
                screen.note(board.line())
            reported = last is not None and is_reported(folder, last.at)
            if reported and (board is None or board.is_over) and not written:
                return
            if written is False and not keep:
                screen.note(
                    f"no process of this machine writes {folder}: its compare command resumes it, "
                    "and --keep watches one of another machine"
                )
                return
            time.sleep(POLL_S)


def failures(follower: Follower, events: Sequence[Event]) -> list[str]:
    """Lines on cells that have failed in these events."""
    ended = [event.cell for event in events if event.kind == "ended"]
    return [why for key in ended if (why := failure(follower.state.cells[key]))]


def show(state: State, folder: Path) -> None:
    """The report of what is on record, on one screen; a line where there is none yet."""
    from ..report.summary import summarise  # numpy, which the watching needs not

    if (BASELINE, state.final) in state.assessments and state.commands:
        output.show(summarise(state), run=folder)
    else:
        output.note(f"{folder} has nothing to report yet")
