"""A try of this machine's walls: an agent that does nothing, and must not read one file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..errors import UserError
from ..ledger.session import HIDDEN, OPEN
from . import walls
from .station import Station

_SECRET = "secret"


def found(version: int) -> dict[str, str]:
    """{"reach": what an agent could read here, "open": what stays open, "problem": why it fails}.

    version: of Landlock; 0 for none.
    """
    if not version:
        return {
            "reach": OPEN,
            "open": "this machine has no Landlock, so that agents need --allow-weak",
            "problem": "",
        }
    try:
        unveiled = _tried()
    except UserError as error:
        return {"reach": OPEN, "open": "", "problem": str(error)}
    return {"reach": HIDDEN, "open": "; ".join(_open(version, unveiled)), "problem": ""}


def _tried() -> str:
    """Why an agent has no view of its own here. Raises UserError where the wall does not hold."""
    with tempfile.TemporaryDirectory(prefix="toolkit-station-") as name:
        folder, hidden = Path(name) / "station", Path(name) / "hidden"
        work = folder / "workspace"
        work.mkdir(parents=True)
        hidden.mkdir()
        (hidden / _SECRET).write_text(_SECRET)
        station = Station(folder, lambda: walls.Walls([hidden, folder]))
        with station.start(
            ["true"], cwd=work, environment=dict(os.environ), writable=[work],
            output=folder / "output",
        ) as process:  # fmt: skip
            return process.unveiled


def _open(version: int, unveiled: str) -> list[str]:
    told = []
    if unveiled:
        told.append(
            f"no namespace of mounts ({unveiled}): an agent cannot make new files in the folders "
            "above the study, the run and the data, such as your home folder, and it reaches the "
            "sockets of your daemons"
        )
    if version < walls.SCOPES_ABI:
        told.append(
            f"Landlock {version} lets an agent signal your processes; Linux 6.12 or later does not"
        )
    return told
