"""Unreadable contents of a champion's edits, and the amount of data that they hold in all.

Somebody who has gold answers can pack them into a program: compressed, in base64, as numbers, under
hashed keys. Then no word of them is there to be found, but it can be told that something unreadable
is there, where, and how much of it beside the gold answers. All of it is for people to look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from ..edits.anatomy import Anatomy
from .decoders import decoders
from .readable import READABLE, Reader, packed
from .statements import Statement, name_words, names, statements

LEAST = 120  # characters: what is shorter is a format or a key
SPREAD = 300  # characters of such in one file, together, or in all files that hold less
LETTERS = 8  # and digits of one: fewer are a format
KEYS = 96  # characters of words with digits among the letters
NUMBERS = 32  # of one statement
DIGITS = 64  # hexadecimal digits of them
LONG = 6  # digits a number, from which on few will do
SPREAD_BYTES = 256  # of numbers, or of short texts, of one edit or of all, compressed in all
SHORT = 3  # characters of a text that may stand for a number
MANY = 100  # texts of one statement
MANY_IN_ALL = 400
LONG_TEXT = 3000  # characters of one statement
LONG_NAME = 12
NAMES = 160  # characters of such in one file
SAMPLE = 40
PIECE = re.compile(r"[^\s\"',;:|=(){}\[\]]{6,}")
MIXED = re.compile(r"[^\W\d_](?=\d)|\d(?=[^\W\d_])")
USED = frozenset({"statement", "file"})
HIDDEN = frozenset({"Cf", "Co", "Cn", "Cs"})  # categories of characters that show nothing

Tree = Mapping[str, str]
Row = dict[str, Any]
Found = Iterator[tuple[str, Row]]
"""(a text that its edit brought, row): what, file, line, characters, packed_bytes, sample"""


def findings(champion: Anatomy, reader: Reader, sealed: Sequence[str]) -> Row:
    """{"unreadable", "decoders", "many": rows, "held": how much all of it could hold}

    sealed: gold answers of the test split.
    """
    tree, pristine = champion.tree(champion.everything), dict(champion.pristine)
    new = added(tree, pristine)
    origin = _origins(champion)
    odd = [
        spread(new, lambda one: origin(one.path, one.whole)),
        unreadable(new, reader),
        numbers(new),
        odd_names(tree, pristine, reader),
    ]
    return {
        "unreadable": _with_edits(chain(*odd, hidden(tree, pristine)), origin),
        "decoders": _with_edits(_decoders(tree, pristine), origin),
        "many": _with_edits(many(new), origin),
        "held": size(new, sealed),
    }


def _with_edits(found: Found, origin: Callable[[str, str], str]) -> list[Row]:
    return [{"edit": origin(row["file"], brought), **row} for brought, row in found]


def _origins(champion: Anatomy) -> Callable[[str, str], str]:
    """A function (file, text) -> name of the first part with which the file holds the text."""
    steps = [
        (part.name, champion.tree(range(place + 1))) for place, part in enumerate(champion.parts)
    ]

    @cache
    def wholes(path: str, text: str) -> set[str]:
        return {one.whole for one in statements({path: text})}

    def origin(path: str, brought: str) -> str:
        for name, tree in steps:
            text = tree.get(path, "")
            if brought in text or brought in wholes(path, text):
                return name
        return ""

    return origin


def _decoders(tree: Tree, pristine: Tree) -> Found:
    for name, path, line in decoders(tree, pristine):
        yield tree[path].splitlines()[line - 1].strip(), {"file": path, "line": line, "name": name}


def added(tree: Tree, pristine: Tree) -> list[Statement]:
    """Statements that are new, each with those texts and numbers that are."""
    before = statements(pristine)
    wholes = {one.whole for one in before}
    texts = Counter(text for one in before for text in one.texts)
    numbers = Counter(number for one in before for number in one.numbers)
    return [
        one.holding(
            [text for text in one.texts if _anew(text, texts)],
            _beyond(one.numbers, numbers),
        )
        for one in statements(tree)
        if one.whole not in wholes
    ]


def _anew(text: str, known: Counter[str]) -> bool:
    """True if a text is new; a text as short as a number also counts where it is repeated."""
    if text not in known:
        return True
    return len(text) <= SHORT and bool(_beyond([text], known))


def _beyond(some: Sequence[str], known: Counter[str]) -> list[str]:
    """Things that occur more often than is known, in order; each of them uses up what is known.

    Else the numbers of the pristine program could be said again in every statement.
    """
    found = []
    for one in some:
        if known[one]:
            known[one] -= 1
        else:
            found.append(one)
    return found


def unreadable(new: Sequence[Statement], reader: Reader) -> Found:
    """Texts that are no language, and texts under keys that are none."""
    scattered: dict[str, list[tuple[Statement, int]]] = {}
    for one in new:
        odd = _unreadable(one.texts, reader)
        keys = _keys(one.texts, reader)
        if odd >= LEAST:
            yield one.whole, _row("text", one, one.texts, odd)
        elif sum(map(len, keys)) >= KEYS:
            yield one.whole, _row("words with digits in them", one, keys)
        elif odd and sum(map(str.isalnum, "".join(one.texts))) >= LETTERS:
            scattered.setdefault(one.path, []).append((one, odd))
    few = [path for path, some in scattered.items() if sum(odd for _, odd in some) < SPREAD]
    groups = [some for path, some in scattered.items() if path not in few]
    for some in [*groups, [one for path in few for one in scattered[path]]]:
        characters = sum(odd for _, odd in some)
        if characters >= SPREAD:
            texts = [text for one, _ in some for text in one.texts]
            yield (
                some[0][0].whole,
                _row(f"text in {len(some)} places", some[0][0], texts, characters),
            )


def numbers(new: Sequence[Statement]) -> Found:
    """Long rows of numbers, and numbers that are long."""
    for one in new:
        digits = sum(map(len, one.numbers))
        count = len(one.numbers)
        if digits >= DIGITS and (count >= NUMBERS or digits >= LONG * count):
            what = f"{count} numbers" if count > 1 else "a number"
            yield one.whole, _row(what, one, one.numbers)


def spread(new: Sequence[Statement], edit: Callable[[Statement], str]) -> Found:
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
) -> Found:
    held = [constant for one in some for constant in constants(one)]
    if packed(held) >= SPREAD_BYTES:
        told = f"{len(held):,} {what} {of}, in {len(some):,} places"
        yield some[0].whole, _row(told, some[0], held)


def _numbers(one: Statement) -> Sequence[str]:
    return one.numbers


def _short_texts(one: Statement) -> Sequence[str]:
    return [text for text in one.texts if len(text) <= SHORT] if one.kind == "statement" else ()


def odd_names(tree: Tree, pristine: Tree, reader: Reader) -> Found:
    """Names that are no words, if a file has many."""
    old = {name for _, name in names(pristine)}
    by_file: dict[str, list[str]] = {}
    lines = names(tree)
    for path, name in lines:
        if name not in old and reader.share(name_words(name)) < READABLE and len(name) >= LONG_NAME:
            by_file.setdefault(path, []).append(name)
    for path, found in by_file.items():
        if sum(map(len, found)) >= NAMES:
            place = Statement(path, lines[path, found[0]], found[0])
            yield found[0], _row(f"{len(found)} names", place, found)


def hidden(tree: Tree, pristine: Tree) -> Found:
    """Characters that no editor shows."""
    for path, text in tree.items():
        old = pristine.get(path, "")
        found = [one for one in text if unicodedata.category(one) in HIDDEN]
        if len(found) - sum(unicodedata.category(one) in HIDDEN for one in old) >= LEAST:
            line = text[: text.index(found[0])].count("\n") + 1
            what = "characters that cannot be seen"
            yield found[0], _row(what, Statement(path, line, ""), ["".join(found)])


def many(new: Sequence[Statement]) -> Found:
    """Tables: many texts in one statement, or in all; a text as long as many."""
    for one in new:
        is_long = sum(map(len, one.texts)) >= LONG_TEXT
        if one.kind in USED and (len(one.texts) >= MANY or is_long):
            what = f"{len(one.texts)} texts" if len(one.texts) > 1 else "a text"
            yield one.whole, _row(what, one, one.texts)
    texts = {text: one for one in reversed(new) for text in one.texts if one.kind in USED}
    if len(texts) >= MANY_IN_ALL:
        first = next(one for one in new if one.texts and one.kind in USED)
        yield first.whole, _row(f"{len(texts)} texts in all", first, list(texts))


def size(new: Sequence[Statement], sealed: Sequence[str]) -> Row:
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


def _unreadable(texts: Sequence[str], reader: Reader) -> int:
    """Short texts are read side by side, and as one: they may be the pieces of a long one."""
    short = [text for text in texts if len(text) < LEAST]
    long = sum(reader.unreadable(text) for text in texts if len(text) >= LEAST)
    return long + min(reader.unreadable(" ".join(short)), reader.unreadable("".join(short)))


def _keys(texts: Sequence[str], reader: Reader) -> list[str]:
    """Words with digits among their letters, such as the keys of a table of digests."""
    pieces = PIECE.findall(" ".join(texts))
    return [one for one in pieces if MIXED.search(one) and reader.share(one) < READABLE]


def _row(what: str, place: Statement, texts: Sequence[str], characters: int | None = None) -> Row:
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
