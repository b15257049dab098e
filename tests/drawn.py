"""Runs whose secret is known, so that a noisy program has the same figures each time."""

from __future__ import annotations

from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load

SECRET = "s2"
"""the first of its seeds for the search is a lucky one to `sums.NOISY`, and not every one is"""


def keep(ledger: Ledger) -> None:
    """Give a run this secret before it draws one; a run that goes on has it already."""
    if not load(ledger).secret:
        ledger.append("secret", {"order": SECRET})
