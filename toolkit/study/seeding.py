"""Seed that a program takes by itself: its place in the code, where a run's own seed is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import near_misses
from ..jobs import Job
from ..text import short
from . import bindings
from .bindings import (
    Binding,
    Files,
    Flag,
    Gone,
    InFile,
    Refused,
    Unreadable,
    Variable,
    flags,
    variables,
)
from .toml import Table

_NAME = "seed"


def read(
    code: Table, files: Files, command: Sequence[str], bound: Mapping[str, Binding]
) -> Binding | None:
    """The place that `[code] seed` names; None where it names none, or none that can be right.

    files, command: the unchanged program. bound: places of its parameters.
    """
    at = code.text(_NAME, default="")
    if not at:
        return None
    place = at.removesuffix("=")  # an option is the same in one word or two
    taken = next((name for name, one in bound.items() if one.at.removesuffix("=") == place), "")
    if taken:
        code.problem(_NAME, f"{at} is the place of the parameter {taken}, too: a seed is not tuned")
        return None
    try:
        binding = bindings.parse(at)
        if isinstance(binding, Flag) and not command:
            raise ValueError(f"{at} is an option, and a function takes none: give a constant")
        binding = binding.settled(files, command)
        _check(binding, files)
        _written(binding, files)
    except (ValueError, Gone) as error:
        code.problem(_NAME, str(error))
        return None
    return binding


def file(code: Table) -> set[str]:
    """File that holds the seed: it belongs to the program, wherever it lies."""
    at = code.raw.get(_NAME)
    try:
        binding = bindings.parse(at) if isinstance(at, str) and at else None
    except ValueError:  # told when it is read
        return set()
    return {binding.path} if isinstance(binding, InFile) else set()


def require(binding: Binding | None, files: Files) -> None:
    """Raises Gone where an edit removed the place of a program's seed."""
    try:
        if binding is not None:
            _written(binding, files)
    except Gone as error:
        raise Gone(f"the place of the seed is gone: {error} any more") from error


def sown(job: Job, binding: Binding | None) -> Job:
    """A job whose seed stands where its program takes one; raises Gone."""
    if binding is None:
        return job
    made = _written(binding, job.files, job.seed)
    return replace(
        job,
        files=made.files,
        command=(*job.command, *made.arguments),
        environment={**job.environment, **made.environment},
    )


def _written(binding: Binding, files: Files, seed: int = 1) -> bindings.Bound:
    try:
        return bindings.bound({_NAME: binding}, files, {_NAME: seed}, again=True)
    except Gone as error:
        raise error.__cause__ if isinstance(error.__cause__, Gone) else error from None
    except Refused as error:
        raise Refused(f"{binding.at} takes no number: {error.__cause__ or error}") from error


def _check(binding: Binding, files: Files) -> None:
    """Raises ValueError and Gone where nothing takes the seed, or something else stands there."""
    known: list[str] = []
    if isinstance(binding, Flag) and not binding.known:
        known = [name for one in flags.declared(files) for name in one.names]
    if isinstance(binding, Variable) and not binding.known:
        known = [f"env:{name}" for name, *_ in variables.reads(files)]
    if known:  # a program in another language declares none that can be read
        listing = ", ".join(dict.fromkeys(known))
        hint = near_misses(binding.at, known)
        raise ValueError(f"no Python file takes {binding.at}{hint} (known: {listing})")
    try:
        value = binding.default(files)
    except Unreadable:
        return
    except Gone:
        if isinstance(binding, InFile):
            raise
        return
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise ValueError(f"{short(value)} stands at {binding.at}, and a seed is a whole number")
