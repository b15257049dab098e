"""Replies of a million characters that make nobody wait: what is read costs what is written.

Each was read for minutes or hours before; a test that hangs is the failure.
"""

from __future__ import annotations

from itertools import islice, product

import pytest

import toolkit
from searchers.autoresearcher.replies.draft import MOST_BLOCKS
from searchers.autoresearcher.replies.reply import parse
from searchers.autoresearcher.replies.staged import read
from searchers.autoresearcher.replies.staged_draft import MOST_NEEDS

EDIT = "# EDIT\nLABEL: bug_fix\n"
SIZE = 300_000
INDENTS = ["".join(one) for one in islice(product(" \t", repeat=13), SIZE // 40)]


def lines(line: str) -> str:
    return line * (SIZE // len(line))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        f"# LOOK\n{lines('```py' + chr(10))}```\n",
        f"{EDIT}{lines('```py' + chr(10) + 'SET: x = 1' + chr(10))}```\n",
        "".join(f"{EDIT}{indent}<<<<<<< SEARCH\n" for indent in INDENTS),
        f"# {lines(chr(0x200B))}NO\n",
        f"**{lines(chr(0x2060))}NO\n",
        f"{EDIT}SET: x = 1\n{lines('</s>')}",
    ],
    ids=["looks in fences", "form in fences", "open blocks", "a heading", "bold", "endings"],
)
def test_a_model_in_a_loop_is_read_in_seconds(text: str) -> None:
    read(text, toolkit.LABELS)
    assert parse(text, toolkit.LABELS)


@pytest.mark.timeout(30)
def test_an_edit_that_needs_thousands_of_others_is_refused() -> None:
    text = f"{EDIT}SET: x = 1\n" + "".join(f"DEPENDS: {n}\n" for n in range(SIZE // 16))
    (found,) = read(text, toolkit.LABELS).edits
    assert found.depends == tuple(range(MOST_NEEDS))
    assert found.problem == f"DEPENDS names more than {MOST_NEEDS} experiments"
    (found,) = read(
        f"{EDIT}SET: x = 1\nDEPENDS: {', '.join(map(str, range(SIZE // 7)))}\n", toolkit.LABELS
    ).edits
    assert found.problem == f"DEPENDS names more than {MOST_NEEDS} experiments"


def test_an_edit_of_thousands_of_blocks_is_refused() -> None:
    block = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    for number, problem in (
        (MOST_BLOCKS, ""),
        (MOST_BLOCKS + 1, f"the edit has more than {MOST_BLOCKS} blocks"),
    ):
        (found,) = read(f"{EDIT}FILE: a.py\n{block * number}", toolkit.LABELS).edits
        assert (len(found.blocks), found.problem) == (MOST_BLOCKS, problem)


def test_a_fence_in_a_fence_ends_where_it_ended_before() -> None:
    """The place of an end is kept only for the lines that lie before it."""
    text = f"{EDIT}```py\nSET: x = 1\n```py\nSET: y = 2\n```\n```\nnoise\n```\n```sh\n# EDIT\n```\n"
    (found,) = read(text, toolkit.LABELS).edits
    assert (found.sets, found.problem) == ({"x": 1, "y": 2}, "")


def test_signs_before_a_heading_are_still_no_hindrance() -> None:
    for heading in (
        "# \u2705 NOTES",
        "#\u200b\u2705\u200bNOTES",
        "**\u2060NOTES**",
        "# \ufeffNOTES",
    ):
        assert read(f"{heading}\nkept\n", toolkit.LABELS).notes == "kept", ascii(heading)
