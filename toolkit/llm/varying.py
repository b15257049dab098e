"""Parts of a prompt that a resumed run may have otherwise, such as what is left of the budget.

A model reads them; the record of a prompt has a blank in their place, so that a run that goes on
with a larger budget is not taken for one whose code has changed.
"""

from __future__ import annotations

import re
from typing import Any

from .provider import Messages

_OPEN, _CLOSE, BLANK = "\x02", "\x03", "…"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}\n]{{0,200}}){_CLOSE}")


def varying(value: Any) -> str:
    """A text for a prompt that may differ when the run is resumed."""
    return f"{_OPEN}{value}{_CLOSE}"


def sent(messages: Messages) -> Messages:
    """Messages as a model reads them."""
    return _with(messages, r"\1")


def kept(messages: Messages) -> Messages:
    """Messages as they are recorded and compared."""
    return _with(messages, BLANK)


def _with(messages: Messages, replacement: str) -> Messages:
    return [
        {name: _MARKED.sub(replacement, text) for name, text in message.items()}
        for message in messages
    ]
