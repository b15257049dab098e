"""Values written into the files of a program, and beside it on its command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...records import same
from .binding import Binding, Flag, InFile, Variable, plain
from .place import UNKNOWN, Files, Gone, Missing, Refused, Slot, file


@dataclass(frozen=True)
class Bound:
    """A program with values in it: its files, words behind its command, and variables."""

    files: Mapping[str, bytes]
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def bound(
    bindings: Mapping[str, Binding],
    files: Files,
    overrides: Mapping[str, Any],
    *,
    again: bool = False,
) -> Bound:
    """The program with these values in it, and nothing else of it changed.

    again: also values that stand there already are written. Raises Gone where the place of one is
    not there any more, which is in plain words what became of the trial; Refused where a place
    cannot hold its value.
    """
    slots: list[tuple[Slot, str]] = []
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    for name, value in overrides.items():
        if (binding := bindings.get(name)) is None:
            continue
        try:
            if isinstance(binding, InFile):
                slots += _written(binding.slot(files), value, again=again)
            elif isinstance(binding, Flag):
                arguments += _words(binding, files, value, again=again)
            elif isinstance(binding, Variable):
                environment[binding.name] = binding.text(files, value)
        except Missing as error:
            raise Gone(f"parameter {name} is gone: {error.text} any more") from error
        except Gone as error:
            raise Gone(f"parameter {name} is gone: {error}") from error
        except Refused as error:
            raise Refused(f"parameter {name} cannot be written at {binding.at}: {error}") from error
    return Bound(_replaced(files, slots) if slots else files, arguments, environment)


def _written(slot: Slot, value: Any, *, again: bool) -> list[tuple[Slot, str]]:
    if not again and slot.value is not UNKNOWN and same(plain(slot.value), value):
        return []
    return [(slot, slot.write(value))]


def _words(binding: Flag, files: Files, value: Any, *, again: bool) -> tuple[str, ...]:
    words = binding.words(files, value)
    try:
        stands = same(binding.default(files), value)
    except Gone:
        stands = False
    return () if stands and not again else words


def _replaced(files: Files, slots: list[tuple[Slot, str]]) -> dict[str, bytes]:
    """The files with a text in each slot, from the last to the first."""
    made = dict(files)
    for path in {slot.path for slot, _ in slots}:
        source = file(files, path)
        text, last = source.text, len(source.text) + 1
        own = [one for one in slots if one[0].path == path]
        for slot, new in sorted(own, key=lambda one: (-one[0].start, -one[0].end)):
            if slot.end > last:
                raise Gone(f"two parameters are written at one place: {path}, line {slot.line}")
            text, last = text[: slot.start] + new + text[slot.end :], slot.start
        made[path] = source.encoded(text)
    return made
