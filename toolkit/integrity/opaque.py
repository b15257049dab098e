"""Unreadable contents of a champion's edits, and the amount of data that they hold in all.

Somebody who has gold answers can pack them into a program: compressed, in base64, as numbers, under
hashed keys. Then no word of them is there to be found, but it can be told that something unreadable
is there, where, and how much of it beside the gold answers. All of it is for people to look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain

from ..edits.anatomy import Anatomy
from .amounts import Finding, Findings, many, numbers, row, size, spread
from .decoders import decoders
from .readable import READABLE, Vocabulary
from .statements import Statement, added, name_words, names, statements

LEAST = 120  # characters: what is shorter is a format or a key
SPREAD = 300  # characters of such in one file, together, or in all files that hold less
LETTERS = 8  # and digits of one: fewer are a format
KEYS = 96  # characters of words with digits among the letters
LONG_NAME = 12
NAMES = 160  # characters of such in one file
PIECE = re.compile(r"[^\s\"',;:|=(){}\[\]]{6,}")
MIXED = re.compile(r"[^\W\d_](?=\d)|\d(?=[^\W\d_])")
HIDDEN = frozenset({"Cf", "Co", "Cn", "Cs"})  # categories of characters that show nothing
Files = Mapping[str, str]


def findings(champion: Anatomy, vocabulary: Vocabulary, sealed: Sequence[str]) -> Finding:
    """{"unreadable", "decoders", "many": rows, "held": how much all of it could hold}

    sealed: gold answers of the test split.
    """
    tree, pristine = champion.tree(champion.everything), dict(champion.pristine)
    new = added(tree, pristine)
    origin = _origins(champion)
    odd = [
        spread(new, lambda one: origin(one.path, one.whole)),
        unreadable(new, vocabulary),
        numbers(new),
        odd_names(tree, pristine, vocabulary),
    ]
    return {
        "unreadable": _with_edits(chain(*odd, hidden(tree, pristine)), origin),
        "decoders": _with_edits(_decoders(tree, pristine), origin),
        "many": _with_edits(many(new), origin),
        "held": size(new, sealed),
    }


def _with_edits(found: Findings, origin: Callable[[str, str], str]) -> list[Finding]:
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


def _decoders(tree: Files, pristine: Files) -> Findings:
    for name, path, line in decoders(tree, pristine):
        yield tree[path].splitlines()[line - 1].strip(), {"file": path, "line": line, "name": name}


def unreadable(new: Sequence[Statement], vocabulary: Vocabulary) -> Findings:
    """Texts that are no language, and texts under keys that are none."""
    scattered: dict[str, list[tuple[Statement, int]]] = {}
    for one in new:
        odd = _unreadable(one.texts, vocabulary)
        keys = _keys(one.texts, vocabulary)
        if odd >= LEAST:
            yield one.whole, row("text", one, one.texts, odd)
        elif sum(map(len, keys)) >= KEYS:
            yield one.whole, row("words with digits in them", one, keys)
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
                row(f"text in {len(some)} places", some[0][0], texts, characters),
            )


def odd_names(tree: Files, pristine: Files, vocabulary: Vocabulary) -> Findings:
    """Names that are no words, if a file has many."""
    old = {name for _, name in names(pristine)}
    by_file: dict[str, list[str]] = {}
    lines = names(tree)
    for path, name in lines:
        if (
            name not in old
            and vocabulary.share(name_words(name)) < READABLE
            and len(name) >= LONG_NAME
        ):
            by_file.setdefault(path, []).append(name)
    for path, found in by_file.items():
        if sum(map(len, found)) >= NAMES:
            place = Statement(path, lines[path, found[0]], found[0])
            yield found[0], row(f"{len(found)} names", place, found)


def hidden(tree: Files, pristine: Files) -> Findings:
    """Characters that no editor shows."""
    for path, text in tree.items():
        old = pristine.get(path, "")
        found = [one for one in text if unicodedata.category(one) in HIDDEN]
        if len(found) - sum(unicodedata.category(one) in HIDDEN for one in old) >= LEAST:
            line = text[: text.index(found[0])].count("\n") + 1
            what = "characters that cannot be seen"
            yield found[0], row(what, Statement(path, line, ""), ["".join(found)])


def _unreadable(texts: Sequence[str], vocabulary: Vocabulary) -> int:
    """Short texts are read side by side, and as one: they may be the pieces of a long one."""
    short = [text for text in texts if len(text) < LEAST]
    long = sum(vocabulary.unreadable(text) for text in texts if len(text) >= LEAST)
    return long + min(vocabulary.unreadable(" ".join(short)), vocabulary.unreadable("".join(short)))


def _keys(texts: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Words with digits among their letters, such as the keys of a table of digests."""
    pieces = PIECE.findall(" ".join(texts))
    return [one for one in pieces if MIXED.search(one) and vocabulary.share(one) < READABLE]
