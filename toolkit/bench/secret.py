"""Secret of a run, from which everything is drawn that no program may be able to compute.

The order of items (shuffle.py) and the seeds of replicates (replicates.py) follow from it by HMAC.
It lies in the ledger, out of every program's reach, and nothing public goes into it: a program that
knows the study's file to the letter, or another run of the study, can compute neither.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from ..ledger.journal import Journal
from ..ledger.ledger import FILENAME, Ledger


def fresh() -> str:
    """A new secret, 256 bits as hex."""
    return secrets.token_hex(32)


def of_run(journal: Journal) -> str:
    """The secret of a run; one is drawn and recorded where the run has none yet.

    A resumed run keeps its secret, so that it hands over the same items in the same order, and the
    same seeds.
    """
    if not journal.state.secret:
        journal.write("secret", {"order": fresh()})
    return journal.state.secret


def recorded(folder: Path) -> str:
    """The secret of the run in a folder, which another process may be writing; "" without one."""
    if not (folder / FILENAME).is_file():
        return ""
    with Ledger(folder, writer=False) as ledger:
        found = [event.data["order"] for event in ledger.events() if event.kind == "secret"]
    return found[-1] if found else ""


def derived(secret: str, what: str) -> bytes:
    """256 bits of a secret for one use, which tell nothing of it or of another use."""
    return hmac.digest(secret.encode(), what.encode(), hashlib.sha256)
