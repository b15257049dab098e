"""Replies as models really write them: read as meant, or refused with a reason, never guessed."""

from __future__ import annotations

import pytest
from replies import BLOCK, BROKEN_DRAFT, CHANGED, DRAFT, GOOD, HEADER, TEXTS, only

import toolkit
from searchers.autoresearcher.replies.reply import Unusable, changed_files, parse


@pytest.mark.parametrize(
    "reply",
    [
        f"{HEADER}FILE: p/m.py\n{BLOCK}",
        f"{HEADER}FILE: p/m.py\n```python\n{BLOCK}```\n",
        f"{HEADER}FILE: `p/m.py`\n\n``` python title='m'\n\n{BLOCK}```\n",
        f"```\n{HEADER}FILE: p/m.py\n{BLOCK}```\n",
        f"{HEADER}FILE: p/m.py\n{BLOCK}This gives:\n```python\nSCALE = 0.9\n```\n",
        f"{HEADER}FILE: p/m.py\n{BLOCK}".replace("\n", "\r\n"),
        f"\ufeff{HEADER}FILE: p/m.py\n{BLOCK}",
        f"<think>\n# EDIT\nLABEL: data\n</think>\n{HEADER}FILE: p/m.py\n{BLOCK}",
        f"## Edit plan\nfirst\n\n## EDIT 1: the scale\n{HEADER[7:]}FILE: p/m.py\n{BLOCK}",
        f"{HEADER}FILE: p/m.py\n  <<<<<<< SEARCH\nSCALE = 0.8\n  =======  \nSCALE = 0.9\n  >>>>>>> REPLACE",
    ],
)
def test_read_as_meant(reply: str) -> None:
    edit = only(reply)
    assert not edit.problem
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("FILE: p/m.py\n<<<<<<< SEARCH\nimport os\n=======\nSCALE\n=======\nx\n>>>>>>> REPLACE", "inside a block"),
        (f"FILE: p/m.py\n<<<<<<< SEARCH\na\n=======\nb\n{BLOCK}", "is not closed"),
        ("FILE: p/m.py\n<<<<<<< SEARCH\na\n=======\nb\n", "cut off"),
        ("FILE: p/m.py\nSET: x = 1\n", "neither"),
        (f"FILE: p/m.py\n```\n{BLOCK.replace('<<<<<<< SEARCH', 'text')}```\n", "inside a block"),
        (f"{BLOCK}", "without 'FILE: path'"),
        (">>>>>>> REPLACE\n", "before it"),
        ("SET: x\n", "SET needs"),
        (f"SET: x = {'[' * 100_000}\n", "SET needs"),
    ],
)  # fmt: skip
def test_refused_with_a_reason(body: str, told: str) -> None:
    assert told in only(HEADER + body).problem


@pytest.mark.parametrize(
    ("search", "times"), [("return y", 0), ("SCALE = 0.8", 1), ("LE = 0.8", 0), ("import os\nSCALE = 0.8", 1)]
)  # fmt: skip
def test_only_whole_lines_fit(search: str, times: int) -> None:
    edit = only(f"{HEADER}FILE: p/m.py\n<<<<<<< SEARCH\n{search}\n=======\nx\n>>>>>>> REPLACE\n")
    if times:
        assert changed_files(edit, TEXTS)
    else:
        with pytest.raises(Unusable, match="stands 0 times"):
            changed_files(edit, TEXTS)


def test_lines_that_stand_twice_in_a_row_are_seen() -> None:
    edit = only(f"{HEADER}FILE: a\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n")
    with pytest.raises(Unusable, match="stands 2 times"):
        changed_files(edit, {"a": "x\nx\n"})
    assert changed_files(edit, {"a": "b\nx"}) == {"a": "b\ny"}


def test_comments_are_no_headings() -> None:
    text = "# Edit distance below this is a match\n# edit\n# EDIT: of late\nLIMIT = 2\n"
    edit = only(f"{HEADER}FILE: p/new.py\n```python\n{text}```\n")
    assert edit.blocks == [("p/new.py", None, text)]


def test_values_as_python_and_as_json() -> None:
    edit = only(f"{HEADER}SET: a = True\nSET: b = 0.5\nSET: `c` = 'bm25'\nSET: d = null\n")
    assert edit.sets == {"a": True, "b": 0.5, "c": "bm25", "d": None}


def test_a_number_that_no_float_holds_is_out_of_range() -> None:
    with pytest.raises(ValueError, match="must be"):
        toolkit.Float(0, 1, 0.5).check(10**400)
    with pytest.raises(ValueError, match="must be"):
        toolkit.Int(0, 5, 1).check(10**400)


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>{DRAFT}</think>\n{GOOD}",
        f" \n<Thinking>\n{DRAFT}No.</Thinking>{GOOD}",
        f"[THINK]{DRAFT}[/THINK]\n\n{GOOD}",
        f"<think>one</think>\n<think>{DRAFT}</think>\n{GOOD}",
        f"<think>the answers hold '</think>' now\n{DRAFT}</think>\n{GOOD}",
        f"<think>the answers hold </think> now\n{DRAFT}</think>\n{GOOD}",
        f"So it goes up.\n{DRAFT}No, up.\n</think>\n\n{GOOD}",
        f"<think lang='en'>\n{DRAFT}</think>\n{GOOD}",
        f"Sure!\n<think>\n{DRAFT}</think>\n{GOOD}",
        f"So it goes up.\n{DRAFT}No, up.\n</thinking>{GOOD}",
        f"{DRAFT}[/THINK]\n{GOOD}",
        f"<think>short</think>\n{GOOD}(My reasoning was inside the <think>…</think> tags above.)\n",
        f"{GOOD}(My reasoning was inside <think>…</think>\n",
        f"The program leaves `</think>` in its answers.\n{GOOD}",
        f"{GOOD}It no longer cuts at `</think>`\n",
        f"{GOOD}It no longer cuts at </think>\n",
        f"Without a thought: <think> is for others.\n{GOOD}",
    ],
)
def test_only_the_thinking_that_begins_a_reply_is_left_out(reply: str) -> None:
    edit = only(reply)
    assert (edit.problem, edit.hypothesis) == ("", "h")
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize("opening", ["<think>", "<thinking>", "[THINK]", "\n<THINK>\n"])
def test_thinking_that_never_ends_holds_no_answer(opening: str) -> None:
    assert "cut off in its thinking" in only(f"{opening}\nA draft:\n{DRAFT}So I").problem


def test_drafts_that_are_taken_for_thinking_are_counted() -> None:
    assert only(f"So.\n{DRAFT}{DRAFT}\n</think>\n{GOOD}").drafts == 2
    assert only(GOOD).drafts == 0


def test_a_tag_behind_the_last_edit_takes_nothing() -> None:
    for reply in (f"{GOOD}</think>\n", f"{GOOD}So\n<think>\nx\n</think>\ny\n"):
        assert changed_files(only(reply), TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    "named",
    [
        "So it strips everything up to </think>\n",
        "SET: stop = </think>\n",
        "The tag is </reasoning>\n",
        "Like\n<think>\nx\n</think>\nhere.\n",
    ],
)
def test_a_tag_that_is_named_between_edits_loses_none(named: str) -> None:
    first, second = parse(f"{DRAFT}{named}{GOOD}", toolkit.LABELS)
    assert (first.hypothesis, first.problem) == ("a draft", "")
    assert (second.hypothesis, second.problem) == ("h", "")


def test_a_tag_in_a_field_or_after_the_thinking_loses_no_edit() -> None:
    named = DRAFT.replace("a draft", "answers end with </think>")
    first, second = parse(f"{named}{GOOD}", toolkit.LABELS)
    assert first.hypothesis == "answers end with </think>"
    first, second = parse(f"<think>a</think>\n{DRAFT}</think>\n{GOOD}", toolkit.LABELS)
    assert (first.problem, second.problem) == ("", "")
    first, second = parse(GOOD.replace("p/m.py", "p/m.py </think>") + GOOD, toolkit.LABELS)
    assert first.blocks[0][0] == "p/m.py </think>"


def test_a_draft_that_breaks_off_before_the_thinking_ends_is_told_and_the_answer_is_read() -> None:
    first, second = parse(f"{DRAFT}{BROKEN_DRAFT}No.\n</think>\n{GOOD}", toolkit.LABELS)
    assert "no edit up to a line '</think>' was tried" in first.problem
    assert changed_files(second, TEXTS) == {"p/m.py": CHANGED}
