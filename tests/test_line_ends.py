"""Edits of files as they are: Windows line ends, a mix of them, no newline at the end."""

from __future__ import annotations

import pytest

from searchers.autoresearcher.changes import changed_files, fence_around, shown
from searchers.autoresearcher.edit import Edit, Unusable


def put(text: str, search: str | None, replacement: str) -> str | None:
    return changed_files(Edit(blocks=[("m.py", search, replacement)]), {"m.py": text})["m.py"]


@pytest.mark.parametrize(
    ("old", "search", "replacement", "new"),
    [
        ("a\r\nb\r\nc\r\n", "b\n", "x\ny\n", "a\r\nx\r\ny\r\nc\r\n"),
        ("a\r\nb\r\nc\r\n", "b\n", "", "a\r\nc\r\n"),
        ("a\rb\rc\r", "a\nb\n", "x\n", "x\rc\r"),
        ("a\r\nb\nc\r\nd\n", "b\nc\n", "b\nx\nc\n", "a\r\nb\nx\nc\r\nd\n"),
        ("a\r\nb\nc\r\nd\n", "b\nc\n", "x\ny\n", "a\r\nx\ny\r\nd\n"),
        ("a\nb\r\n", "b\n", "x\ny\n", "a\nx\r\ny\r\n"),
        ("a\nb", "b\n", "x\n", "a\nx"),
        ("a\nb", "b\n", "b\nx\n", "a\nb\nx"),
        ("a\r\nb", "b\n", "x\ny\n", "a\r\nx\r\ny"),
        ("a\r\nb", "a\n", "x\n", "x\r\nb"),
        ("a\nb", "a\nb\n", "a\n", "a"),
        ("\ufeffa\r\nb\r\n", "a\n", "x\n", "\ufeffx\r\nb\r\n"),
        ("a\x0cb\nc\u2028d\n", "c\u2028d\n", "x\n", "a\x0cb\nx\n"),
        ("\r\na\r\n\r\nb\r\n", "a\n\nb\n", "b\n\na\n", "\r\nb\r\n\r\na\r\n"),
        ("a\nb\n", "b\n", "x\n", "a\nx\n"),
        # the whole file
        ("a\r\nb\r\n", None, "a\nx\nb\n", "a\r\nx\r\nb\r\n"),
        ("a\r\nb\nc\n", None, "a\nb\nx\n", "a\r\nb\nx\n"),
        ("\ufeffa\r\nb", None, "x\ny\n", "\ufeffx\r\ny"),
        ("", None, "x\n", "x\n"),
        ("a\r\n", None, "", ""),
    ],
)
def test_a_file_keeps_its_line_ends(
    old: str, search: str | None, replacement: str, new: str
) -> None:
    assert put(old, search, replacement) == new


def test_a_new_file_is_as_it_was_written() -> None:
    assert changed_files(Edit(blocks=[("n.py", None, "x\n")]), {}) == {"n.py": "x\n"}


@pytest.mark.parametrize(
    ("old", "search", "times"),
    [
        ("0,\n0,\n0,\n", "0,\n0,\n", 2),
        ("0,\r\n0,\r\n0,\r\n0,\r\n", "0,\n0,\n", 3),
        ("x\ny\nx\ny\nx", "x\ny\nx\n", 2),
        ("a b\n", "a\n", 0),
        ("a\r\n", "a \n", 0),
        ("a\n", "a\nb\n", 0),
    ],
)
def test_places_are_counted_where_they_overlap(old: str, search: str, times: int) -> None:
    with pytest.raises(Unusable, match=f"stands {times} times"):
        put(old, search, "x\n")


@pytest.mark.parametrize("search", ["", "\n", " \n"])
def test_a_blank_search_says_no_place(search: str) -> None:
    with pytest.raises(Unusable, match="is blank"):
        put("a\n \n\n", search, "x\n")


def test_later_blocks_of_an_edit_find_what_earlier_ones_wrote() -> None:
    edit = Edit(blocks=[("m", None, "a\nb\n"), ("m", "b\n", "c\n")])
    assert changed_files(edit, {"m": "x\r\n"}) == {"m": "a\r\nc\r\n"}


@pytest.mark.parametrize("last", [None, "y\n"])
def test_a_whole_text_does_not_undo_a_block_of_the_same_edit(last: str | None) -> None:
    edit = Edit(blocks=[("m", "a\n", "b\n"), ("m", None, last)])
    with pytest.raises(Unusable, match="changes m, and then all of it"):
        changed_files(edit, {"m": "a\n"})


def test_a_prompt_shows_lines_not_their_ends() -> None:
    assert shown("\ufeffa\r\nb\rc\n\r\nd") == "a\nb\nc\n\nd\n"
    assert shown("a\n\x0cb\u2028\n") == "a\n\x0cb\u2028\n"
    assert shown("") == ""


def test_a_prompt_puts_a_longer_fence_around_a_text_with_fences() -> None:
    assert fence_around("x = 1\n") == "```"
    assert fence_around("'``'\n```\nx\n````\n") == "`````"
