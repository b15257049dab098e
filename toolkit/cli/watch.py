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
    pace, told, over = Pace(time.monotonic), "", False
    with Screen(lambda: follower.board) as screen:
        while not over:
            written = has_writer(folder)  # before the last look, so that nothing is missed
            known = follower.last
            new = follower.read()
            for why in failures(follower, new) if known else ():
                screen.note(why)
            ended = _has_ended(follower, folder)
            over = not written and (ended or (written is False and not keep))
            line = follower.board.line() if follower.board and not screen.is_live else ""
            if line != told and (over or (new and pace.is_due())):
                screen.note(line)
                told = line
            if not over:
                time.sleep(POLL_S)
        if not ended:
            screen.note(
                f"no process of this machine writes {folder}: its compare command resumes it, "
                "and --keep watches one of another machine"
            )


def _has_ended(follower: Follower, folder: Path) -> bool:
    """True if all cells are done, and the report is younger than the last event."""
    board, last = follower.board, follower.last
    return bool(board and board.is_over and last and is_reported(folder, last.at))


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
