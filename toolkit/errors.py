"""Errors that people are meant to read, and the one that ends a search."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Wrong input: shown without a traceback, exit code 2.

    The message says what is wrong, where, what is allowed and what to type next.
    """


class StudyError(UserError):
    """A study file is wrong; the message lists every problem at once."""


class AnotherRun(UserError):  # noqa: N818 - what the folder holds
    """The run folder holds finished trials of another study, or of another version of this one."""


class PatchError(UserError):
    """A patch does not apply strictly, or touches what it may not."""


class DataError(UserError):
    """A study's data is missing or is not the file it should be."""


class PluginError(UserError):
    """A plugin that the command asked for cannot be used."""


class NotAnswered(UserError):  # noqa: N818 - what happened
    """A program of the host's own was not answered by its language model; nothing is scored."""


class BudgetSpent(Exception):  # noqa: N818 - an ordinary ending, not an error
    """The cell's budget does not cover another evaluation. Let it escape from `run`."""


def near_misses(word: str, known: Iterable[str], *, least: float = 0.6) -> str:
    """ "; did you mean 'x'?" where something similar is known, else an empty string.

    least: how similar, from 0 to 1, where equal.
    """
    close = difflib.get_close_matches(word, list(known), n=2, cutoff=least)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def unknown(what: str, word: str, known: Iterable[str], *, more: str = "") -> str:
    """Message for a name that is not known: the near misses, then all known names."""
    names = sorted(known)
    listing = ", ".join(names) if names else "none"
    return f"unknown {what} {word!r}{near_misses(word, names)} (known: {listing}){more}"
