"""Amount of data in a champion's edits: rows of numbers, short texts, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .readable import packed
from .statements import SHORT, Statement

SPREAD_BYTES = 256  # of numbers, or of short texts, of one edit or of all, compressed in all
NUMBERS = 32  # of one statement
DIGITS = 64  # hexadecimal digits of them
LONG = 6  # digits a number, from which on few will do
MANY = 100  # texts of one statement
MANY_IN_ALL = 400
LONG_TEXT = 3000  # characters of one statement
SAMPLE = 40
USED = frozenset({"statement", "file"})
Finding = dict[str, Any]
Findings = Iterator[tuple[str, Finding]]
"""(a text that its edit brought, row): what, file, line, characters, packed_bytes, sample"""


def numbers(new: Sequence[Statement]) -> Findings:
    """Long rows of numbers, and numbers that are long."""
    for one in new:
        digits = sum(map(len, one.numbers))
        count = len(one.numbers)
        if digits >= DIGITS and (count >= NUMBERS or digits >= LONG * count):
            what = f"{count} numbers" if count > 1 else "a number"
            yield one.whole, row(what, one, one.numbers)


def spread(new: Sequence[Statement], edit: Callable[[Statement], str]) -> Findings:
    """Numbers and short texts that tell much all together, however few a statement holds.

    Of all edits, and of each that brings some of them.
    """
    kept = [one for one in new if one.kind in USED]
    for what, constants in (("numbers", _numbers), ("short texts", _short_texts)):
        groups: dict[str, list[Statement]] = {}
        for one in kept:
            if constants(one):
                groups.setdefault(edit(one), []).append(one)
        everything = [one for group in groups.values() for one in group]
        yield from _spread(everything, constants, what, "in all")
        if len(groups) > 1:
            for group in groups.values():
                yield from _spread(group, constants, what, "of this edit")


def _spread(
    some: Sequence[Statement], constants: Callable[[Statement], Sequence[str]], what: str, of: str
) -> Findings:
    held = [constant for one in some for constant in constants(one)]
    if packed(held) >= SPREAD_BYTES:
        told = f"{len(held):,} {what} {of}, in {len(some):,} places"
        yield some[0].whole, row(told, some[0], held)


def _numbers(one: Statement) -> Sequence[str]:
    return one.numbers


def _short_texts(one: Statement) -> Sequence[str]:
    return [text for text in one.texts if len(text) <= SHORT] if one.kind == "statement" else ()


def many(new: Sequence[Statement]) -> Findings:
    """Tables: many texts in one statement, or in all; a text as long as many."""
    for one in new:
        is_long = sum(map(len, one.texts)) >= LONG_TEXT
        if one.kind in USED and (len(one.texts) >= MANY or is_long):
            what = f"{len(one.texts)} texts" if len(one.texts) > 1 else "a text"
            yield one.whole, row(what, one, one.texts)
    texts = {text: one for one in reversed(new) for text in one.texts if one.kind in USED}
    if len(texts) >= MANY_IN_ALL:
        first = next(one for one in new if one.texts and one.kind in USED)
        yield first.whole, row(f"{len(texts)} texts in all", first, list(texts))


def size(new: Sequence[Statement], sealed: Sequence[str]) -> Finding:
    """Amount that all edits could hold, beside the amount of the test split's gold answers."""
    kept = [one for one in new if one.kind != "comment"]
    texts = list(dict.fromkeys(text for one in kept for text in one.texts))
    constants = [one for some in kept for one in (*_short_texts(some), *_numbers(some))]
    return {
        "texts": len(texts),
        "characters": sum(map(len, texts)),
        "packed_bytes": packed([*texts, *constants]),
        "gold_answers": len(sealed),
        "gold_packed_bytes": packed(sealed),
    }


def row(
    what: str, place: Statement, texts: Sequence[str], characters: int | None = None
) -> Finding:
    everything, held = sum(map(len, texts)), packed(texts)
    return {
        "what": what,
        "file": place.path,
        "line": place.line,
        "characters": everything if characters is None else characters,
        "packed_bytes": held,
        "bits": 8 * held / everything if everything else 0.0,
        "sample": " ".join(texts)[:SAMPLE],
    }
