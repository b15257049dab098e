"""Output of commands: standard output is for results; all other text goes to standard error.

So `--json` is JSON, whatever plugins, their libraries and what they start print, and whenever. Text
that others wrote is made visible here, so that no terminal obeys it.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from ..text import visible, visible_json

ERRORS = "toolkit.plain"
_PLAIN = {
    "·": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "×": "x",
    "→": "->",
    "≥": ">=",
    "≤": "<=",
    "●": "o",
}
_PLAIN |= zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True)
_BOXES = range(0x2500, 0x2580)


class _Streams:
    """results: where they go while stdout means stderr. others: what stdout is then, or None."""

    results: TextIO | None = None
    others: TextIO | None = None


class CannotWrite(click.ClickException):
    """The result cannot be written; one line, exit code 1."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output cannot be written: {error.strerror}")


def reserve() -> None:
    """Make descriptor 1 of this process standard error, and give results another descriptor.

    Called once, before anything is printed.
    """
    _open_closed()
    sys.stderr.reconfigure(errors=ERRORS)  # type: ignore[union-attr]
    encoding = sys.stdout.encoding
    kept = os.dup(1)
    os.dup2(2, 1)
    _Streams.others = os.fdopen(
        1, "w", buffering=1, closefd=False, encoding=encoding, errors="backslashreplace"
    )
    sys.stdout = os.fdopen(kept, "w", encoding=encoding, errors=ERRORS)


def _open_closed() -> None:
    """A stream that came closed is the null device: else the next file would get its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False, buffering=1)


@contextlib.contextmanager
def reserved() -> Iterator[None]:
    """While a command runs, what is printed goes to stderr; in a process of its own, for good."""
    others = _Streams.others or sys.stderr
    if sys.stdout is others:  # by the group of the command
        yield
        return
    before, _Streams.results = sys.stdout, sys.stdout
    sys.stdout = others
    try:
        yield
    finally:
        if _Streams.others is None:
            sys.stdout, _Streams.results = before, None


class Reserving(click.Context):
    """Runs a command's function with stdout reserved; its help and its errors need no such care."""

    def invoke(self, callback: Any, /, *arguments: Any, **more: Any) -> Any:
        with reserved():
            return super().invoke(callback, *arguments, **more)


def reserve_for(command: click.Command) -> click.Command:
    """The command, and those below it, with stdout reserved while they run."""
    command.context_class = Reserving
    for inner in getattr(command, "commands", {}).values():
        reserve_for(inner)
    return command


def stream() -> TextIO:
    """Stream to which results are written."""
    return _Streams.results or sys.stdout


@contextlib.contextmanager
def writing() -> Iterator[TextIO]:
    """The result's stream. Where nobody reads any more (`| head -1`) the rest is dropped."""
    try:
        yield stream()
        stream().flush()
    except BrokenPipeError:
        drop()
    except OSError as error:
        drop()
        raise CannotWrite(error) from error


def drop() -> None:
    """Drop whatever is still to be written to the result's stream."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream().fileno())


def say(text: object = "") -> None:
    """One line of a result."""
    with writing() as sink:
        sink.write(visible(str(text)) + "\n")


def note(text: object) -> None:
    """One line beside the result; where nobody reads it any more, the command goes on."""
    with contextlib.suppress(OSError):
        print(visible(str(text)), file=sys.stderr, flush=True)


def show(
    summary: Mapping[str, Any], *, run: Path | None = None, files: Path | None = None,
    full: bool = False,
) -> None:  # fmt: skip
    """A report on one screen, or in full. files: the folder of its files, if not the run's own."""
    from ..report import brief, tables

    with writing() as sink:
        shown = tables.fitted(summary, sink) if full else brief.fitted(summary, sink, run, files)
        sink.write(shown)


def say_json(value: Any, *, indent: int | None = 2) -> None:
    """A result as JSON, in the characters that the stream can show."""
    with writing() as sink:
        sink.write(json_text(value, sink.encoding or "utf-8", indent) + "\n")


def json_text(value: Any, encoding: str, indent: int | None = 2) -> str:
    r"""JSON in which what steers a terminal, or what the encoding lacks, is a `\u` escape."""
    text = visible_json(json.dumps(value, indent=indent, ensure_ascii=False))
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Characters that an encoding lacks, in ASCII: a dash for a dash, else as an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_in_ascii, missing)), error.end


def _in_ascii(character: str) -> str:
    if ord(character) in _BOXES:
        return "-" if character in "─━═" else "|" if character in "│┃║┊" else "+"
    return _PLAIN.get(character) or ascii(character)[1:-1]


codecs.register_error(ERRORS, _plainly)
