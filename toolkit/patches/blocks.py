"""Blocks of a file that may be edited: the lines between two marks, and none beside them.

A mark is a line that holds `NAME-START` or `NAME-END`, in whatever way the file writes comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..errors import PatchError
from .hunks import excerpt, split_lines


@dataclass(frozen=True)
class Line:
    """Line that may not be edited. number: its place in the file, from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Reading:
    """File as its marks divide it. spans: lines of each mark's pair, the marks themselves included.

    kept: all lines outside, and the marks. problems: marks that make no pair.
    """

    spans: Sequence[tuple[int, int]]
    kept: Sequence[Line]
    problems: Sequence[str]


def read(text: str, name: str) -> Reading:
    """A file's blocks; a mark that makes no pair is a line that may not be edited."""
    spans: list[tuple[int, int]] = []
    kept: list[Line] = []
    problems: list[str] = []
    began = 0
    for number, line in enumerate(split_lines(text), 1):
        starts, ends = f"{name}-START" in line, f"{name}-END" in line
        if starts or ends or not began:
            kept.append(Line(number, line))
        if starts and ends:
            problems.append(f"line {number} holds both {name}-START and {name}-END")
        elif starts and began:
            problems.append(f"line {number} begins a block inside the one that line {began} began")
        elif ends and not began:
            problems.append(f"line {number} ends a block that no line before it begins")
        elif starts:
            began = number
        elif ends:
            spans.append((began, number))
            began = 0
    if began:
        problems.append(f"line {began} begins a block that no {name}-END ends")
    return Reading(spans, kept, problems)


def held(files: Mapping[str, str], name: str) -> dict[str, str]:
    """The files that hold a block."""
    return {path: text for path, text in files.items() if read(text, name).spans}


def problems(files: Mapping[str, str], name: str) -> Iterator[str]:
    """Problems with the marks of the files that may be edited."""
    found = {path: read(text, name) for path, text in sorted(files.items())}
    for path, one in found.items():
        yield from (f"{path}: {text}" for text in one.problems)
    if not any(one.spans or one.problems for one in found.values()):
        yield (
            f"no file that may be edited ({', '.join(found) or 'there is none'}) holds a block: "
            f"write a line with {name}-START before the lines that may change, and one with "
            f"{name}-END behind them"
        )


def described(files: Mapping[str, str], name: str) -> list[str]:
    """For each file what of it may be edited: `pack.py (EVOLVE-BLOCK in lines 3-9)`."""
    return [f"{path} ({name} in {_lines(text, name)})" for path, text in sorted(files.items())]


def _lines(text: str, name: str) -> str:
    return "lines " + " and ".join(f"{low}-{high}" for low, high in read(text, name).spans)


def check(before: Mapping[str, str], after: Mapping[str, str], name: str) -> None:
    """PatchError where a line outside the blocks, or a mark, is not what it was.

    Whatever is written inside a block, what is kept of the file has to be the same, line for line:
    so no block can be closed early and opened again behind a line of the edit's own.
    """
    for path, text in before.items():
        if path not in after:
            raise PatchError(
                f"patch: {path!r} may not be deleted: only {name} in {_lines(text, name)} may be "
                "edited"
            )
        _check_file(path, text, after[path], name)


def _check_file(path: str, text: str, new: str, name: str) -> None:
    old_lines, new_lines = read(text, name).kept, read(new, name).kept
    for old, found in zip_longest(old_lines, new_lines):
        if old and found and old.text == found.text:
            continue
        if old:
            what = f"line {old.number} of the file ({excerpt(old.text)}) may not be changed"
        else:
            what = f"no line may be added at the end of the file ({excerpt(found.text)})"
        raise PatchError(
            f"patch: {path!r}: {what}: only {name} in {_lines(text, name)} may be edited, without "
            "the two lines that mark it; leave every line outside, and every mark, as it is"
        )
