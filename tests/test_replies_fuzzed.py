"""Thousands of replies: none raises, none is read as what it does not say, none breaks a limit."""

from __future__ import annotations

import random

from fuzzed import MAIN, careful, huge, wild

import toolkit
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.replies.form import LINE_END
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.replies.reply import Unusable, changed_files, parse
from searchers.autoresearcher.replies.staged import Reply, read

TEXTS = {MAIN: "from toy_pipeline.curve import height\n\nSCALE = 0.8\n\n\ndef run():\n    pass\n"}


def expect_within_limits(reply: Reply, text: str) -> None:
    assert len(reply.edits) <= LIMITS.edits
    assert len(reply.looks) <= LIMITS.looks
    assert len(reply.notes) <= LIMITS.notes_chars
    assert reply.problem or reply.edits or reply.looks or reply.notes or reply.stop is not None
    lines = set(LINE_END.split(text.removeprefix("\ufeff")))
    for edit in (way for one in reply.edits for way in (one, *one.alternatives)):
        assert len(edit.alternatives) <= LIMITS.alternatives
        assert all(2 <= len(values) <= LIMITS.values for values in edit.grid.values())
        assert edit.problem or edit.blocks or edit.sets or edit.grid
        expect_said(edit, lines)


def expect_said(edit: Edit, lines: set[str]) -> None:
    """Expect every line of a text to stand in the reply as a line, and its changes to be refused
    in words or to apply.
    """
    texts = [text for _, *both in edit.blocks for text in both if text is not None]
    assert {line for text in texts for line in text.split("\n")[:-1]} <= lines
    try:
        changed_files(edit, TEXTS)
    except Unusable as error:
        assert str(error)


def test_a_careful_reply_is_read_to_the_letter() -> None:
    rng = random.Random("careful")
    for _ in range(1000):
        made = careful(rng)
        for text in (made.text, made.text.replace("\n", "\r\n"), f"~~~~~\n{made.form}\n~~~~~\n"):
            found = read(text, toolkit.LABELS)
            told = [(e.blocks, e.sets, len(e.alternatives)) for e in found.edits]
            assert (found.problem, told) == ("", made.edits), text
            assert all(not edit.problem for edit in found.edits), text
            kept = (len(found.looks), found.notes, found.stop)
            assert kept == (made.looks, made.notes, made.stop), text


def test_five_thousand_wild_replies_are_read_or_refused_in_words() -> None:
    rng = random.Random("wild")
    for _ in range(5000):
        text = wild(rng)
        expect_within_limits(read(text, toolkit.LABELS), text)


def test_replies_that_repeat_one_line_are_read_as_well() -> None:
    rng = random.Random("huge")
    for _ in range(25):
        text = huge(rng)
        expect_within_limits(read(text, toolkit.LABELS), text)
        assert parse(text, toolkit.LABELS)
