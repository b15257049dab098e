"""A chain of trees as one weave, from which the tree of any subset of its changes is read.

Every token that a file ever held is kept once, with the block that added it and the block that
removed it (a weave, as in Rochkind's SCCS, 1975). A block is one changed place of one step: search
and replacement, minimised to the tokens that differ. Taking the blocks of a subset keeps a token
if its adder is in and its remover is not. So no text has to be searched for, neighbouring changes
do not depend on each other, and the tree of all blocks is the last tree of the chain exactly.

The needs of a block are read off as well: the blocks whose tokens it removes, those inside whose
text it stands, and those that opened the function, class or statement that it is written in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

PRISTINE = 0
_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")
_ALIKE = 0.5  # below this share of equal tokens a place was rewritten, not changed
_MOST_PAIRS = 4_000_000  # tokens compared with tokens; above, a place counts as rewritten


@dataclass
class Token:
    """Token of a file. added, removed: numbers of blocks; PRISTINE for what was there at first."""

    text: str
    added: int
    removed: int | None = None


@dataclass(frozen=True)
class Block:
    """Changed place of one step. line: where it begins in the new text, from 1; 1 for whole files."""

    number: int
    path: str
    line: int
    removed: str
    added: str
    requires: frozenset[int] = frozenset()


@dataclass
class _File:
    """History of one file: the block that made it, the one that deleted it, and its tokens."""

    path: str
    made: int
    tokens: list[Token] = field(default_factory=list)
    deleted: int | None = None

    @property
    def live(self) -> list[Token]:
        return [token for token in self.tokens if token.removed is None]


class Weave:
    """Weave of a chain of trees, which grows by `step`; trees are {path: text}."""

    def __init__(self, pristine: Mapping[str, str]) -> None:
        self.blocks: dict[int, Block] = {}
        self._files = [_File(path, PRISTINE, _tokens(text, PRISTINE)) for path, text in
                       sorted(pristine.items())]  # fmt: skip

    def step(self, tree: Mapping[str, str]) -> list[Block]:
        """Add the next tree of the chain; return its blocks, by path and place."""
        now = {file.path: file for file in self._files if file.deleted is None}
        found: list[Block] = []
        for path in sorted({*now, *tree}):
            if path not in tree:
                found.append(self._delete(now[path]))
            elif path not in now:
                found.append(self._create(path, tree[path]))
            else:
                found += self._change(now[path], tree[path])
        return found

    def tree(self, active: Collection[int]) -> dict[str, str]:
        """Files with only these blocks in effect."""
        taken = {PRISTINE, *active}
        return {
            file.path: "".join(
                token.text
                for token in file.tokens
                if token.added in taken and token.removed not in taken
            )
            for file in self._files
            if file.made in taken and file.deleted not in taken
        }

    def _block(
        self, path: str, line: int, removed: str, added: str, requires: Collection[int]
    ) -> Block:
        number = len(self.blocks) + 1
        needs = frozenset(requires) - {PRISTINE, number}
        block = self.blocks[number] = Block(number, path, line, removed, added, needs)
        return block

    def _delete(self, file: _File) -> Block:
        needs = {file.made, *(token.added for token in file.live)}
        block = self._block(file.path, 1, _text(file.live), "", needs)
        file.deleted = block.number
        return block

    def _create(self, path: str, text: str) -> Block:
        """Block of a new file; one made anew where a file was deleted needs that deletion."""
        before = [file.deleted for file in self._files if file.path == path and file.deleted]
        block = self._block(path, 1, "", text, before)
        self._files.append(_File(path, block.number, _tokens(text, block.number)))
        return block

    def _change(self, file: _File, text: str) -> list[Block]:
        old = file.live
        if _text(old) == text:
            return []
        rows, wanted = _lines(old), re.findall(r"[^\n]*\n|[^\n]+", text)
        found = []
        for kind, a1, a2, b1, b2 in _opcodes([_text(row) for row in rows], wanted):
            if kind != "equal":
                number = len(self.blocks) + 1
                needs = _splice(file, rows, a1, a2, "".join(wanted[b1:b2]), number)
                removed = "".join(map(_text, rows[a1:a2]))
                found.append(self._block(file.path, b1 + 1, removed, "".join(wanted[b1:b2]), needs))
        return [self._housed(file, block) for block in found]

    def _housed(self, file: _File, block: Block) -> Block:
        """Block that also needs those which opened what it stands in: function, loop or class."""
        openers = set(_openers(file, block.number))
        needs = frozenset(block.requires | openers) - {PRISTINE, block.number}
        whole = Block(block.number, block.path, block.line, block.removed, block.added, needs)
        self.blocks[block.number] = whole
        return whole


def _splice(
    file: _File, rows: Sequence[Sequence[Token]], a1: int, a2: int, text: str, number: int
) -> set[int]:
    """Turn rows[a1:a2] into a text, token by token; return the blocks that this needs."""
    before = [token for row in rows[a1:a2] for token in row]
    left = rows[a1 - 1][-1] if a1 else None
    right = rows[a2][0] if a2 < len(rows) else None
    needs: set[int] = set()
    after = _tokens(text, number)
    at = 0
    for kept, added in _runs(before, after):
        removed = before[at : kept[0]] if kept else before[at:]
        previous = before[at - 1] if at else left
        following = before[kept[0]] if kept else right
        for token in removed:
            token.removed = number
            needs.add(token.added)
        if added and not removed:
            needs |= _inside(file, previous, following)
        _insert(file, removed[-1] if removed else previous, added)
        at = kept[1] if kept else len(before)
    return needs


def _inside(file: _File, left: Token | None, right: Token | None) -> set[int]:
    """Block whose text lies on both sides of a place; an end of the file belongs to its maker."""
    owners = {token.added if token else file.made for token in (left, right)}
    return owners if len(owners) == 1 else set()


def _insert(file: _File, after: Token | None, added: Sequence[Token]) -> None:
    if not added:
        return
    place = 0
    if after is not None:
        place = next(n for n, token in enumerate(file.tokens) if token is after) + 1
    file.tokens[place:place] = added


def _runs(
    before: Sequence[Token], after: Sequence[Token]
) -> Iterator[tuple[tuple[int, int] | None, list[Token]]]:
    """(the next stretch of `before` that is kept, or None at the end; the tokens put before it)."""
    at = 0
    for a, b, size in _kept(before, after):
        yield (a, a + size), list(after[at:b])
        at = b + size
    yield None, list(after[at:])


def _kept(before: Sequence[Token], after: Sequence[Token]) -> list[tuple[int, int, int]]:
    """(place before, place after, length) of what stays; stray signs in common do not count."""
    if len(before) * len(after) > _MOST_PAIRS:
        return []
    matcher = SequenceMatcher(
        None, [one.text for one in before], [one.text for one in after], autojunk=False
    )
    if matcher.ratio() < _ALIKE:
        return []
    ends = {(0, 0), (len(before), len(after))}
    return [
        (a, b, size)
        for a, b, size in matcher.get_matching_blocks()
        if size
        and (
            (a, b) in ends
            or (a + size, b + size) in ends
            or any(one.text[0].isalnum() for one in before[a : a + size])
        )
    ]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _openers(file: _File, number: int) -> Iterator[int]:
    """Blocks that wrote the first word of each compound statement round a block's new lines."""
    rows = _lines(file.live)
    mine = {at for at, row in enumerate(rows, 1) if any(token.added == number for token in row)}
    if not mine or not file.path.endswith(".py"):
        return
    for node in compound(_text(file.live)):
        if any(node.lineno < line <= (node.end_lineno or 0) for line in mine):
            words = (one for one in rows[node.lineno - 1] if one.text[0].isalnum())
            yield from (word.added for word in list(words)[:1])


def compound(source: str) -> list[ast.stmt]:
    """Statements that hold others; none where the source does not parse."""
    try:
        parsed = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [
        node for node in ast.walk(parsed) if isinstance(node, ast.stmt) and hasattr(node, "body")
    ]


def _tokens(text: str, block: int) -> list[Token]:
    return [Token(found, block) for found in _TOKEN.findall(text)]


def _text(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens by line, each with its line end."""
    rows: list[list[Token]] = [[]]
    for token in tokens:
        rows[-1].append(token)
        if token.text == "\n":
            rows.append([])
    return [row for row in rows if row]
